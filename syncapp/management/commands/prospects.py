"""`manage.py prospects`: import, export, show, create and set prospects."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from syncapp import wiring
from syncapp.management.base import ActionCommand, Answer, plain
from syncapp.models import BusinessUnit, Prospect
from syncapp.services import (
    prospect_edit,
    prospect_export,
    prospect_find,
    prospect_import,
    prospect_show,
)
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused

_COUNTED = ("created", "updated", "unchanged", "failed")


class Command(ActionCommand):
    """import, export, show, create, set (interface.md §2)."""

    help = "Prospects of a business unit."

    def actions(self, actions: Any) -> None:
        bring = self.action(actions, "import", "add and change prospects by a CSV file")
        bring.add_argument("unit")
        bring.add_argument("file", metavar="FILE.csv")
        bring.add_argument(
            "--restore", action="store_true", help="take matching prospects out of the recycle bin"
        )
        bring.add_argument(
            "--clear-blanks", action="store_true", help="empty cells clear fields (never consent)"
        )
        take = self.action(actions, "export", "write all prospects to a CSV file")
        take.add_argument("unit")
        take.add_argument("file", metavar="FILE.csv")
        show = self.action(actions, "show", "everything known of one prospect")
        show.add_argument("unit")
        show.add_argument("prospect", metavar="EMAIL_OR_ID")
        create = self.action(actions, "create", "add a prospect by hand")
        create.add_argument("unit")
        create.add_argument("email")
        create.add_argument("values", nargs="*", metavar="FIELD=VALUE")
        change = self.action(actions, "set", "edit a prospect by hand")
        change.add_argument("unit")
        change.add_argument("prospect", metavar="EMAIL_OR_ID")
        change.add_argument("values", nargs="+", metavar="FIELD=VALUE")

    def do_import(self, options: dict[str, Any]) -> Answer:
        """Import the file; rows that cannot be imported are listed with their reasons."""
        path = Path(options["file"])
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            report = prospect_import.import_csv(
                unit=self.unit(options["unit"]),
                lines=lines,
                name=path.name,
                actor=options["actor"],
                clock=wiring.clock(),
                restore=options["restore"],
                clear_blanks=options["clear_blanks"],
            )
        told = report.as_json()
        failed = [f"line {e['line']}, {e['email']}: {e['reason']}" for e in told["errors"]]
        counts = ", ".join(f"{told[key]} {key}" for key in _COUNTED)
        return Answer(told, [f"{told['rows']} rows: {counts}."], warnings=failed)

    def do_export(self, options: dict[str, Any]) -> Answer:
        """Write the file."""
        path, unit = Path(options["file"]), self.unit(options["unit"])
        require(actor=options["actor"], unit=unit, right=Right.EXPORT)
        with path.open("w", encoding="utf-8", newline="") as out:
            written = prospect_export.export_csv(
                unit=unit, out=out, name=path.name, actor=options["actor"], now=self.now()
            )
        document = {"file": str(path), "prospects": written}
        return Answer(document, [f"{written} prospects written to {path}."])

    def do_show(self, options: dict[str, Any]) -> Answer:
        """Print it."""
        unit = self.unit(options["unit"])
        require(actor=options["actor"], unit=unit, right=Right.SEE)
        return _shown(unit, prospect_find.find(unit=unit, name=options["prospect"]))

    def do_create(self, options: dict[str, Any]) -> Answer:
        """Add it and print it."""
        unit = self.unit(options["unit"])
        made = prospect_edit.create(
            unit=unit,
            email=options["email"],
            given=_pairs(options["values"]),
            actor=options["actor"],
            now=self.now(),
        )
        return _shown(unit, prospect_find.find(unit=unit, name=str(made)))

    def do_set(self, options: dict[str, Any]) -> Answer:
        """Edit it and print it."""
        unit = self.unit(options["unit"])
        found = prospect_find.find(unit=unit, name=options["prospect"])
        prospect_edit.change(
            unit=unit,
            prospect_id=found.pk,
            given=_pairs(options["values"]),
            actor=options["actor"],
            now=self.now(),
        )
        return _shown(unit, prospect_find.find(unit=unit, name=str(found.pk)))


def _pairs(words: Sequence[str]) -> dict[str, str]:
    """FIELD=VALUE words; an empty value clears the field."""
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise Refused("not_a_value", f"{word!r} is not FIELD=VALUE.")
        pairs[key] = value
    return pairs


def _shown(unit: BusinessUnit, prospect: Prospect) -> Answer:
    document = prospect_show.show(unit=unit, prospect=prospect)
    return Answer(document, [json.dumps(document, default=plain, indent=1)])
