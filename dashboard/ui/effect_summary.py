"""What a preview found, at a glance: whom the red list names, statuses, how long each list is."""

from dataclasses import dataclass

from dashboard.ui.effect import LISTS, RED, Allowance, allowances, status_rows
from syncapp.models import Preview, PreviewPerson, SyncRun
from syncapp.services import preview_answer

NAMED = 8  # so many people of the red list are on the page itself


@dataclass(frozen=True, slots=True)
class Effect:
    """What the preview of a proposal, or of the upgrade, found."""

    run: SyncRun
    preview: Preview
    red: int
    named: list[PreviewPerson]
    statuses: list[tuple[str, int, int]]
    lists: list[tuple[str, str, int]]  # code, label, people

    @property
    def counts(self) -> dict[str, int]:
        """The preview's own numbers."""
        found: dict[str, int] = self.preview.counts
        return found

    @property
    def allowances(self) -> list[Allowance]:
        """API calls of a day, beside what is allowed."""
        return allowances(self.preview.forecast)

    @property
    def more(self) -> int:
        """How many of the red list are not named here."""
        return self.red - len(self.named)


def effect_of(run_id: int | None) -> Effect | None:
    """The effect that the preview run found; None while there is none."""
    found = Preview.objects.filter(run_id=run_id or 0).select_related("run").first()
    if found is None:
        return None
    return Effect(
        found.run,
        found,
        found.counts["red_list"],
        list(preview_answer.red_list(found.run)[:NAMED]),
        status_rows(found.statuses),
        [(code, LISTS[code], found.counts.get(code, 0)) for code in LISTS if code != RED],
    )
