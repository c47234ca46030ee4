"""The configuration file at a screen: what a file or another unit's settings would change here.

Whatever is applied is what was looked at: a file goes with a hash of the settings that it was
compared with (product.md F38, interface.md §4).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import yaml

from syncapp.models import BusinessUnit, ChangeRequest, SyncRun
from syncapp.services import changes, config_export, config_file
from syncapp.services.access import Right, may, require, role_of
from syncapp.services.config_diff import Difference
from syncapp.services.config_schema import Document, parse
from syncapp.services.refused import ChangedMeanwhile, Refused

# What can be copied from unit to unit; a login, a state and a version belong to one unit alone.
SECTIONS = {
    "business_unit": "Switches of the unit",
    "connector": "Switches, schedule and guards of the connector",
    "users": "Users and their mapping",
    "fields": "Mappings and behaviors of default fields",
    "custom_fields": "Custom fields",
}
_UNIT_KEYS = ("require_assigned_user_for_email_match", "use_active_assignment_rules")
_NOT_COPIED = ("version", "state", "login", "connector_user")


@dataclass(frozen=True, slots=True)
class Compared:
    """A file beside the unit: what differs, and the settings that it was compared with."""

    source: str
    differences: list[Difference]
    seen: str
    proposes: bool  # may the person not apply it alone?


def compare(*, unit: BusinessUnit, source: str, actor: str) -> Compared:
    """What the file would change; raises Refused, ConfigError naming the path."""
    require(actor=actor, unit=unit, right=Right.READ_SETTINGS)
    found = _of_unit(unit, source, actor)
    alone = may(role_of(actor=actor, unit=unit), Right.SETTINGS)
    proposes = not alone or (found.four_eyes and found.consequential)
    return Compared(source, found.differences, config_export.rules_hash(unit), proposes)


def _of_unit(unit: BusinessUnit, source: str, actor: str) -> config_file.Diff:
    wanted = parse(source)
    slug = wanted["business_unit"]["slug"]
    if slug != unit.slug:
        raise Refused(
            "other_unit",
            f"The file is about {slug}, not about {unit.slug}: change business_unit.slug, or copy "
            "the settings from that unit.",
        )
    return config_file.diff_document(wanted=wanted, actor=actor, strict=True)


def apply(
    *, unit: BusinessUnit, source: str, seen: str, actor: str, now: datetime, why: str = ""
) -> list[Difference]:
    """Apply a file that was compared before; what was changed. Audited.

    Raises Refused, ConfigError, and ChangedMeanwhile when the settings are others by now.
    """
    _same(unit, seen)
    _of_unit(unit, source, actor)
    done = config_file.apply_document(wanted=parse(source), actor=actor, now=now, seen={}, why=why)
    return done.differences


def propose(
    *, unit: BusinessUnit, source: str, seen: str, actor: str, now: datetime, why: str
) -> tuple[ChangeRequest, SyncRun]:
    """Propose a file that was compared before; the run of its preview is queued by the caller."""
    _same(unit, seen)
    if not why.strip():
        raise Refused("why_needed", "Say why: whoever approves the proposal reads it.")
    return changes.propose(
        unit=unit, source=source, actor=actor, now=now, why=why.strip(), trigger="console"
    )


def _same(unit: BusinessUnit, seen: str) -> None:
    if config_export.rules_hash(unit) != seen:
        raise ChangedMeanwhile(
            f"The settings of {unit.name} were changed since you compared them with the file. "
            "Nothing was applied: compare again."
        )


def copied(*, source: BusinessUnit, target: BusinessUnit, sections: Collection[str]) -> str:
    """A file about `target` with settings of `source`, sections by the names of SECTIONS.

    What the org of `target` cannot take is refused when the file is compared.
    """
    whole = config_export.as_file(config_export.document(source))
    about: Document = {"slug": target.slug}
    if "business_unit" in sections:
        about |= {key: whole["business_unit"][key] for key in _UNIT_KEYS}
    document: Document = {"business_unit": about}
    if "connector" in sections:
        kept = {key: value for key, value in whole["connector"].items() if key not in _NOT_COPIED}
        document["connector"] = kept
    document |= {key: whole[key] for key in ("users", "fields", "custom_fields") if key in sections}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
