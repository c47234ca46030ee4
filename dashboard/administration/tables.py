"""The tables of people and of business units."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse

from dashboard.ui.markup import badge_html
from dashboard.ui.tables import BadgeColumn, ListTable, WhenColumn


def login_state(user: Any) -> str:
    """Of the badge table `login`."""
    if not user.is_active:
        return "inactive"
    return "active" if user.has_usable_password() else "invited"


class PeopleTable(ListTable):
    """Memberships of one unit; `unit` is its slug."""

    unit = ""
    default_columns = ("user", "role", "login", "email", "last_login")
    user = tables.Column(
        accessor="user__username",
        verbose_name="Person",
        linkify=lambda record, table: reverse(
            "administration:person", args=[table.unit, record.user_id]
        ),
    )
    role = BadgeColumn("role")
    login = tables.Column(empty_values=(), orderable=False)
    email = tables.Column(accessor="user__email")
    last_login = WhenColumn(
        accessor="user__last_login", empty_values=(), verbose_name="Last logged in"
    )

    def render_login(self, record: Any) -> Any:
        """Its badge."""
        return badge_html("login", login_state(record.user))

    def value_login(self, record: Any) -> str:
        """Its code."""
        return login_state(record.user)


class UnitTable(ListTable):
    """Business units that the reader has a role in."""

    default_columns = ("name", "slug", "connector", "model", "legacy", "people")
    name = tables.Column(
        verbose_name="Business unit",
        linkify=lambda record: reverse("home:index", args=[record.slug]),
    )
    slug = tables.Column(verbose_name="Short name")
    connector = BadgeColumn("connector_state", accessor="connector__state", orderable=False)
    version = tables.Column(accessor="connector__kind", orderable=False, verbose_name="Version")
    model = tables.Column(accessor="get_mailability_model_display", orderable=False,
                          verbose_name="Mailability model")  # fmt: skip
    legacy = tables.BooleanColumn(
        accessor="legacy_sync_behavior", orderable=False, verbose_name="Legacy sync behavior"
    )
    people = tables.Column(accessor="members", orderable=False)

    def render_legacy(self, value: bool) -> str:
        """In a word."""
        return "Yes" if value else "No"
