"""The audit trail: who changed what, filtered, told side by side, proved by a worker."""

from datetime import timedelta

import pytest
from django.db import connection

from syncapp import jobs
from syncapp.models import AuditEntry, SyncRun
from syncapp.services import audit_check
from syncapp.store.work import work
from tests.screens.conftest import T0, make_unit

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/audit/"


def told(unit, action: str, target: str, *, actor="ann", days=0, why="", before=None, after=None):
    with work(unit.pk, T0 + timedelta(days=days), actor=actor) as current:
        current.audit(action, target, before=before, after=after, why=why)
    return AuditEntry.objects.latest("pk")


@pytest.fixture
def three(emea):
    told(emea, "connector.paused", "connector", before={"state": "running"},
         after={"state": "paused"}, why="Maintenance")  # fmt: skip
    told(emea, "field.changed", "field city", actor="bob", days=2,
         before={"behavior": "salesforce"}, after={"behavior": "account_engagement"})  # fmt: skip
    told(emea, "mailability.opt_out", "ada@example.com", days=4)


def test_the_list_says_who_did_what_to_what_and_why(admin, three) -> None:
    html = admin.get(PAGE).content.decode()
    for words in (
        *("Sync paused", "State: running → paused", "Maintenance", "Prospect field changed"),
        *("City", "Opted out by hand", "ada@example.com", "Business unit made"),
    ):
        assert words in html
    assert html.index("Opted out by hand") < html.index("Sync paused")


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("who=bob", ["field.changed"]),
        ("kind=connector", ["connector.paused"]),
        ("kind=fields", ["field.changed"]),
        ("what=ada", ["mailability.opt_out"]),
        ("start=2026-11-21", ["mailability.opt_out", "field.changed"]),
        ("start=2026-11-22&end=2026-11-22", ["field.changed"]),
        ("who=ann&end=2026-11-20", ["connector.paused"]),
    ],
)
def test_filters_are_in_the_url_and_in_the_file(admin, three, query, left) -> None:
    rows = admin.get(f"{PAGE}?{query}&columns=action&export=csv")
    lines = b"".join(rows.streaming_content).decode().splitlines()[1:]
    assert [line for line in lines if line != "business_unit.created"] == left
    assert f"{len(lines)} result" in admin.get(f"{PAGE}?{query}").content.decode()


def test_days_are_those_of_the_readers_zone(admin, emea) -> None:
    told(emea, "connector.paused", "connector", days=14 / 24)  # 23:00 in London, 01:00 in Helsinki
    assert b"1 result<" in admin.get(f"{PAGE}?kind=connector&end=2026-11-20").content
    admin.cookies["timezone"] = "Europe/Helsinki"
    assert b"Nothing matches" in admin.get(f"{PAGE}?kind=connector&end=2026-11-20").content


def test_an_entry_shows_each_value_before_and_after_and_its_seal(admin, emea) -> None:
    entry = told(emea, "connector.changed", "connector", why="Asked by sales",
                 before={"guards": {"hold_remailable": False}, "interval_seconds": 120},
                 after={"guards": {"hold_remailable": True}, "interval_seconds": 120})  # fmt: skip
    html = admin.get(f"{PAGE}{entry.pk}/").content.decode()
    assert "guards.hold_remailable" in html
    assert "<del>No</del>" in html
    assert "<ins>Yes</ins>" in html
    assert html.index("hold_remailable") < html.index("interval_seconds")
    assert html.count('<tr class="changed">') == 1
    assert "Asked by sales" in html
    assert "by seal 2 of the unit" in html


def test_an_entry_about_a_run_leads_to_it(admin, emea) -> None:
    entry = told(emea, "cancel_run", "run 7", after={"state": "cancelled"})
    assert 'href="/u/emea/runs/7/"' in admin.get(f"{PAGE}{entry.pk}/").content.decode()


def test_entries_of_another_unit_are_not_found_here(admin, emea) -> None:
    other = told(make_unit("apac"), "connector.paused", "connector")
    assert admin.get(f"{PAGE}{other.pk}/").status_code == 404
    assert b"Sync paused" not in admin.get(PAGE).content


def verified(admin) -> SyncRun:
    assert admin.post(f"{PAGE}verify/").status_code == 302
    run = SyncRun.objects.get(kind="verify", state="queued")
    jobs.work_to_the_end(run.pk)
    run.refresh_from_db()
    return run


def test_a_worker_verifies_the_chain_and_the_page_names_the_last_seal(admin, three) -> None:
    run = verified(admin)
    assert run.state == "complete"
    assert "5 rows under 5 seals" in run.message  # the verification is an entry itself
    html = admin.get(PAGE).content.decode()
    assert "The chain is whole" in html
    assert "The last verified seal is number 5" in html


def test_a_broken_chain_is_red_and_named(admin, emea, three) -> None:
    row = AuditEntry.objects.get(action="field.changed").pk
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE syncapp_auditentry DISABLE TRIGGER append_only")
        cursor.execute("UPDATE syncapp_auditentry SET actor = 'eve' WHERE id = %s", [row])
        cursor.execute("ALTER TABLE syncapp_auditentry ENABLE TRIGGER append_only")
    run = verified(admin)
    assert run.state == "failed"
    html = admin.get(PAGE).content.decode()
    assert "The chain is broken." in html
    assert f"The audit row {row} " in html


def test_two_people_who_ask_at_once_get_one_verification(admin, emea) -> None:
    for _ in range(2):
        assert admin.post(f"{PAGE}verify/").status_code == 302
    assert SyncRun.objects.filter(kind="verify").count() == 1
    assert b"The chain is being verified." in admin.get(PAGE).content


def test_a_verification_can_be_cancelled(admin, emea) -> None:
    admin.post(f"{PAGE}verify/")
    run = SyncRun.objects.get(kind="verify")
    SyncRun.objects.update(cancel_requested_by="ann")
    jobs.work_to_the_end(run.pk)
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_verification_stops_no_sync_from_starting(emea) -> None:
    audit_check.open_check(unit=emea, actor="console", now=T0, trigger="console")
    assert [run.kind for run in _due()] == ["cycle"]


def _due():
    from syncapp import wiring
    from syncapp.services.runs import open_due_cycles

    return open_due_cycles(clock=wiring.clock())


def test_the_page_costs_the_same_however_much_there_is(
    admin, emea, django_assert_max_num_queries
) -> None:
    for number in range(60):
        told(emea, "field.changed", f"field {number}", after={"behavior": "salesforce"})
    with django_assert_max_num_queries(7):
        admin.get(PAGE)
    entry = AuditEntry.objects.latest("pk")
    with django_assert_max_num_queries(6):
        admin.get(f"{PAGE}{entry.pk}/")
