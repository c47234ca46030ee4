"""What the wizard showed is what the upgrade did: random units, both versions, both paths.

SYNCLINE_PREVIEWS=300 chooses how many random units; otherwise there are 25.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from syncapp.models import BusinessUnit, PreviewPerson, SyncRun, Upgrade
from syncapp.services import preview_answer
from tests.model.place import Place, clean
from tests.preview import compare
from tests.preview.compare import Moment
from tests.preview.drawn import OPT_OUT
from tests.services.sessions.conftest import Console
from tests.services.world import Org
from tests.upgrade.drawn import CHECKBOXES, OPTED_IN_HERE, Drawn, build, units

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = [  # version, path, legacy sync behavior; only units that have it may preserve it
    *((1, "new", False), (2, "new", False), (1, "new", True), (2, "new", True)),
    *((1, "preserve", True), (2, "preserve", True)),
]
CASES = int(os.environ.get("SYNCLINE_PREVIEWS", "25"))
DONE: list[str] = []


@pytest.mark.parametrize(("kind", "path", "legacy"), WAYS)
def test_the_preview_is_the_outcome_and_nobody_is_opted_in_unseen(
    org: Org, tmp_path: Any, monkeypatch: Any, kind: int, path: str, legacy: bool
) -> None:
    monkeypatch.chdir(tmp_path)

    @settings(
        max_examples=-(-CASES // len(WAYS)),
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate],  # a smaller example takes minutes to find
        derandomize="SYNCLINE_PREVIEWS" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @example(drawn=OPTED_IN_HERE)
    @given(drawn=units())
    def walk(drawn: Drawn) -> None:
        clean(org)
        place = build(org, drawn, kind=kind, legacy=legacy)
        _upgrade_as_previewed(place, path)
        DONE.append(path)

    walk()
    assert DONE


def _upgrade_as_previewed(place: Place, path: str) -> None:
    start, ticked = Moment.of(place), _ticks(place)
    named = f"--opted-out-field {OPT_OUT}" if path == "preserve" else ""
    told = Console(place.org)(
        f"upgrade emea --path {path} {named} --acknowledge --acknowledge-skip "
        "--acknowledge-errors --wait --json"
    )
    assert told["state"] == "done", told
    before = SyncRun.objects.latest("pk").pk
    made = Upgrade.objects.latest("pk")
    place.unit.refresh_from_db()
    place.connector.refresh_from_db()
    place.sync(full=True)
    mine = (made.sync_run_id, SyncRun.objects.filter(pk__gt=before, kind="full").get().pk)
    real = list(SyncRun.objects.filter(pk__in=[pk for pk in mine if pk]).order_by("pk"))
    previewed = SyncRun.objects.get(pk=made.preview_run_id)
    compare.happened_as_planned(place, previewed, real, start)
    _nobody_is_opted_in_unseen(place, previewed, start, ticked)


def _ticks(place: Place) -> dict[str, dict[str, bool]]:
    """What is ticked on every live record."""
    found = {}
    for sobject in ("Lead", "Contact"):
        query = f"SELECT Id, {', '.join(CHECKBOXES)} FROM {sobject}"
        for row in place.org.call("GET", f"/query?q={query}")["records"]:
            found[row["Id"]] = {name: row[name] for name in CHECKBOXES}
    return found


def _nobody_is_opted_in_unseen(
    place: Place, previewed: SyncRun, start: Moment, ticked: dict[str, dict[str, bool]]
) -> None:
    end = Moment.of(place)
    red = set(preview_answer.red_list(previewed).values_list("prospect_id", flat=True))
    shown = set(
        preview_answer.people(previewed, "becomes_mailable").values_list("prospect_id", flat=True)
    )
    for prospect, status in end.statuses.items():
        was = start.statuses.get(prospect)
        if status == "mailable" and was not in (None, "mailable"):
            assert prospect in shown, (prospect, was)
            told = PreviewPerson.objects.get(run=previewed, prospect_id=prospect)
            assert prospect in red or not told.caused
    after = _ticks(place)
    lost = [
        (record, name)
        for record, before in ticked.items()
        for name, was in before.items()
        if was and record in after and not after[record][name]
    ]
    assert lost == []
    assert BusinessUnit.objects.get().mailability_model == "upgraded"
