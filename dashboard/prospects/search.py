"""The search box: what is typed goes straight to the prospect when it means exactly one."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.db.models.functions import Lower

from syncapp.models import BusinessUnit, Prospect
from syncapp.services.prospect_find import matching


def find(unit: BusinessUnit, text: str) -> Prospect | None:
    """The one prospect with this id, CRM ID (15 or 18 characters), email or full name."""
    for meant in _meanings(unit, " ".join(text.split())):
        found = list(meant[:2])
        if len(found) == 1:
            return found[0]
    return None


def _meanings(unit: BusinessUnit, text: str) -> Iterator[QuerySet[Prospect]]:
    """What the text may stand for, surest first; the recycle bin last."""
    named = matching(unit=unit, name=text)
    yield named.filter(archived=False)
    yield named
    words = text.lower().split()
    people = unit.prospects.filter(archived=False).alias(
        first=Lower("first_name"), last=Lower("last_name")
    )
    for cut in range(1, len(words)):
        yield people.filter(first=" ".join(words[:cut]), last=" ".join(words[cut:]))
