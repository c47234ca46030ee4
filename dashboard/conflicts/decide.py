"""One decision for many held changes: those that were ticked, else all that the filters find.

Invariant: what is decided is what the question counted; a change that is held later has a greater
number and is not among them.
"""

from typing import Any

from django import forms
from django.db.models import Max, Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse

from dashboard.conflicts.forms import ConflictFilters, Sure, Why
from dashboard.ui.access import allowed, refuse_without
from dashboard.ui.markup import now
from dashboard.ui.picks import Bulk, picked
from dashboard.ui.views import Action, confirm_screen
from dashboard.ui.words import field_words
from syncapp.models import Conflict
from syncapp.services import deciding
from syncapp.services.access import Right

_VERBS = {"release": "Release", "refuse": "Refuse"}
_HINT = "The held changes you tick, or without ticks all that are listed:"


def bulk_of(request: Any) -> Bulk | None:
    """The buttons below the filters, while the list shows held changes that wait."""
    asked = request.GET
    if asked.get("kind") != "held_by_guard" or asked.get("state"):
        return None
    slug, found = request.unit.slug, []
    refuses = Right.DO_NOT_EMAIL if asked.get("field") == "do_not_email" else Right.OPTED_OUT
    for decision, right, icon in (
        ("release", Right.RELEASE, "check"),
        ("refuse", refuses, "ban"),
    ):
        if allowed(request, Right.CONFLICTS) and allowed(request, right):
            url = reverse("conflicts:decide", args=[slug, decision])
            found.append(Action(_VERBS[decision], url, icon))
    return Bulk(_HINT, found) if found else None


def decide(request: Any, unit: str, decision: str) -> HttpResponse:
    """Ask with the counts, then decide."""
    if decision not in _VERBS:
        raise Http404("No such decision.")
    release = decision == "release"
    refuse_without(request, Right.CONFLICTS)
    rows = _chosen(request)
    for right in deciding.rights_for(rows, release=release):
        refuse_without(request, right)
    newest = rows.aggregate(newest=Max("pk"))["newest"] or 0

    def act(data: dict[str, Any]) -> str:
        ids = rows.filter(pk__lte=data["upto"]).values_list("pk", flat=True)[: deciding.AT_ONCE]
        decided, left = deciding.decide(
            unit=request.unit,
            ids=list(ids),
            release=release,
            actor=request.user.get_username(),
            now=now(),
            why=data["why"],
        )
        stay = f" {left:,} stay held: they were changed since." if left else ""
        return f"{decided:,} held changes are {decision}d.{stay}"

    back = reverse("conflicts:index", args=[unit]) + "?kind=held_by_guard"
    return confirm_screen(
        request,
        title=f"{_VERBS[decision]} held changes?",
        verb=_VERBS[decision],
        consequences=_lines(rows, release),
        form=_question(release),
        initial={"upto": newest, "seen": "all"},
        act=act,
        danger=release,
        back=back,
        crumbs=[("Conflicts", back)],
    )


def _question(release: bool) -> type[Why]:
    base = Sure if release else Why
    upto = forms.IntegerField(widget=forms.HiddenInput)
    return type("Question", (base,), {"upto": upto})


def _chosen(request: Any) -> QuerySet[Conflict]:
    rows = deciding.held(unit=request.unit)
    ids = picked(request)
    if ids:
        return rows.filter(pk__in=ids)
    found: QuerySet[Conflict] = ConflictFilters(request.GET, queryset=rows, request=request).qs
    return found


def _lines(rows: QuerySet[Conflict], release: bool) -> list[str]:
    """What follows, in numbers."""
    shown = rows[: deciding.AT_ONCE]
    chosen = Conflict.objects.filter(pk__in=shown.values("pk")).order_by()
    by_field = {
        field: chosen.filter(field=field).count()
        for field in sorted(set(chosen.values_list("field", flat=True)))
    }
    people = chosen.values("prospect").distinct().count()
    here = chosen.filter(ae_value=release).count()
    there = chosen.filter(~Q(ae_value=release)).count()
    word = "cleared" if release else "ticked"
    lines = [
        f"{field_words(field)} is {word} on both sides of {count:,} "
        f"prospect{'' if count == 1 else 's'}."
        for field, count in by_field.items()
    ]
    lines.append(
        f"{here:,} value{'' if here == 1 else 's'} change{'s' if here == 1 else ''} here at once, "
        f"{there:,} in Salesforce at the next sync."
    )
    if release:
        lines.append(
            f"{people:,} {'person becomes' if people == 1 else 'people become'} mailable again "
            "unless something else stands against it; it counts for the guard's limit of 24 hours."
        )
    total = rows.count()
    if total > deciding.AT_ONCE:
        lines.append(
            f"These are the oldest {deciding.AT_ONCE:,} of {total:,}; decide the others after."
        )
    return lines
