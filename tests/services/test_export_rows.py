"""Exports have Account Engagement's columns, run no formulas, and import to what they were."""

import csv
import io

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from syncapp import wiring
from syncapp.models import AuditEntry, Membership, Prospect, ProspectField
from syncapp.services.prospect_csv import guard, unguard
from syncapp.services.prospect_edit import change
from syncapp.services.prospect_export import export_csv, rows
from syncapp.services.prospect_import import Report, import_csv
from syncapp.services.refused import Refused
from syncapp.store.work import work
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = ("=1+1", "'=1+1", "+358 40", "-5", "@ada", "'hi", 'a,b\n"c"', "  x", "\tx", "\uff1d1", "-")


def export(world: World, actor: str = "console") -> str:
    out = io.StringIO(newline="")
    export_csv(unit=world.unit, out=out, name="out.csv", actor=actor, now=world.now())
    return out.getvalue()


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def bring(world: World, text: str) -> Report:
    lines = io.StringIO(text, newline="")
    return import_csv(
        unit=world.unit, lines=lines, name="in.csv", actor="console", clock=wiring.clock()
    )


def custom(world: World, key: str, label: str, kind: str = "text") -> None:
    ProspectField.objects.create(
        unit=world.unit, key=key, label=label, type=kind, custom=True, behavior="salesforce"
    )


def everything() -> list[dict[str, object]]:
    skip = {"id", "version", "created_at", "updated_at", "record_changed_at"}
    skip |= {"opted_out_changed_at"}
    rows = Prospect.objects.order_by("email_key").values()
    return [{key: value for key, value in row.items() if key not in skip} for row in rows]


def test_the_columns_are_those_of_account_engagement_then_custom_fields_a_to_z(
    world: World,
) -> None:
    custom(world, "b", "zebra")
    custom(world, "a", "Apple")
    custom(world, "town", "City")
    header = export(world).splitlines()[0].split(",")
    assert header[:5] == ["Prospect Id", "First Name", "Last Name", "Email", "Company"]
    assert (header[26], header[31], header[35]) == ("Do Not Email", "Opted Out", "User")
    assert header[37:] == ["CRM Contact FID", "CRM Lead FID", "Apple", "town", "zebra"]


def test_an_export_says_what_a_prospect_is(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.edit("ada@example.com", opted_out=True, score=7)
    ann = world.user("ann@example.com")
    Prospect.objects.update(assigned_user=ann)
    (row,) = read(export(world))
    assert (row["Email"], row["City"], row["Score"]) == ("ada@example.com", "Oslo", "7")
    assert (row["Opted Out"], row["Do Not Email"]) == ("1", "0")
    assert (row["User"], row["CRM Lead FID"]) == ("ann@example.com", lead)
    assert row["Prospect Id"] == str(Prospect.objects.get().pk)


def test_the_recycle_bin_is_left_out(world: World) -> None:
    ada = world.add("ada@example.com")
    change(
        unit=world.unit,
        prospect_id=ada.pk,
        given={"archived": True},
        actor="console",
        now=world.now(),
    )
    assert read(export(world)) == []


def test_no_cell_starts_a_formula(world: World) -> None:
    custom(world, "risky", "=HYPERLINK(1)")
    for number, text in enumerate(TEXTS):
        world.add(f"p{number}@example.com", city=text, risky=text)
    world.add("=cmd@example.com")
    cells = [cell for row in csv.reader(io.StringIO(export(world), newline="")) for cell in row]
    assert not [cell for cell in cells if cell and cell[0] in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"]
    assert "'=1+1" in cells
    assert "''=1+1" in cells


@given(st.text())
def test_the_guard_is_undone_for_every_text(text: str) -> None:
    assert unguard(guard(text)) == text


def test_an_export_changes_nothing_when_it_is_imported_again(world: World) -> None:
    custom(world, "risky", "=HYPERLINK(1)")
    custom(world, "agrees", "Agrees", "checkbox")
    custom(world, "size", "Size", "number")
    world.user("ann@example.com")
    for number, text in enumerate(TEXTS):
        world.add(f"p{number}@example.com", city=text, risky=text, agrees=True, size=-1.5)
    before = everything()
    told = bring(world, export(world)).as_json()
    assert (told["unchanged"], told["failed"]) == (len(TEXTS), 0)
    assert everything() == before


def test_an_export_makes_the_same_prospects_in_an_empty_unit(world: World) -> None:
    custom(world, "risky", "=HYPERLINK(1)")
    custom(world, "size", "Size", "number")
    ann = world.user("ann@example.com")
    for number, text in enumerate(TEXTS):
        world.add(
            f"p{number}@example.com",
            assigned_user=ann,
            city=text,
            risky=text,
            size=-number,
            score=-number,
            opted_out=number % 2 == 0,
            do_not_call=number % 3 == 0,
        )
    before, text = everything(), export(world)
    Prospect.objects.all().delete()
    told = bring(world, text).as_json()
    assert (told["created"], told["errors"]) == (len(TEXTS), [])
    assert everything() == before


def test_rows_come_from_a_server_side_cursor(world: World) -> None:
    world.add("ada@example.com")
    with work(world.unit.pk, world.now()):
        found = rows(world.unit)
        next(found)
        next(found)
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_cursors WHERE name LIKE '\\_django%'")
            assert "syncapp_prospect" in cursor.fetchone()[0]


def test_an_export_is_audited_and_needs_the_right(world: World, django_user_model: type) -> None:
    world.add("ada@example.com")
    export(world)
    entry = AuditEntry.objects.get(action="prospects.export")
    assert (entry.actor, entry.target, entry.after) == ("console", "out.csv", {"prospects": 1})
    sam = django_user_model.objects.create(username="sam")
    Membership.objects.create(unit=world.unit, user=sam, role="support")
    with pytest.raises(Refused, match="may not: export"):
        export(world, actor="sam")
