"""API tokens of a unit: make one, which is shown once, and revoke it."""

from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.administration.forms import Why
from dashboard.ui.access import needs
from dashboard.ui.markup import badge_html, now
from dashboard.ui.tables import BadgeColumn, ListTable, WhenColumn
from dashboard.ui.views import Action, Empty, confirm_screen, list_screen
from syncapp.models import ApiToken
from syncapp.services import tokens as service
from syncapp.services.access import Right


def _revoke_url(record: ApiToken, table: Any) -> str | None:
    if record.revoked_at is not None:
        return None
    return reverse("administration:revoke_token", args=[table.unit, record.pk])


class TokenTable(ListTable):
    """Tokens of one unit; `unit` is its slug."""

    unit = ""
    default_columns = ("name", "role", "state", "start", "last_used_at", "expires_at", "revoke")
    name = tables.Column("Token")
    role = BadgeColumn("role")
    state = tables.Column("State", empty_values=(), orderable=False)
    start = tables.Column("Begins with", orderable=False)
    last_used_at = WhenColumn(verbose_name="Last used", default="never")
    expires_at = WhenColumn(verbose_name="Expires", default="when revoked")
    created_at = WhenColumn(verbose_name="Made")
    created_by = tables.Column("Made by")
    revoke = tables.Column(
        "Revoke", empty_values=(), orderable=False, linkify=_revoke_url, exclude_from_export=True
    )

    def render_state(self, record: ApiToken) -> Any:
        """Its badge."""
        return badge_html("token", service.state(record, now()))

    def value_state(self, record: ApiToken) -> str:
        """Its code."""
        return service.state(record, now())

    def render_start(self, value: str) -> str:
        """Enough to recognize it, far too little to use it."""
        return f"{value}…"

    def render_revoke(self, record: ApiToken) -> str:
        """The link's word."""
        return "" if record.revoked_at else "Revoke"


class TokenForm(forms.Form):
    """What the program is called and what it may do."""

    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="Of the program. The audit trail calls what it does “api:” and this name.",
    )
    role = forms.ChoiceField(
        label="May do what",
        choices=ApiToken.ROLES,
        initial="reader",
        help_text="Read only: reads and exports. The others: what people with the role may do.",
    )
    days = forms.IntegerField(
        label="Works for (days)",
        required=False,
        min_value=1,
        max_value=service.LONGEST_DAYS,
        help_text="Empty: until it is revoked.",
    )


@needs(Right.ADMINISTER)
def index(request: Any, unit: str) -> HttpResponseBase:
    """Every token of the unit, the revoked ones too."""
    new = Action("New token", reverse("administration:create_token", args=[unit]), "plus",
                 "primary", dialog=True)  # fmt: skip
    return list_screen(
        request,
        title="API tokens",
        subtitle=f"Programs use {request.unit.name} with these. Only their digest is kept.",
        queryset=ApiToken.objects.filter(unit=request.unit),
        table=TokenTable,
        table_context={"unit": unit},
        actions=[new],
        empty=Empty("No API tokens", "Make one for each program that uses the API.", "key", new),
    )


@needs(Right.ADMINISTER)
def create(request: Any, unit: str) -> HttpResponse:
    """A new token, shown once."""

    def act(data: dict[str, Any]) -> str:
        made, text = service.create(unit=request.unit, **_by(request), **data)
        return f"The token {made.name}, shown once, here. Keep it like a password: {text}"

    return confirm_screen(
        request,
        title="New API token",
        verb="Make the token",
        consequences=[
            f"Whoever has the token acts in {request.unit.name} with the role you choose.",
            "It is shown once. Only its digest is kept, so that it cannot be shown again.",
        ],
        form=TokenForm,
        act=act,
        **_place(unit),
    )


@needs(Right.ADMINISTER)
def revoke(request: Any, unit: str, pk: int) -> HttpResponse:
    """The token opens nothing from now on."""
    held = get_object_or_404(ApiToken, unit=request.unit, pk=pk)

    def act(data: dict[str, Any]) -> str:
        service.revoke(unit=request.unit, token=pk, **_by(request), **data)
        return f"{held.name} opens nothing any more."

    return confirm_screen(
        request,
        title=f"Revoke the API token {held.name}?",
        verb="Revoke",
        consequences=[
            "The program that uses it is refused from its next request on.",
            "It cannot be taken back: make a new token instead.",
        ],
        form=Why,
        act=act,
        danger=True,
        **_place(unit),
    )


def _by(request: Any) -> dict[str, Any]:
    return {"actor": request.user.get_username(), "now": now()}


def _place(unit: str) -> dict[str, Any]:
    index = reverse("administration:tokens", args=[unit])
    return {"back": index, "crumbs": [("API tokens", index)]}
