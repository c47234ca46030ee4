"""`manage.py prospects`: words, JSON and exit codes (interface.md §2, §3)."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from syncapp.models import Membership, ProspectField
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def answer(*words: str) -> Any:
    out = io.StringIO()
    call_command("prospects", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_create_set_and_show_print_the_prospect(world: World) -> None:
    world.user("ann@example.com")
    made = answer("create", "emea", "ada@example.com", "city=Oslo", "assigned_user=ann@example.com")
    assert (made["email"], made["state"], made["values"]["city"]) == (
        "ada@example.com",
        "active",
        "Oslo",
    )
    changed = answer("set", "emea", str(made["id"]), "city=", "opted_out=true", "job_title=a=b")
    assert (changed["values"]["city"], changed["values"]["job_title"]) == (None, "a=b")
    assert changed["mailability"]["status"] == "transactional_only"
    assert answer("show", "emea", "ADA@example.com") == changed


def test_show_prints_everything_that_is_known(world: World) -> None:
    ProspectField.objects.create(
        unit=world.unit, key="color", label="Color", type="text", custom=True, behavior="salesforce"
    )
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", city="Espoo", color="blue")
    run = world.sync()
    told = answer("show", "emea", "ada@example.com")
    assert set(told) == {
        "id", "email", "state", "crm", "assigned_user", "values",
        "mailability", "sync", "history", "conflicts", "errors",
    }  # fmt: skip
    assert told["crm"] == {
        "lead_id": lead,
        "contact_id": None,
        "account_id": None,
        "state": "linked",
    }
    assert (told["values"]["city"], told["values"]["color"]) == ("Turku", "blue")
    assert told["mailability"]["status"] == "mailable"
    assert told["mailability"]["model"] == "upgraded"
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (True, None)
    assert {"code": "in_recycle_bin", "ok": True} in told["sync"]["checks"]
    cities = [row for row in told["history"] if row["field"] == "city"]
    assert [(row["old"], row["new"], row["side"]) for row in cities] == [
        (None, "Oslo", "ae"),
        ("Oslo", "Espoo", "ae"),
        ("Espoo", "Turku", "ae"),
    ]
    assert cities[1]["run"] is None
    assert cities[1]["rule"] == "manual"
    assert (cities[2]["run"], cities[2]["winner"], cities[2]["rule"]) == (
        run.pk,
        "sf",
        "salesforce",
    )
    assert cities[2]["at"].endswith("Z")
    (conflict,) = told["conflicts"]
    assert (conflict["kind"], conflict["field"], conflict["state"]) == (
        "both_changed",
        "city",
        "open",
    )
    assert told["errors"] == []


def test_a_prospect_is_found_by_email_id_and_crm_id(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    ada = str(world.prospect("ada@example.com").pk)
    for name in ("Ada@Example.com", ada, lead, lead[:15]):
        assert answer("show", "emea", name)["id"] == int(ada)
    with pytest.raises(CommandError, match="no prospect 'bob@"):
        answer("show", "emea", "bob@example.com")


def test_an_unassigned_prospect_says_why_it_does_not_sync(world: World) -> None:
    told = answer("create", "emea", "ada@example.com")
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (False, "no_record_and_unassigned")
    told = answer("set", "emea", "ada@example.com", "archived=true")
    assert (told["state"], told["sync"]["reason"]) == ("recycle_bin", "in_recycle_bin")


def test_what_cannot_be_done_is_said_and_fails(world: World, django_user_model: Any) -> None:
    sam = django_user_model.objects.create(username="sam")
    Membership.objects.create(unit=world.unit, user=sam, role="support")
    world.add("ada@example.com")
    for words, said in (
        (("set", "emea", "ada@example.com", "shoe=42"), "no field 'shoe'"),
        (("set", "emea", "ada@example.com", "city"), "'city' is not FIELD=VALUE"),
        (("create", "emea", "nobody"), "not an email address"),
        (("set", "emea", "ada@example.com", "city=Oslo", "--as", "sam"), "may not: prospects"),
        (("import", "emea", "/no/such/file.csv"), "No such file"),
    ):
        with pytest.raises(CommandError, match=said):
            answer(*words)


def test_a_file_is_imported_and_its_bad_rows_are_told_on_stderr(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("\ufeffEmail,City\r\nada@example.com,Åbo\r\nnobody,Oslo\r\n".encode())
    out, err = io.StringIO(), io.StringIO()
    call_command("prospects", "import", "emea", str(path), "--json", stdout=out, stderr=err)
    told = json.loads(out.getvalue())
    assert {key: told[key] for key in ("rows", "created", "updated", "unchanged", "failed")} == {
        "rows": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "failed": 1,
    }
    (error,) = told["errors"]
    assert (error["line"], error["email"]) == (3, "nobody")
    assert "line 3, nobody: Email: 'nobody' is not an email address." in err.getvalue()
    assert world.prospect("ada@example.com").city == "Åbo"


def test_a_file_that_is_not_utf_8_says_so_row_by_row(world: World, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(
        "Email,City\r\nada@example.com,Åbo\r\nbob@example.com,Oslo\r\n".encode("cp1252")
    )
    told = answer("import", "emea", str(path))
    assert (told["created"], told["failed"]) == (1, 1)
    assert "no UTF-8 text" in told["errors"][0]["reason"]


def test_the_recycle_bin_opens_only_for_restore(world: World, tmp_path: Path) -> None:
    world.add("ada@example.com")
    answer("set", "emea", "ada@example.com", "archived=true")
    path = tmp_path / "in.csv"
    path.write_text("Email\nada@example.com\n")
    assert answer("import", "emea", str(path))["failed"] == 1
    assert answer("import", "emea", str(path), "--restore")["updated"] == 1
    assert not world.prospect("ada@example.com").archived


def test_an_exported_file_is_imported_again_without_a_change(world: World, tmp_path: Path) -> None:
    world.add("ada@example.com", comments="=1\nÅbo", notes="a\r\nb")
    path = tmp_path / "out.csv"
    assert answer("export", "emea", str(path)) == {"file": str(path), "prospects": 1}
    with path.open(newline="", encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["Email"], row["Comments"]) == ("ada@example.com", "'=1\nÅbo")
    told = answer("import", "emea", str(path))
    assert (told["unchanged"], told["failed"]) == (1, 0)
