"""config as a script calls it: words, JSON, exit codes (interface.md §2)."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from syncapp.models import AuditEntry, BusinessUnit, Membership
from tests.jobs.conftest import ROOT, database_url
from tests.services.files import SAMPLE, config, exported, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def sample(tmp_path: Path) -> str:
    file = tmp_path / "emea.yaml"
    file.write_text(SAMPLE)
    return str(file)


def written(tmp_path: Path, **sections: Any) -> str:
    file = tmp_path / "change.yaml"
    file.write_text(config(**sections))
    return str(file)


def printed(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_export_prints_a_file_that_applies_and_json_of_the_same(sample: str) -> None:
    printed("config", "apply", sample, "--yes")
    text = printed("config", "export", "emea")
    assert yaml.safe_load(text) == json.loads(printed("config", "export", "emea", "--json"))
    assert yaml.safe_load(text) == exported()


def test_diff_prints_a_line_a_change_and_writes_nothing(sample: str, tmp_path: Path) -> None:
    printed("config", "apply", sample, "--yes")
    change = written(tmp_path, connector={"interval_seconds": 300}, fields={"city": None})
    assert printed("config", "diff", change).splitlines() == [
        "connector.interval_seconds: 120 → 300",
        "fields.city.lead: City → (none)",
        "fields.city.contact: MailingCity → (none)",
    ]
    assert unit().connector.interval_seconds == 120


def test_diff_prints_json_for_scripts(sample: str, tmp_path: Path) -> None:
    new = json.loads(printed("config", "diff", sample, "--json"))
    assert (new["unit"], new["new"]) == ("emea", True)
    printed("config", "apply", sample, "--yes")
    change = written(tmp_path, connector={"interval_seconds": 300})
    found = json.loads(printed("config", "diff", change, "--json"))
    assert found["differences"] == [
        {"path": "connector.interval_seconds", "before": 120, "after": 300}
    ]


def test_apply_prints_the_diff_first_and_says_when_there_is_none(sample: str) -> None:
    first = printed("config", "apply", sample, "--yes").splitlines()
    assert first[0] == "business_unit emea: will be created"
    assert first[-1] == "Applied."
    assert printed("config", "apply", sample, "--yes").splitlines() == ["Nothing to change."]


def test_apply_without_a_yes_changes_nothing(sample: str) -> None:
    with pytest.raises(CommandError, match="Nothing was changed"):
        printed("config", "apply", sample)
    assert not BusinessUnit.objects.exists()


def test_apply_needs_no_yes_when_nothing_changes(sample: str) -> None:
    printed("config", "apply", sample, "--yes")
    assert json.loads(printed("config", "apply", sample, "--json"))["applied"] is False


def test_as_names_who_acts_and_is_audited(sample: str, tmp_path: Path) -> None:
    printed("config", "apply", sample, "--yes")
    for name, role in (("ada", "administrator"), ("sam", "support")):
        user = get_user_model().objects.create_user(name)
        Membership.objects.create(unit=unit(), user=user, role=role)
    change = written(tmp_path, connector={"interval_seconds": 300})
    with pytest.raises(CommandError, match="sam is support in EMEA and may not: settings"):
        printed("config", "apply", change, "--yes", "--as", "sam")
    with pytest.raises(CommandError, match="no active user 'eve'"):
        printed("config", "apply", change, "--yes", "--as", "eve")
    printed("config", "apply", change, "--yes", "--as", "ada")
    last = AuditEntry.objects.order_by("-id").first()
    assert last is not None
    assert (last.actor, last.action) == ("ada", "connector.changed")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.yaml"):
        printed("config", "diff", str(tmp_path / "nowhere.yaml"))
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("business_unit: {slug: café}".encode("latin-1"))
    with pytest.raises(CommandError, match="is not UTF-8 text"):
        printed("config", "diff", str(latin))
    with pytest.raises(CommandError, match=r"no business unit .mars.\. There are: none"):
        printed("config", "export", "mars")


def run(*words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own, on the test's database."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={
            "PATH": "",
            "DATABASE_URL": database_url(),
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "SECRET_KEY": "k",
        },
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_a_process_ends_with_0_or_1_and_keeps_messages_off_its_output() -> None:
    refused = run("config", "apply", "-", "--yes", "--json", stdin=config(connector={"speed": 9}))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "connector.speed: unknown key. Known here: " in refused.stderr
    assert "Traceback" not in refused.stderr
    done = run("config", "apply", "-", "--yes", "--json", stdin=config())
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["applied"] is True
