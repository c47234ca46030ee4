"""Find a prospect by what a person has at hand: email, prospect id, CRM ID of 15 or 18 characters."""

import re

from django.db.models import Q, QuerySet

from syncapp.models import BusinessUnit, Prospect
from syncapp.services.refused import Refused

_CRM_ID = re.compile(r"(00Q|003)[A-Za-z0-9]{12}([A-Z0-5]{3})?")
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def candidates(*, unit: BusinessUnit, text: str) -> QuerySet[Prospect]:
    """Everybody the text may mean: not in the recycle bin first, then most recently changed."""
    found = Prospect.objects.filter(unit=unit).select_related("link", "assigned_user")
    wanted = text.strip()
    if wanted.isdecimal():
        match = Q(pk=int(wanted)) if len(wanted) < 19 else Q(pk__in=[])
    elif _CRM_ID.fullmatch(wanted):
        crm_id = long_id(wanted)
        match = Q(link__lead_id=crm_id) | Q(link__contact_id=crm_id)
    else:
        match = Q(email_key=wanted.lower())
    return found.filter(match).order_by("archived", "-updated_at", "pk")


def find(*, unit: BusinessUnit, text: str) -> Prospect:
    """The prospect; of several with one address the most recently changed. Refused when none."""
    prospect = candidates(unit=unit, text=text).first()
    if prospect is None:
        raise Refused(
            "no_such_prospect",
            f"{unit.name} has no prospect {text!r} (email, prospect id or CRM ID).",
        )
    return prospect


def find_one(*, unit: BusinessUnit, text: str) -> Prospect:
    """The one prospect to change; Refused when several share the address."""
    found = [p for p in candidates(unit=unit, text=text) if not p.archived]
    if len(found) > 1:
        ids = ", ".join(str(p.pk) for p in found)
        raise Refused("several_prospects", f"{len(found)} prospects have {text}: name one of {ids}.")
    return found[0] if found else find(unit=unit, text=text)


def long_id(crm_id: str) -> str:
    """A Salesforce Id with its check letters: 15 characters become 18.

    Each letter tells which of five characters are upper case (bit 0 = the first).
    """
    if len(crm_id) != 15:
        return crm_id
    letters = ""
    for start in (0, 5, 10):
        part = crm_id[start : start + 5]
        letters += _CHECK[sum(1 << n for n, one in enumerate(part) if one.isupper())]
    return crm_id + letters
