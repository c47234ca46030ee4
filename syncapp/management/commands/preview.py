"""`manage.py preview`: what a change would do to real prospects and records, nothing written."""

from typing import Any

from django.core.management.base import CommandParser

from syncapp import jobs
from syncapp.management.base import Answer, SynclineCommand, read_file
from syncapp.models import SyncRun
from syncapp.services import preview, preview_answer, preview_changes, upgrade_moves


class Command(SynclineCommand):
    """Works the preview in this process and prints it (interface.md §2)."""

    help = "Show what a configuration file or the mailability upgrade would change."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--change", metavar="FILE", help="a configuration file (- is stdin)")
        what.add_argument("--upgrade", choices=upgrade_moves.PATHS, help="the upgrade's path")
        parser.add_argument(
            "--opted-out-field", metavar="NAME", help="Opted Out's custom field (path preserve)"
        )
        parser.add_argument("--limit", type=int, metavar="N", help="cut the lists to N entries")

    def answer(self, options: dict[str, Any]) -> Answer:
        run = preview.open_preview(
            unit=self.unit(options["unit"]),
            asked=_asked(options),
            actor=options["actor"],
            now=self.now(),
            trigger="cli",
        )
        jobs.work_to_the_end(run.pk)
        run.refresh_from_db()
        found = preview_answer.as_json(run, options["limit"])
        return Answer(
            found,
            _lines(run, found),
            failed=run.state != "complete",
            warnings=[run.message] if run.message else [],
        )


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    if options["upgrade"]:
        return preview_changes.upgrade(options["upgrade"], options["opted_out_field"])
    return preview_changes.config(read_file(options["change"]))


def _lines(run: SyncRun, found: dict[str, Any]) -> list[str]:
    lines = [
        f"{change['prospect']} {change['field']} ({change['side']}): {change['old']!r} → "
        f"{change['new']!r} by {change['rule']}, {change['group'].replace('_', ' ')}"
        for change in found["changes"]
    ]
    lines += [f"{email} becomes mailable" for email in found["becomes_mailable"]]
    lines += [f"{email} stops being mailable" for email in found["stops_being_mailable"]]
    counts = ", ".join(f"{name} {n}" for name, n in found["counts"].items() if n)
    return [
        *lines,
        f"Preview {run.pk}: {run.state}. {counts or 'Nothing would change'}; "
        f"{found['api_calls']} API calls{_a_day(found['forecast'])}.",
    ]


def _a_day(forecast: dict[str, Any]) -> str:
    """`, 730 in a day of 10000 that the org allows`; "" when there is none."""
    if not forecast:
        return ""
    told = f", {forecast['a_day']} in a day with it"
    for calls, allowed, whose in (
        (forecast["a_day"], forecast["budget"], "the unit's budget"),
        (forecast["org_a_day"], forecast["org_allowed"], "the org's allowance"),
    ):
        if calls is not None and allowed is not None:
            told += f" ({calls} of {allowed} of {whose})"
    return told
