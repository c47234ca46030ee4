"""The search box: what is typed goes straight to the prospect when it means exactly one."""

import re
from collections.abc import Iterator

from django.db.models import Q
from django.db.models.functions import Lower

from syncapp.models import BusinessUnit, Prospect

_CRM_ID = re.compile(r"(00Q|003)[0-9A-Za-z]{12}([0-9A-Za-z]{3})?")
_LARGEST_ID = 2**63 - 1


def find(unit: BusinessUnit, text: str) -> Prospect | None:
    """The one prospect with this id, CRM ID (15 or 18 characters), email or full name."""
    named = Prospect.objects.filter(unit=unit).alias(
        first=Lower("first_name"), last=Lower("last_name")
    )
    for meaning in _meanings(text.strip()):
        found = list(named.filter(meaning).order_by("archived", "pk")[:2])
        if len(found) == 1:
            return found[0]
    return None


def _meanings(text: str) -> Iterator[Q]:
    """What the text may stand for, surest first."""
    if text.isdecimal() and int(text) <= _LARGEST_ID:
        yield Q(pk=int(text))
    if _CRM_ID.fullmatch(text):
        # The last three of 18 characters only repeat which of the others are capitals.
        short = text[:15]
        yield Q(link__contact_id__startswith=short)
        yield Q(link__lead_id__startswith=short)
    words = text.lower().split()
    if "@" in text:
        yield Q(email_key=text.lower(), archived=False)
        yield Q(email_key=text.lower())
    elif len(words) > 1:
        first, last = " ".join(words[:-1]), words[-1]
        yield Q(first=first, last=last, archived=False)
        yield Q(first=words[0], last=" ".join(words[1:]), archived=False)
