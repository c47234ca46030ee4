"""`manage.py preview` (interface.md §2)."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from syncapp.models import BusinessUnit, Connector
from tests.services.files import config
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOM = {"type": "boolean", "label": "Opted Out Custom"}


def run(*words: str) -> Any:
    out = StringIO()
    call_command("preview", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "change.yaml"
    found.write_text(config(fields={"city": {"behavior": "account_engagement"}}))
    return found


def legacy(world: World, **more: Any) -> None:
    BusinessUnit.objects.update(mailability_model="legacy", **more)


def test_a_file_is_previewed_and_its_lists_are_cut_but_not_its_counts(
    world: World, file: Path
) -> None:
    for name in ("ada", "bob"):
        world.org.lead(f"{name}@example.com", City="Oslo")
    world.sync()
    for name in ("ada", "bob"):
        world.edit(f"{name}@example.com", city="Turku")
    whole, cut = run("emea", "--change", str(file)), run("emea", "--change", str(file), "--limit=1")
    keys = ["changes", "becomes_mailable", "stops_being_mailable", "consent_to_salesforce"]
    assert set(whole) >= {*keys, "consent_to_ae", "api_calls", "counts"}
    assert set(whole["changes"][0]) == {"prospect", "field", "side", "old", "new", "rule", "group"}
    assert [c["prospect"] for c in whole["changes"]] == ["ada@example.com", "bob@example.com"]
    assert (len(cut["changes"]), cut["counts"]) == (1, whole["counts"])
    assert world.prospect("ada@example.com").city == "Turku"


def test_the_cost_of_a_day_is_printed_beside_what_is_allowed(world: World, file: Path) -> None:
    Connector.objects.update(daily_api_budget=900)
    out = StringIO()
    call_command("preview", "emea", "--change", str(file), stdout=out)
    assert re.search(
        r"; \d+ API calls, (7\d\d) in a day with it \(\1 of 900 of the unit's budget\)"
        r" \(\d+ of \d+ of the org's allowance\)\.$",
        out.getvalue().strip(),
    )


def test_the_new_path_makes_nobody_mailable_and_opts_out_both_sides(world: World) -> None:
    legacy(world, legacy_sync_behavior=True)
    lead = world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.org.lead("bob@example.com")
    world.sync()
    ada = world.prospect("ada@example.com")
    assert (ada.opted_out, ada.do_not_email) == (False, True)
    found = run("emea", "--upgrade", "new")
    assert found["becomes_mailable"] == []
    told = [(c["field"], c["side"], c["old"], c["new"], c["rule"]) for c in found["changes"]]
    assert told == [("opted_out", "ae", False, True, "first_permission_sync")]
    assert found["statuses"]["before"] == {"mailable": 1, "unmailable": 1}
    assert found["statuses"]["after"] == {"mailable": 1, "transactional_only": 1}
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True


@pytest.mark.parametrize("version", [1, 2])
def test_the_preserve_path_keeps_both_meanings_apart(world: World, version: int) -> None:
    legacy(world, legacy_sync_behavior=True)
    world.connector.kind = version
    world.connector.state = {1: "verified", 2: "running"}[version]
    world.connector.save()
    world.org.lead("ada@example.com")
    world.sync()
    world.edit("ada@example.com", opted_out=True, do_not_email=True)
    world.sync()
    fields = {"Lead": {"OptedOut_Custom__c": CUSTOM}, "Contact": {"OptedOut_Custom__c": CUSTOM}}
    world.org.control("schema", fields, method="PUT")  # no sync has seen them yet
    found = run("emea", "--upgrade", "preserve", "--opted-out-field", "OptedOut_Custom")
    assert (found["becomes_mailable"], found["stops_being_mailable"]) == ([], [])
    told = [(c["field"], c["side"], c["new"], c["group"]) for c in found["changes"]]
    assert told == [("opted_out", "sf", True, "caused")]


@pytest.mark.parametrize(
    ("legacy_sync", "field", "words"),
    [
        (True, None, "Name the custom field"),
        (True, "Nowhere__c", "no field Nowhere__c"),
        (True, "City", "City is string, not a checkbox|no field City"),
        (False, "OptedOut_Custom__c", "no legacy sync behavior"),
    ],
)
def test_a_path_that_cannot_be_taken_says_why(
    world: World,
    legacy_sync: bool,
    field: str | None,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    legacy(world, legacy_sync_behavior=legacy_sync)
    world.sync()
    options = ["--opted-out-field", field] if field else []
    with pytest.raises((CommandError, SystemExit)) as refused:
        call_command("preview", "emea", "--upgrade", "preserve", *options)
    said = f"{refused.value} {capsys.readouterr().err}"
    assert any(word in said for word in words.split("|")), said


def test_an_upgraded_unit_is_not_upgraded_again(world: World) -> None:
    with pytest.raises(CommandError, match="upgraded already"):
        call_command("preview", "emea", "--upgrade", "new")
