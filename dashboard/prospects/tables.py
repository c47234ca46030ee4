"""The table of prospects."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.ui.markup import badge_html
from dashboard.ui.tables import BadgeColumn, ListTable, NumberColumn, WhenColumn
from dashboard.ui.words import value_words
from syncapp.core.types import MailabilityModel
from syncapp.models import Prospect
from syncapp.services.lists import mailability_of


class _Text(tables.Column):  # type: ignore[misc]  # its package has no types
    """A field that no index sorts."""

    def __init__(self, header: str, **kwargs: object) -> None:
        super().__init__(verbose_name=header, orderable=False, **kwargs)


class _Tick(_Text):
    """A checkbox in words."""

    def render(self, value: bool) -> str:
        """Yes or No."""
        return value_words(value)

    def value(self, value: bool) -> bool:
        """As it is."""
        return value


class ProspectTable(ListTable):
    """Prospects of one unit; `unit` is its slug, `model` its mailability model."""

    unit = ""
    model = MailabilityModel.UPGRADED
    default_columns = (
        "email", "name", "company", "mailability", "crm", "assigned_user", "score",
    )  # fmt: skip
    email = tables.Column(
        order_by="email_key",
        empty_values=(),
        linkify=lambda record, table: reverse("prospects:detail", args=[table.unit, record.pk]),
    )
    name = _Text("Name", empty_values=())
    first_name = _Text("First Name")
    last_name = _Text("Last Name")
    company = _Text("Company")
    job_title = _Text("Job Title")
    phone = _Text("Phone")
    city = _Text("City")
    country = _Text("Country")
    industry = _Text("Industry")
    source = _Text("Source")
    campaign = _Text("Campaign")
    mailability = _Text("Mailability", empty_values=())
    opted_out = _Tick("Opted Out")
    do_not_email = _Tick("Do Not Email")
    hard_bounced = _Tick("Hard bounce")
    soft_bounces = NumberColumn(verbose_name="Soft bounces", orderable=False)
    crm = BadgeColumn(
        "crm_state", accessor="link__state", orderable=False, verbose_name="Sync state"
    )
    crm_id = _Text("CRM ID", empty_values=())
    assigned_user = _Text("Assigned user", accessor="assigned_user__email")
    score = NumberColumn(orderable=False)
    grade = _Text("Grade")
    synced = WhenColumn(accessor="link__synced_at", orderable=False, verbose_name="Last synced")
    changed = WhenColumn(accessor="updated_at", orderable=False, verbose_name="Last changed")
    created = WhenColumn(accessor="created_at", order_by="pk", verbose_name="Created")
    number = NumberColumn(accessor="pk", orderable=False, verbose_name="Prospect id")

    def render_email(self, record: Prospect) -> str:
        """The address, or the prospect's number."""
        return str(record)

    def value_email(self, record: Prospect) -> str | None:
        """The bare address."""
        return record.email

    def render_name(self, record: Prospect) -> str:
        """First and last name."""
        return " ".join(filter(None, (record.first_name, record.last_name))) or "–"  # noqa: RUF001

    def value_name(self, record: Prospect) -> str:
        """First and last name."""
        return " ".join(filter(None, (record.first_name, record.last_name)))

    def render_mailability(self, record: Prospect) -> SafeString:
        """The status' badge."""
        return badge_html("mailability", self.value_mailability(record))

    def value_mailability(self, record: Prospect) -> str:
        """The status' code."""
        return mailability_of(record, self.model).status.value

    def render_crm_id(self, record: Prospect) -> SafeString | str:
        """The ID that syncs."""
        found = self.value_crm_id(record)
        return format_html("<code>{}</code>", found) if found else "–"  # noqa: RUF001

    def value_crm_id(self, record: Prospect) -> str | None:
        """The contact's ID outranks the lead's."""
        return record.link.contact_id or record.link.lead_id
