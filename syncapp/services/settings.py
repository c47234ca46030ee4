"""The one way by which screens change a unit's settings: saved at once, or proposed (F28).

They are read, checked, written and audited by what the configuration file is (config_*), so that
nothing can be saved here that a file may not say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from syncapp.core.refusals import Refusal
from syncapp.models import BusinessUnit, ChangeRequest, SyncRun
from syncapp.services import changes, config_file, config_schema
from syncapp.services.access import Right, may, role_of
from syncapp.services.config_diff import Difference
from syncapp.services.config_seen import Seen, refuse_changed
from syncapp.services.refused import RefusedSettings


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of settings that somebody sent: saved, or a proposal with its preview's run."""

    changed: list[Difference]
    proposal: ChangeRequest | None = None
    preview: SyncRun | None = None


def submit(
    *,
    unit: BusinessUnit,
    wanted: Mapping[str, Any],
    seen: Seen,
    actor: str,
    now: datetime,
    why: str = "",
    propose: bool = False,
) -> Submitted:
    """`save`, or a proposal: of whoever may not save, where four eyes ask for it, or on demand.

    Refused the same way as `save`, and without a reason. The run of a proposal's preview is queued
    by the caller.
    """
    given = _about(unit, wanted)
    refuse_changed(unit, seen)
    found = config_file.diff_document(wanted=config_schema.read(given), actor=actor, strict=True)
    if not found.differences:
        return Submitted([])
    alone = may(role_of(actor=actor, unit=unit), Right.SETTINGS)
    if alone and not propose and not (found.four_eyes and found.consequential):
        saved = save(unit=unit, wanted=wanted, seen=seen, actor=actor, now=now, why=why)
        return Submitted(saved)
    if not why.strip():
        told = "Say why: whoever approves the proposal reads it."
        raise RefusedSettings([Refusal("why_needed", told, "why")])
    source = yaml.safe_dump(given, sort_keys=False, allow_unicode=True)
    change, run = changes.propose(
        unit=unit, source=source, actor=actor, now=now, why=why.strip(), trigger="console"
    )
    return Submitted(found.differences, change, run)


def save(
    *,
    unit: BusinessUnit,
    wanted: Mapping[str, Any],
    seen: Seen,
    actor: str,
    now: datetime,
    why: str = "",
) -> list[Difference]:
    """Change what `wanted` says (sections and keys of interface.md §4); what differs.

    Raises Refused (its `reasons` name the settings) or ChangedMeanwhile; nothing is changed then.
    """
    document = config_schema.read(_about(unit, wanted))
    done = config_file.apply_document(
        wanted=document, actor=actor, now=now, seen=seen, why=why.strip()
    )
    return done.differences


def _about(unit: BusinessUnit, wanted: Mapping[str, Any]) -> dict[str, Any]:
    about = {"slug": unit.slug, **wanted.get("business_unit", {})}
    return {**wanted, "business_unit": about}
