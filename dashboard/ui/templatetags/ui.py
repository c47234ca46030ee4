"""The tags of the kit: `{% load ui %}`.

Invariant: tags draw, they decide nothing; what they draw comes from the modules beside this one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms, template
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from dashboard.ui import charts, markup, navigation, problem_words, words
from dashboard.ui.paging import PLACE
from dashboard.ui.tables import cell_class
from syncapp.services.access import Right, Role, may
from syncapp.services.lists import open_problems

register = template.Library()

register.simple_tag(markup.icon_html, name="icon")
register.simple_tag(markup.badge_html, name="badge")
register.simple_tag(charts.sparkline, name="sparkline")
register.filter("cell_class", cell_class)
register.filter("reason_words", words.reason_words)
register.filter("event_words", words.event_words)
register.filter("hold_words", words.hold_words)
register.filter("rule_words", words.rule_words)
register.filter("behavior_words", words.behavior_words)
register.filter("side_words", words.side_words)
register.filter("field_words", words.field_words)
register.filter("value_words", words.value_words)
register.filter("kept_words", words.kept_words)
register.filter("spelled", words.spelled)
register.filter("run_kind_words", words.run_kind_words)
register.filter("trigger_words", words.trigger_words)
register.filter("span", markup.span)
register.filter("conflict_words", problem_words.conflict_words)
register.filter("resolution_words", problem_words.resolution_words)
register.filter("error_words", problem_words.error_words)
register.filter("may_send_words", words.may_send_words)


@register.simple_tag
def when(moment: datetime | None, form: str = "relative") -> SafeString:
    """A moment in the reader's zone; `{% when x "absolute" %}` turns text and hover around."""
    return markup.time_html(moment, form)


@register.filter
def number(value: float | None) -> str:
    """`1,234`; a missing number is a dash."""
    return "–" if value is None else f"{value:,}"  # noqa: RUF001 - the dash of an empty cell


@register.filter
def count_words(code: str) -> str:
    """What a count of a run counts."""
    return words.COUNTS.get(code) or words.spelled(code)


@register.filter
def check_words(check: Any) -> str:
    """One line of "Does it sync?", for an object with `code` and `ok`."""
    return words.check_words(check.code, check.ok)


@register.inclusion_tag("ui/share.html")
def share(parts: Sequence[charts.Part], title: str) -> dict[str, Any]:
    """A bar divided by shares, with legend and table."""
    return {"slices": charts.slices(parts), "title": title}


@register.inclusion_tag("ui/bars.html")
def bars(parts: Sequence[charts.Part], title: str) -> dict[str, Any]:
    """Bars below each other, with their values as a table."""
    return {"slices": charts.bars(parts), "title": title}


@register.inclusion_tag("ui/chart.html")
def chart(shown: charts.Chart) -> dict[str, Any]:
    """A chart over its table of numbers; the page loads the scripts (ui/chart_scripts.html)."""
    return {"chart": shown}


@register.inclusion_tag("ui/field.html")
def field(bound: forms.BoundField, quiet: bool = False) -> dict[str, Any]:
    """A form field: label, control, help, errors, tied together for screen readers.

    `quiet` leaves "(optional)" away, where everything is.
    """
    widget = bound.field.widget
    tick = isinstance(widget, forms.CheckboxInput)
    many = isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
    control = {forms.Select: "form-select", forms.CheckboxInput: "form-check-input"}
    found = next((c for kind, c in control.items() if isinstance(widget, kind)), "form-control")
    invalid = " is-invalid" if bound.errors else ""
    attrs: dict[str, str | bool] = {} if many else {"class": found + invalid}
    return {
        "field": bound,
        "widget": bound.as_widget(attrs=attrs),
        "tick": tick,
        "many": many,
        "quiet": quiet,
    }


@register.inclusion_tag("ui/action.html", takes_context=True)
def action(context: template.Context, action: Any) -> dict[str, Any]:
    """A button of a page (views.Action)."""
    return {"action": action, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("ui/hidden.html", takes_context=True)
def keep_query(context: template.Context, *dropped: str) -> dict[str, Any]:
    """Hidden inputs that carry the URL's other parameters through a GET form."""
    params: QueryDict = context["request"].GET
    return {"kept": [(k, v) for k, values in params.lists() for v in values if k not in dropped]}


@register.inclusion_tag("ui/hidden.html", takes_context=True)
def carry_query(context: template.Context, *names: str) -> dict[str, Any]:
    """Hidden inputs that carry just these parameters of the URL through a GET form."""
    params: QueryDict = context["request"].GET
    return {"kept": [(name, value) for name in names for value in params.getlist(name)]}


@register.simple_tag(takes_context=True)
def place_url(context: template.Context, place: dict[str, str]) -> str:
    """The URL of another page of the list: {} is the first."""
    params: QueryDict = context["request"].GET.copy()
    for name in PLACE:
        params.pop(name, None)
    params.update(place)
    return f"?{params.urlencode()}"


@register.simple_block_tag
def card(content: str, heading: str, **options: str) -> SafeString:
    """A titled card; options: icon, id, css, and url with link (a link at the right)."""
    return render_to_string("ui/card.html", options | {"heading": heading, "content": content})


@register.inclusion_tag("ui/navigation.html", takes_context=True)
def navigation_menu(context: template.Context) -> dict[str, Any]:
    """The left navigation with the unit switcher."""
    request: HttpRequest = context["request"]
    unit, units, role = navigation.reader_context(request)
    slug = unit.slug if unit else None
    others = [u for u in units if u.slug != slug]
    return {
        "sections": navigation.menu(request.path, slug, role, _waiting(unit, role)),
        "unit": unit,
        "others": list(
            navigation.same_page_in(
                request.path, slug or "", others, getattr(request, "roles", None)
            )
        ),
    }


def _waiting(unit: Any, role: str | None) -> dict[str, int]:
    """What waits behind the entries; proposals for those who may approve them."""
    if unit is None:
        return {}
    found = open_problems(unit)
    return found if may(Role(role) if role else None, Right.SETTINGS) else found | {"proposals": 0}


@register.simple_tag(takes_context=True)
def search_url(context: template.Context) -> str:
    """Where the search box goes: the unit's search, or nothing outside a unit."""
    unit = navigation.reader_context(context["request"])[0]
    for name in ("prospects:search", "prospects:index"):
        try:
            return reverse(name, kwargs={"unit": unit.slug}) if unit else ""
        except NoReverseMatch:
            continue
    return ""
