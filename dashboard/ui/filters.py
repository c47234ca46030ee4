"""Filters of a list: they live in the URL and are shown as chips one can take away.

Invariant: a filter that is set is visible, on the form and as a chip; taking a chip away keeps
every other parameter and goes back to the first page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.http import QueryDict

from dashboard.ui.paging import PLACE
from dashboard.ui.words import value_words

_RANGE_ENDS = ("_min", "_max", "_after", "_before")  # django-filter's parameters of a range


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in use: its label, its value in words, the query string without it."""

    label: str
    value: str
    without: str


class Filters(django_filters.FilterSet):  # type: ignore[misc]  # its package has no types
    """Base of all filter sets."""

    def chips(self) -> list[Chip]:
        """A chip per filter in use, in the order of the form."""
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        form = self.form
        if not form.is_bound or not form.is_valid():
            return
        for name, field in form.fields.items():
            value = form.cleaned_data.get(name)
            if value in (None, "", [], ()):
                continue
            yield Chip(str(field.label or name), _words(field, value), self._without(name))

    def _without(self, name: str) -> str:
        return without(self.data, name, *(name + end for end in _RANGE_ENDS), *PLACE)


def without(params: Any, *names: str) -> str:
    """The query string minus `names`, with its question mark: `?` when nothing is left."""
    left: QueryDict = params.copy()
    for name in names:
        left.pop(name, None)
    return f"?{left.urlencode()}"


def _words(field: forms.Field, value: object) -> str:
    if isinstance(value, slice):
        ends = (("from", value.start), ("to", value.stop))
        return " ".join(f"{word} {end}" for word, end in ends if end is not None)
    choices = {str(key): str(word) for key, word in getattr(field, "choices", ())}
    values = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(choices.get(str(one)) or value_words(one) for one in values)
