"""Business units: how they are found and what a new one starts with (product.md §2, F1, F2)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from syncapp.core.catalog import DEFAULT_FIELDS, default_behavior
from syncapp.models import BusinessUnit, Connector, ProspectField
from syncapp.services.refused import Refused
from syncapp.store.work import Work, work

NEW_STATE = {1: "unverified", 2: "paused"}


def find(slug: str) -> BusinessUnit:
    """The unit with its connector; Refused when there is none."""
    unit = BusinessUnit.objects.select_related("connector").filter(slug=slug).first()
    if unit is None:
        known = ", ".join(BusinessUnit.objects.order_by("slug").values_list("slug", flat=True))
        raise Refused(
            "unknown_unit", f"There is no business unit {slug!r}. There are: {known or 'none'}."
        )
    return unit


def create_unit(
    *, slug: str, name: str, connector_version: int, actor: str, now: datetime, **settings: Any
) -> BusinessUnit:
    """A unit with its connector (v2 paused, v1 unverified) and the default mappings."""
    if BusinessUnit.objects.filter(slug=slug).exists():
        raise Refused("unit_exists", f"There is a business unit {slug!r} already.")
    with transaction.atomic():
        unit = BusinessUnit.objects.create(slug=slug, name=name, **settings)
        with work(unit.pk, now, actor=actor) as current:
            fill(current, unit, connector_version)
    return unit


def fill(current: Work, unit: BusinessUnit, connector_version: int) -> Connector:
    """Connector and default fields of a new unit; audited."""
    ampsea = unit.allow_multiple_prospects_per_email
    connector = Connector.objects.create(
        unit=unit, kind=connector_version, state=NEW_STATE[connector_version]
    )
    ProspectField.objects.bulk_create(
        ProspectField(
            unit=unit,
            key=field.key,
            label=field.label,
            type=field.type,
            lead=field.lead,
            contact=field.contact,
            behavior=default_behavior(field, ampsea=ampsea),
        )
        for field in DEFAULT_FIELDS
    )
    after = {"slug": unit.slug, "name": unit.name, "connector_version": connector_version}
    current.audit("business_unit.created", unit.slug, after=after)
    return connector
