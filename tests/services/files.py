"""Configuration files of the tests, and how they are applied."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from syncapp.models import AuditEntry, BusinessUnit
from syncapp.services import config_file
from syncapp.services.config_file import Diff

SAMPLE = (Path(__file__).parent / "sample.yaml").read_text()  # of interface.md §4, as it stands
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def config(slug: str = "emea", **sections: Any) -> str:
    """A file about one unit with these sections."""
    unit = {"slug": slug, **sections.pop("business_unit", {})}
    return yaml.safe_dump({"business_unit": unit, **sections}, sort_keys=False)


def apply(source: str, actor: str = "console", **more: Any) -> Diff:
    """Apply a file as the console does."""
    return config_file.apply(source=source, actor=actor, now=NOON, **more)


def unit(slug: str = "emea") -> BusinessUnit:
    """The unit as the database has it now."""
    return BusinessUnit.objects.select_related("connector").get(slug=slug)


def exported(slug: str = "emea") -> dict[str, Any]:
    """What `config export` prints."""
    return config_file.export(unit=unit(slug))


def audited() -> list[tuple[str, str, Any, Any]]:
    """Everything audited so far, oldest first."""
    entries = AuditEntry.objects.order_by("id")
    return [(e.action, e.target, e.before, e.after) for e in entries]
