"""Find a prospect by what people have at hand: its email, its id, or a CRM ID."""

from django.db.models import QuerySet

from syncapp.models import BusinessUnit, Prospect
from syncapp.services.refused import Refused

CRM_ID_LENGTHS = (15, 18)


def find(*, unit: BusinessUnit, name: str) -> Prospect:
    """The prospect; of several with an email the one not in the recycle bin, then the oldest."""
    found = matching(unit=unit, name=name.strip()).order_by("archived", "pk").first()
    if found is None:
        raise Refused("no_such_prospect", f"{unit.name} has no prospect {name!r}.")
    return found


def matching(*, unit: BusinessUnit, name: str) -> QuerySet[Prospect]:
    """Every prospect that an email, an id or a CRM ID (15 or 18 characters) names."""
    mine = unit.prospects.select_related("link", "assigned_user")
    if "@" in name:
        return mine.filter(email_key=name.lower())
    if name.isdigit() and len(name) < CRM_ID_LENGTHS[0]:
        return mine.filter(pk=int(name))
    if len(name) in CRM_ID_LENGTHS and name.isalnum():
        key = name[:15]
        lead = mine.filter(link__lead_id__startswith=key)
        return lead | mine.filter(link__contact_id__startswith=key)
    return mine.none()
