"""The configuration file (interface.md §4): export, diff, and apply, which is idempotent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from syncapp.core.approvals import lets_go
from syncapp.models import BusinessUnit, Connector
from syncapp.services import (
    config_apply,
    config_check,
    config_export,
    config_names,
    config_picklists,
    config_strict,
    units,
)
from syncapp.services.access import Right, is_alone, require, require_console
from syncapp.services.config_diff import Difference, differences, merged
from syncapp.services.config_schema import Document, parse
from syncapp.services.config_seen import Seen, refuse_changed
from syncapp.services.refused import Refused
from syncapp.store import fields
from syncapp.store.work import work


@dataclass(frozen=True, slots=True)
class Diff:
    """What applying a file would do."""

    slug: str
    unit: BusinessUnit | None  # None: it is to be made
    four_eyes: bool
    desired: Document
    differences: list[Difference]

    @property
    def lines(self) -> list[str]:
        """For people, one change a line."""
        made = [f"business_unit {self.slug}: will be created"] if self.is_new else []
        return made + [one.line for one in self.differences]

    @property
    def consequential(self) -> bool:
        """Does it change a mapping, behavior, sharing rule or guard, or let go of four eyes?

        Those are proposed, where a role or the unit asks for a second person (F28).
        """
        mapped = {"lead", "contact", "behavior"}
        return any(
            one.path[0] == "sharing"
            or one.path[:2] == ("connector", "guards")
            or (one.path[0] in ("fields", "custom_fields") and one.path[-1] in mapped)
            for one in self.differences
        ) or (any(map(_lets_go, self.differences)) and not self._alone)

    @property
    def _alone(self) -> bool:
        """Could nobody else approve? Only asked where it matters: a preview knows no people."""
        return self.unit is None or is_alone(self.unit)

    @property
    def is_new(self) -> bool:
        """Will the unit be made?"""
        return self.unit is None

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "unit": self.slug,
            "new": self.is_new,
            "differences": [
                {"path": ".".join(one.path), "before": one.before, "after": one.after}
                for one in self.differences
            ],
        }


def _lets_go(one: Difference) -> bool:
    return one.path[0] == "business_unit" and lets_go(one.path[-1], one.after)


def export(*, unit: BusinessUnit) -> Document:
    """The structure of interface.md §4 with everything the unit has set."""
    return config_export.as_file(config_export.document(unit))


def diff(*, source: str, actor: str) -> Diff:
    """What applying the file would change; ConfigError when it cannot be applied."""
    return diff_document(wanted=parse(source), actor=actor)


def diff_document(*, wanted: Document, actor: str, strict: bool = False) -> Diff:
    """The same for a document that was read already; `strict` as a screen checks it."""
    slug = wanted["business_unit"]["slug"]
    unit = BusinessUnit.objects.select_related("connector").filter(slug=slug).first()
    if unit is not None:
        require(actor=actor, unit=unit, right=Right.SEE)
    return _diff(unit, wanted, strict=strict)


def _diff(unit: BusinessUnit | None, wanted: Document, *, strict: bool = False) -> Diff:
    slug = wanted["business_unit"]["slug"]
    if unit is not None:
        current = config_export.document(unit)
    else:
        ampsea = wanted["business_unit"].get("allow_multiple_prospects_per_email", False)
        version = wanted.get("connector", {}).get("version", 2)
        current = config_export.fresh(slug, version, ampsea=ampsea)
    desired = merged(current, wanted)
    if unit is not None:
        config_names.resolve(desired, unit.connector)
        config_names.map_new_users(current, desired, unit.connector)
    config_picklists.fill(unit, current, desired, wanted)
    changed = differences(current, desired)
    if strict and unit is not None:
        config_strict.refuse_unseen(unit.connector, desired, changed)
    config_check.check(unit, current, desired, changed)
    config_picklists.refuse(unit, desired, changed)
    four_eyes = unit is not None and unit.four_eyes
    return Diff(slug, unit, four_eyes, desired, changed)


def apply(
    *,
    source: str,
    actor: str,
    now: datetime,
    confirmed_by_option: bool = False,
    approved: bool = False,
) -> Diff:
    """Make the unit what the file says; what was changed.

    `confirmed_by_option` = `--yes`, which units with four-eyes refuse; `approved` = a second person
    said yes to this very file, or it is only tried in a preview.
    """
    return apply_document(
        wanted=parse(source),
        actor=actor,
        now=now,
        confirmed_by_option=confirmed_by_option,
        approved=approved,
    )


def apply_document(
    *,
    wanted: Document,
    actor: str,
    now: datetime,
    confirmed_by_option: bool = False,
    approved: bool = False,
    seen: Seen | None = None,
    why: str = "",
) -> Diff:
    """The same for a document that was read already.

    `seen`: from a screen; the versions of what the person looked at there. ChangedMeanwhile when
    one is another now; mappings are checked against the org's last look (config_strict).
    """

    def once() -> Diff:
        with transaction.atomic():
            unit = _locked(wanted["business_unit"]["slug"], actor)
            if unit is not None:
                refuse_changed(unit, seen or {})
            found = _diff(unit, wanted, strict=seen is not None)
            if not approved:
                _refuse_alone(found, confirmed_by_option=confirmed_by_option)
            if found.is_new or found.differences:
                _write(unit, found, actor, now, why)
        return found

    try:
        return once()
    except IntegrityError:  # somebody made the same unit meanwhile: compare with theirs
        return once()


def _locked(slug: str, actor: str) -> BusinessUnit | None:
    """The unit with all its settings locked; None when it is to be made. Checks the right.

    Fields before the connector, as a run locks them; no keys, so that a sync goes on writing rows
    that refer to them.
    """
    unit = BusinessUnit.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if unit is None:
        require_console(actor=actor)
        return None
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    fields.locked(unit.pk)
    Connector.objects.select_for_update(no_key=True).get(unit=unit)
    return unit


def _refuse_alone(found: Diff, *, confirmed_by_option: bool) -> None:
    if not (found.four_eyes and found.differences):
        return
    if confirmed_by_option:
        raise Refused("four_eyes", f"{found.slug} asks for four eyes, which refuses --yes.")
    if found.consequential:
        raise Refused(
            "four_eyes",
            f"{found.slug} asks for four eyes: propose changed mappings, sharing rules, guards and "
            "rules of approval with `changes propose`, a second person approves them.",
        )


def _write(unit: BusinessUnit | None, found: Diff, actor: str, now: datetime, why: str) -> None:
    desired = found.desired
    if unit is not None:
        with work(unit.pk, now, actor=actor) as current:
            config_apply.write(current, unit, desired, found.differences, why=why)
        return
    unit = units.create_unit(
        slug=found.slug,
        name=desired["business_unit"]["name"],
        connector_version=desired["connector"]["version"],
        actor=actor,
        now=now,
    )
    made = differences(config_export.document(unit), desired)
    with work(unit.pk, now, actor=actor) as current:
        config_apply.write(current, unit, desired, made)
