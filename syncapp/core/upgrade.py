"""The steps of the mailability upgrade, in order, by path and connector version.

Source: product.md §7, seed 000.
"""

from enum import StrEnum

from syncapp.core.types import SalesforceField


class Step(StrEnum):
    """One step; its code is what `upgrade` prints."""

    CONSIDERATIONS = "considerations"
    BACKUP = "backup"
    CHECK = "check"
    PREVIEW = "preview"
    UNVERIFY = "unverify"
    PAUSE = "pause"
    MAP_OPTED_OUT = "map_opted_out"
    MAP_DO_NOT_EMAIL = "map_do_not_email"
    VERIFY = "verify"
    SYNC = "sync"
    UPGRADE = "upgrade"
    RESUME = "resume"
    REPORT = "report"


class StepState(StrEnum):
    """How far a step is."""

    AHEAD = "ahead"
    DONE = "done"
    SKIPPED = "skipped"
    WAITING = "waiting"
    FAILED = "failed"
    UNDONE = "undone"


_FIRST = (Step.CONSIDERATIONS, Step.BACKUP, Step.CHECK, Step.PREVIEW)
_MAPPING = (Step.MAP_OPTED_OUT, Step.MAP_DO_NOT_EMAIL)


def steps(path: str, connector_version: int) -> tuple[Step, ...]:
    """v1: mapped while unverified, upgraded after a full sync; v2: all of it while paused."""
    if path == "new":
        return (*_FIRST, Step.UPGRADE, Step.REPORT)
    last: tuple[Step, ...]
    if connector_version == 1:
        last = (Step.UNVERIFY, *_MAPPING, Step.VERIFY, Step.SYNC, Step.UPGRADE, Step.REPORT)
    else:
        last = (Step.PAUSE, *_MAPPING, Step.UPGRADE, Step.RESUME, Step.REPORT)
    return (*_FIRST, *last)


class Unfit(StrEnum):
    """Why Opted Out cannot be mapped to a field."""

    NO_CHECKBOX = "no_checkbox"
    NOT_EDITABLE = "not_editable"


def unfit(field: SalesforceField) -> Unfit | None:
    """Opted Out needs a checkbox that the connector user may edit (§7.3); None: it is one."""
    if field.type != "boolean":
        return Unfit.NO_CHECKBOX
    return None if field.updateable else Unfit.NOT_EDITABLE
