"""Account Engagement users and the Salesforce users that they are mapped to (F6, seed 001)."""

from datetime import datetime

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from syncapp.core.users import OwnUser, map_users
from syncapp.models import BusinessUnit, Prospect, SalesforceUser, UnitUser
from syncapp.services import settings
from syncapp.services.config_diff import Difference
from syncapp.services.config_names import active_users
from syncapp.services.refused import Refused

UNMAPPED = Q(salesforce_username__isnull=True) | Q(salesforce_username="")


def listed(unit: BusinessUnit) -> QuerySet[UnitUser]:
    """The unit's users with `state`, `how`, their Salesforce user and how many prospects they have.

    `state`: mapped, inactive (in Salesforce), unknown (no such user at the last look), unmapped.
    `how`: email (automatic, by equal email) or hand.
    """
    theirs = SalesforceUser.objects.filter(
        connector__unit=OuterRef("unit_id"), username__iexact=OuterRef("salesforce_username")
    )
    mine = Prospect.objects.filter(assigned_user=OuterRef("pk")).order_by()
    counted = mine.values("assigned_user").annotate(found=Count("pk")).values("found")
    rows = UnitUser.objects.filter(unit=unit).annotate(
        active=Subquery(theirs.values("is_active")[:1]),
        their_email=Subquery(theirs.values("email")[:1]),
        their_name=Subquery(theirs.values("name")[:1]),
        prospects=Coalesce(Subquery(counted), 0),
    )
    return rows.annotate(
        state=_case(
            When(UNMAPPED, then=Value("unmapped")),
            When(active=True, then=Value("mapped")),
            When(active=False, then=Value("inactive")),
            default="unknown",
        ),
        how=_case(
            When(UNMAPPED, then=Value("")),
            When(their_email__iexact=F("email"), then=Value("email")),
            default="hand",
        ),
    )


def _case(*whens: When, default: str) -> Case:
    return Case(*whens, default=Value(default), output_field=CharField())


def save(
    *,
    unit: BusinessUnit,
    email: str,
    name: str,
    salesforce_username: str,
    version: int | None,
    actor: str,
    now: datetime,
    why: str = "",
) -> list[Difference]:
    """Change a user, or add one (`version` None); what differs.

    An empty `salesforce_username` maps automatically: to the active Salesforce user with the same
    email whom nobody else has, else to nobody until there is one.
    """
    if version is None and unit.users.filter(email__iexact=email).exists():
        raise Refused("user_exists", f"{email} is a user of {unit.name} already.")
    username = salesforce_username or _by_email(unit, email)
    user = {"email": email, "name": name, "salesforce_username": username}
    return settings.save(
        unit=unit,
        wanted={"users": [user]},
        seen={f"users.{email.lower()}": version},
        actor=actor,
        now=now,
        why=why,
    )


def _by_email(unit: BusinessUnit, email: str) -> str | None:
    others = unit.users.exclude(email__iexact=email)
    own = [OwnUser(row.pk, row.email, row.salesforce_username) for row in others]
    found = map_users([*own, OwnUser(0, email)], active_users(unit.connector))
    return next((one.org.username for one in found if one.own.id == 0), None)
