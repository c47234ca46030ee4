"""Users: who prospects are assigned to, and which Salesforce user each of them is."""

from collections.abc import Mapping
from typing import Any, cast

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.ui.access import allowed, needs
from dashboard.ui.badges import BADGES
from dashboard.ui.edit import Edit, SettingsForm, edit_screen, saved_words
from dashboard.ui.filters import Filters
from dashboard.ui.markup import now
from dashboard.ui.tables import BadgeColumn, ListTable, NumberColumn
from dashboard.ui.views import Action, Empty, list_screen
from syncapp.models import BusinessUnit, UnitUser
from syncapp.services import users
from syncapp.services.access import Right

HOW = {"email": "Automatic, by email", "hand": "By hand"}
_STATES = [(code, look.word) for code, look in BADGES["user_state"].items()]


def _url(record: UnitUser, table: Any) -> str:
    return reverse("units:user", args=[table.unit.slug, record.pk])


class UserTable(ListTable):
    """One line a user."""

    default_columns = ("email", "name", "state", "salesforce_username", "how", "prospects")
    email = tables.Column("User", linkify=_url)
    name = tables.Column("Name")
    state = BadgeColumn("user_state", verbose_name="State")
    salesforce_username = tables.Column("Salesforce user")
    their_name = tables.Column("Name in Salesforce")
    how = tables.Column("Mapped")
    prospects = NumberColumn(verbose_name="Prospects")

    def render_how(self, value: str) -> str:
        """In words."""
        return HOW.get(value, value)


class UserFilters(Filters):
    """By words and state."""

    q = django_filters.CharFilter(method="search", label="Email, name or Salesforce user contains")
    state = django_filters.ChoiceFilter(choices=_STATES, label="State", empty_label="All")

    class Meta:
        model = UnitUser
        fields: list[str] = []

    def search(self, queryset: QuerySet[UnitUser], _name: str, value: str) -> QuerySet[UnitUser]:
        """Without case, anywhere."""
        found = Q()
        for name in ("email", "name", "salesforce_username"):
            found |= Q(**{f"{name}__icontains": value.strip()})
        return queryset.filter(found)


@needs(Right.READ_SETTINGS)
def index(request: Any, unit: str) -> HttpResponseBase:
    """Every user of the unit."""
    new = Action("Add a user", reverse("units:create_user", args=[unit]), "plus", "primary")
    actions = [new] if allowed(request, Right.SETTINGS) else []
    return list_screen(
        request,
        title="Users",
        subtitle="Prospects are assigned to these users; mapped ones own records in Salesforce. "
        "Prospects of unmapped users go to the connector user there.",
        queryset=users.listed(request.unit),
        table=UserTable,
        table_context={"unit": request.unit},
        filters=UserFilters,
        actions=actions,
        empty=Empty(
            "No users yet",
            "Add the people that prospects are assigned to. Who has the same email in Salesforce "
            "is mapped by itself.",
            "user-cog",
            *actions,
        ),
    )


class UserForm(SettingsForm):
    """Who the user is here and in Salesforce."""

    email = forms.EmailField(label="Email", max_length=254)
    name = forms.CharField(label="Name", max_length=120, required=False)
    salesforce_username = forms.ChoiceField(
        label="Salesforce user",
        required=False,
        widget=forms.Select({"data-searchable": ""}),
        help_text="Automatic: the active Salesforce user with the same email, as soon as there is "
        "one. Prospects of unmapped users go to the connector user.",
    )
    groups = (("User", ("email", "name", "salesforce_username")),)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        unit: BusinessUnit,
        row: UnitUser | None,
    ) -> None:
        names = ("email", "name", "salesforce_username")
        values = {name: getattr(row, name, "") or "" for name in names}
        super().__init__(data, values=values, version=row.version if row else None)
        chosen = cast("forms.ChoiceField", self.fields["salesforce_username"])
        chosen.choices = _choices(unit, values["salesforce_username"])
        if row is not None:
            self.fields["email"].disabled = True


def _choices(unit: BusinessUnit, now_mapped: str) -> list[tuple[str, str]]:
    rows = unit.connector.salesforce_users.order_by("-is_active", "username")
    found = [
        (row.username, f"{row.name or row.username} · {row.username}" + _inactive(row.is_active))
        for row in rows
        if row.is_active or row.username.lower() == now_mapped.lower()
    ]
    if now_mapped and now_mapped not in dict(found):
        found.insert(0, (now_mapped, f"{now_mapped} (not in the org at the last look)"))
    return [("", "Automatic, by email"), *found]


def _inactive(active: bool) -> str:
    return "" if active else " (inactive in Salesforce)"


@needs(Right.READ_SETTINGS)
def edit(request: Any, unit: str, user: int) -> HttpResponse:
    """One user and the mapping."""
    row = get_object_or_404(UnitUser, unit=request.unit, pk=user)
    return _screen(request, row, row.email)


@needs(Right.SETTINGS)
def create(request: Any, unit: str) -> HttpResponse:
    """A new user, mapped by email if nothing else is chosen."""
    return _screen(request, None, "Add a user")


def _screen(request: Any, row: UnitUser | None, title: str) -> HttpResponse:
    def make(data: Mapping[str, Any] | None) -> UserForm:
        fresh = None if row is None else UnitUser.objects.get(pk=row.pk)
        return UserForm(data, unit=request.unit, row=fresh)

    def save(form: UserForm) -> str:
        said = form.cleaned_data
        changed = users.save(
            unit=request.unit,
            email=said["email"] if row is None else row.email,
            name=said["name"],
            salesforce_username=said["salesforce_username"],
            version=said["version"],
            actor=request.user.get_username(),
            now=now(),
            why=said["why"],
        )
        if row is None:
            return f"{said['email']} is a user now."
        return saved_words(form, changed) if form.given() else ""

    back = reverse("units:users", args=[request.unit.slug])
    return edit_screen(
        request,
        Edit(make, save, back),
        template="units/user.html",
        title=title,
        crumbs=[("Users", back)],
    )
