"""Back up, compare, restore (product.md F20): what differs is found exactly and comes back."""

import io
import json
import random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from syncapp.models import (
    Backup,
    BackupPart,
    FieldChange,
    Loosening,
    Prospect,
    ProspectField,
    SyncRun,
)
from syncapp.services import mailability, prospect_edit, undo
from syncapp.store import backups as store
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def answer(*words: object) -> Any:
    out = io.StringIO()
    call_command(*map(str, words), "--json", stdout=out)
    return json.loads(out.getvalue())


def backed_up() -> int:
    made = answer("backup", "create", "emea")
    assert made["state"] == "verified"
    return int(made["backup"])


def compared(backup: int) -> set[tuple[str, str, Any, Any]]:
    found = answer("backup", "compare", backup)["differences"]
    times = {"opted_out_changed_at", "record_changed_at", "hard_bounced_at"}
    return {
        (d["prospect"], d["field"], d["backup"], d["now"]) for d in found if d["field"] not in times
    }


@pytest.fixture
def people(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Seven prospects of all kinds, backed up in parts of three."""
    monkeypatch.setattr(store, "PART", 3)
    ProspectField.objects.create(
        unit=world.unit,
        key="shoe_size",
        label="Shoe Size",
        type="number",
        custom=True,
        behavior="salesforce",
    )
    ann = world.user("ann@example.com")
    for number in range(7):
        world.add(f"p{number}@example.com", city=f'"Oslo", {number}', comments="a\nb\\c")
    Prospect.objects.filter(email_key="p1@example.com").update(custom={"shoe_size": 42})
    Prospect.objects.filter(email_key="p2@example.com").update(assigned_user=ann, opted_out=True)
    Prospect.objects.filter(email_key="p3@example.com").update(archived=True)
    return world


def edit(world: World, email: str, /, **given: object) -> None:
    prospect_edit.change(
        unit=world.unit,
        prospect_id=world.prospect(email).pk,
        given=given,
        actor="console",
        now=world.now(),
    )


def test_a_backup_is_counted_and_read_back(people: World) -> None:
    made = answer("backup", "create", "emea", "--why", "before the upgrade")
    backup = Backup.objects.get(pk=made["backup"])
    assert (made["rows"], made["state"], backup.parts.count()) == (7, "verified", 3)
    assert len(made["checksum"]) == 64
    assert compared(backup.pk) == set()


def test_what_differs_is_listed_by_prospect_and_field(people: World) -> None:
    backup = backed_up()
    edit(people, "p0@example.com", city="Turku", shoe_size=38)
    edit(people, "p1@example.com", shoe_size=None)
    edit(people, "p2@example.com", assigned_user="")
    edit(people, "p4@example.com", archived=True)
    people.add("new@example.com")
    assert compared(backup) == {
        ("p0@example.com", "city", '"Oslo", 0', "Turku"),
        ("p0@example.com", "shoe_size", None, 38),
        ("p1@example.com", "shoe_size", 42, None),
        ("p2@example.com", "assigned_user", "ann@example.com", None),
        ("p4@example.com", "archived", False, True),
    }
    assert answer("backup", "compare", backup)["made_since"] == 1


DAMAGED = ("city", "comments", "job_title", "score", "do_not_call", "hard_bounced", "email")


def known(world: World) -> dict[tuple[int, str], Any]:
    """What everybody's damaged fields hold."""
    rows = Prospect.objects.filter(unit=world.unit)
    return {
        **{(row.pk, key): getattr(row, key) for row in rows for key in DAMAGED},
        **{(row.pk, "shoe_size"): row.custom.get("shoe_size") for row in rows},
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_comparison_is_exactly_the_random_damage_and_a_restore_makes_it_equal(
    people: World, seed: int
) -> None:
    backup, before, chance = backed_up(), known(people), random.Random(seed)
    emails = [f"p{n}@example.com" for n in range(7)]
    for _ in range(chance.randint(1, 40)):
        email = chance.choice(emails)
        key = chance.choice(["city", "comments", "job_title", "score", "shoe_size", "do_not_call"])
        value: object = chance.choice([None, "x", "y z", '"'])
        if key in ("score", "shoe_size"):
            value = chance.randint(0, 9)
        elif key == "do_not_call":
            value = chance.random() < 0.5
        edit(people, email, **{key: value})
    edit(people, "p5@example.com", email="moved@example.com")
    mailability.event(
        unit=people.unit,
        email="p6@example.com",
        event=mailability.Event.HARD_BOUNCE,
        actor="console",
        now=people.now(),
    )
    after, names = known(people), dict(Prospect.objects.values_list("pk", "email"))
    damage = {
        (names[pk], key, was, after[pk, key])
        for (pk, key), was in before.items()
        if after[pk, key] != was
    }
    assert len(damage) > 2
    assert compared(backup) == damage
    run = answer("backup", "restore", backup)
    assert (run["state"], run["skipped"]) == ("complete", [])
    assert compared(backup) == set()
    assert known(people) == before
    assert answer("backup", "restore", backup)["counts"]["applied"] == 0


def test_only_chosen_fields_and_prospects_are_restored(people: World) -> None:
    backup = backed_up()
    for name in ("p0", "p1"):
        edit(people, f"{name}@example.com", city="Turku", job_title="Director")
    ada = people.prospect("p0@example.com")
    answer("backup", "restore", backup, "--fields", "city", "--prospects", ada.pk)
    assert compared(backup) == {
        ("p0@example.com", "job_title", None, "Director"),
        ("p1@example.com", "city", '"Oslo", 1', "Turku"),
        ("p1@example.com", "job_title", None, "Director"),
    }


def test_a_restore_is_told_in_history_and_can_be_undone(people: World) -> None:
    backup = backed_up()
    edit(people, "p0@example.com", city="Turku")
    run = SyncRun.objects.get(pk=answer("backup", "restore", backup)["run"])
    told = FieldChange.objects.get(run_id=run.pk)
    assert [(c["field"], c["old"], c["new"], c["rule"]) for c in told.changes] == [
        ("city", "Turku", '"Oslo", 0', "restore")
    ]
    people.work(undo.open_undo(run=run, actor="console", now=people.now(), trigger="cli"))
    assert people.prospect("p0@example.com").city == "Turku"


def test_an_opt_out_comes_back_and_one_made_since_stays(people: World) -> None:
    backup = backed_up()
    for prospect, permission in (("p2", False), ("p0", True)):
        edit(people, f"{prospect}@example.com", opted_out=permission)
    run = answer("backup", "restore", backup)
    assert people.prospect("p2@example.com").opted_out is True
    assert people.prospect("p0@example.com").opted_out is True
    assert [(s["prospect"], s["field"], s["reason"]) for s in run["skipped"]] == [
        ("p0@example.com", "opted_out", "would_opt_in")
    ]


def test_with_the_tick_the_opt_in_waits_for_the_guard_of_the_next_sync(people: World) -> None:
    backup = backed_up()
    edit(people, "p0@example.com", opted_out=True)
    run = answer("backup", "restore", backup, "--opt-ins")
    assert (run["counts"]["held"], run["skipped"]) == (1, [])
    assert people.prospect("p0@example.com").opted_out is True
    people.sync()
    assert people.prospect("p0@example.com").opted_out is False
    assert Loosening.objects.get().state == "applied"


def unsubscribe(world: World, email: str) -> None:
    mailability.event(
        unit=world.unit,
        email=email,
        event=mailability.Event.UNSUBSCRIBE,
        actor="console",
        now=world.now(),
    )


def test_the_opt_ins_of_one_address_go_together_and_one_alone_waits_for_a_person(
    people: World,
) -> None:
    people.unit.allow_multiple_prospects_per_email = True
    people.unit.save()
    Prospect.objects.update(email_shared=True)
    sibling = people.prospect("p6@example.com")
    edit(people, "p6@example.com", email="p0@example.com")
    both = Prospect.objects.filter(email_key="p0@example.com")
    backup = backed_up()
    for only, out in (([], 0), (["--prospects", sibling.pk], 2)):
        unsubscribe(people, "p0@example.com")
        answer("backup", "restore", backup, "--opt-ins", *only)
        people.sync()
        assert both.filter(opted_out=True).count() == out
    assert list(Loosening.objects.filter(state="held").values_list("prospect", "field")) == [
        (sibling.pk, "opted_out")
    ]


def test_an_address_that_opted_out_stays_out_whoever_gets_it_back(people: World) -> None:
    backup = backed_up()
    edit(people, "p0@example.com", email="moved@example.com")
    unsubscribe(people, "p0@example.com")
    answer("backup", "restore", backup, "--opt-ins")
    assert people.prospect("p0@example.com").opted_out is True


def test_an_email_that_somebody_else_has_now_is_not_taken_from_them(people: World) -> None:
    backup = backed_up()
    edit(people, "p0@example.com", email="moved@example.com")
    people.add("p0@example.com")
    run = answer("backup", "restore", backup)
    assert [(s["field"], s["reason"]) for s in run["skipped"]] == [("email", "address_taken")]


def test_links_are_told_of_but_follow_salesforce(people: World) -> None:
    backup = backed_up()
    people.org.lead("p0@example.com")
    people.sync_with_crm("p0@example.com")
    run = answer("backup", "restore", backup)
    assert {s["reason"] for s in run["skipped"]} == {"follows_salesforce"}
    assert people.prospect("p0@example.com").link.state == "linked"


def test_a_damaged_part_is_noticed_before_anything_is_restored(people: World) -> None:
    backup = backed_up()
    edit(people, "p0@example.com", city="Turku")
    with connection.cursor() as cursor:
        part = BackupPart.objects.filter(backup=backup).first()
        other = BackupPart.objects.filter(backup=backup).last()
        cursor.execute(
            "UPDATE syncapp_backuppart SET data = %s WHERE id = %s", [other.data, part.pk]
        )
    with pytest.raises(CommandError, match="damaged"):
        call_command("backup", "compare", str(backup))
    with pytest.raises(SystemExit):
        call_command("backup", "restore", str(backup), stdout=io.StringIO(), stderr=io.StringIO())
    assert people.prospect("p0@example.com").city == "Turku"


def test_unknown_fields_and_backups_are_refused(people: World) -> None:
    backup = backed_up()
    with pytest.raises(CommandError, match="no field 'hat'"):
        call_command("backup", "restore", str(backup), "--fields", "hat")
    with pytest.raises(CommandError, match="no backup 99"):
        call_command("backup", "compare", "99")
