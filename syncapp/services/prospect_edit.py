"""What an edit by hand turns into: legal new values, or Refused with the reason (product.md §5, §9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncapp.core.addresses import NO_ADDRESS, at_new_address
from syncapp.core.mailability import Consent, Event, apply_event
from syncapp.core.types import LinkState, MailabilityModel, Value
from syncapp.core.types import Prospect as Loaded
from syncapp.core.values import Unreadable, checkbox, valid_email
from syncapp.models import BusinessUnit, Prospect, UnitUser
from syncapp.services.mailability import consent_of
from syncapp.services.prospect_fields import BadValue, UnitFields
from syncapp.services.refused import Refused
from syncapp.store import prospects
from syncapp.store.db import fetch

# What commands take besides field keys (interface.md §2).
EXTRA = ("assigned_user", "do_not_sync", "archived")


@dataclass(slots=True)
class Wanted:
    """What a person typed, read: field values, and what is no field."""

    values: dict[str, Value] = field(default_factory=dict)
    assigned_user: int | None = None
    assigns: bool = False
    do_not_sync: bool | None = None
    archived: bool | None = None


def read(*, unit: BusinessUnit, fields: UnitFields, raw: Mapping[str, Any]) -> Wanted:
    """Canonical values of what was typed; Refused names the field that is unknown or wrong."""
    wanted = Wanted()
    for key, typed in raw.items():
        if key == "assigned_user":
            wanted.assigns, wanted.assigned_user = True, user_id(unit, typed)
        elif key in EXTRA:
            setattr(wanted, key, _switch(key, typed))
        elif key not in fields.by_key:
            known = ", ".join([*fields.keys, *EXTRA])
            raise Refused("unknown_field", f"{unit.name} has no field {key!r}. It has: {known}.")
        else:
            wanted.values[key] = _value(fields, key, typed)
    if "email" in wanted.values and not valid_email(wanted.values["email"]):  # type: ignore[arg-type]
        raise Refused("no_email", "A prospect needs an email address. Archive it instead.")
    return wanted


def _value(fields: UnitFields, key: str, typed: Any) -> Value:
    try:
        return fields.read(key, typed)
    except BadValue as error:
        raise Refused("bad_value", f"{error}.") from None


def _switch(key: str, typed: Any) -> bool:
    try:
        return checkbox(typed)
    except Unreadable as error:
        raise Refused("bad_value", f"{key}: {error}.") from None


def user_id(unit: BusinessUnit, email: Any) -> int | None:
    """The unit's user with the email; blank = nobody."""
    wanted = str(email or "").strip()
    if not wanted:
        return None
    found = UnitUser.objects.filter(unit=unit, email__iexact=wanted).values_list("pk", flat=True)
    if not found:
        raise Refused("unknown_user", f"{wanted} is no user of {unit.name}. See Users.")
    return int(found[0])


def refuse_taken_email(unit: BusinessUnit, email: str, own_id: int | None) -> None:
    """Without AMPSEA an address belongs to one prospect outside the recycle bin."""
    if unit.allow_multiple_prospects_per_email:
        return
    holders = Prospect.objects.filter(unit=unit, email_key=email.lower(), archived=False)
    taken = holders.exclude(pk=own_id).values_list("pk", flat=True).first()
    if taken is not None:
        raise Refused("email_in_use", f"{email} is the email of prospect {taken} already.")


def refuse_locked(prospect: Loaded, values: Mapping[str, Value]) -> None:
    """Company belongs to the account while the prospect syncs with its contact (F10)."""
    link = prospect.link
    owned = link.state is LinkState.LINKED and link.contact_id and link.account_id
    if owned and "company" in values and values["company"] != prospect.values.get("company"):
        raise Refused(
            "company_of_account",
            "Company is the name of the account that the contact belongs to: change it in "
            "Salesforce.",
        )


def consent_after(unit: BusinessUnit, prospect: Loaded, wanted: Wanted) -> Consent:
    """Consent and bounces after the edit: a new address, opted out by hand, Do Not Email by hand."""
    model = MailabilityModel(unit.mailability_model)
    consent = consent_of(prospect)
    email = wanted.values.get("email")
    if isinstance(email, str) and email.lower() != (prospect.email or "").lower():
        known = prospects.addresses(unit.pk, [email.lower()]).get(email.lower(), NO_ADDRESS)
        if _bounce_suppressed(prospect):
            consent = _without_bounce(consent)
        consent = at_new_address(model, consent, known)
    opted_out = wanted.values.get("opted_out")
    if isinstance(opted_out, bool) and opted_out != consent.opted_out:
        consent = apply_event(model, consent, Event.UNSUBSCRIBE if opted_out else Event.ADMIN_OPT_IN)
    return consent


def _without_bounce(consent: Consent) -> Consent:
    from dataclasses import replace

    return replace(consent, do_not_email=consent.opted_out)


def _bounce_suppressed(prospect: Loaded) -> bool:
    """Legacy model: did a bounce (and nothing since) tick Do Not Email?"""
    if not (prospect.hard_bounced or prospect.soft_bounces):
        return False
    rows: list[tuple[Any, ...]] = fetch(
        "SELECT changes @> '[{\"field\": \"hard_bounced\"}]' "
        "OR changes @> '[{\"field\": \"soft_bounces\"}]' FROM syncapp_fieldchange "
        "WHERE prospect_id = %s AND changes @> '[{\"field\": \"do_not_email\", \"side\": \"ae\"}]' "
        "ORDER BY id DESC LIMIT 1",
        [prospect.id],
    )
    return bool(rows and rows[0][0])
