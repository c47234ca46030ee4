"""Runs, conflicts, sync errors and proposals, over HTTP."""

import pytest

from dashboard.api.schemas import SCHEMAS
from syncapp.models import ApiToken, AuditEntry, Conflict, SyncRun
from tests.api.test_prospects import written
from tests.screens.conftest import (
    add_conflict,
    add_error,
    add_held,
    add_proposal,
    add_prospect,
    add_run,
    knows_its_org,
    linked,
    make_unit,
)

pytestmark = pytest.mark.django_db(transaction=True)
THINGS = ("runs", "conflicts", "errors", "changes")


@pytest.fixture
def ada(emea):
    """Somebody with a conflict, an error, a run and a proposal."""
    knows_its_org(emea)
    ada = add_prospect(emea, "ada@example.com", link=linked(1), city="Oslo")
    for make in (add_conflict, add_error):
        make(ada)
    add_run(emea)
    add_proposal(emea)
    return ada


def test_lists_and_single_reads_are_what_the_document_says(program, ada) -> None:
    ask = program("reader")
    for thing, name in zip(THINGS, ("Run", "Conflict", "SyncError", "Change"), strict=True):
        row = ask.get(f"v1/{thing}")["values"][0]
        assert set(row) == set(SCHEMAS[name])
        pk = row.get("id") or row["run"]
        assert ask.get(f"v1/{thing}/{pk}") == row


def test_pages_follow_each_other_to_the_end(program, emea) -> None:
    ids = [add_run(emea).pk for _ in range(5)]
    add_run(make_unit("apac"))
    ask, cursor, got = program("support"), "", []
    while cursor is not None:
        page = ask.get(f"v1/runs?limit=2&cursor={cursor}")
        got += [row["run"] for row in page["values"]]
        cursor = page["nextCursor"]
    assert got == ids[::-1]


def test_lists_ask_the_same_for_one_and_for_many(program, emea, ada, django_assert_num_queries):
    ask = program("reader")
    ask.get("v1/runs")
    wanted = {"runs": 2, "conflicts": 2, "errors": 2, "changes": 3}
    for turn in range(2):
        for thing, count in wanted.items():
            with django_assert_num_queries(count):
                ask.get(f"v1/{thing}")
        for n in range(5):
            other = add_prospect(emea, f"p{turn}{n}@example.com")
            for make in (add_conflict, add_error):
                make(other)
            add_run(emea)
            add_proposal(emea)


def test_filters_choose(program, emea, ada) -> None:
    ask = program("reader")
    going = add_run(emea, kind="full", state="running", ended_at=None)
    assert [r["run"] for r in ask.get("v1/runs?state=running")["values"]] == [going.pk]
    assert [r["run"] for r in ask.get("v1/runs?kind=full")["values"]] == [going.pk]
    Conflict.objects.update(state="resolved")
    assert ask.get("v1/conflicts")["values"] == []
    assert len(ask.get("v1/conflicts?state=all")["values"]) == 1
    assert ask.get("v1/errors?state=resolved")["values"] == []
    assert ask.get("v1/changes?state=applied")["values"] == []
    assert ask.get("v1/changes?state=nothing", 400)["code"] == "bad_parameter"


def test_things_of_another_unit_are_not_there(program, ada) -> None:
    ask = program("administrator", make_unit("apac"))
    before = written()
    for thing, act, body in (
        ("conflicts", "resolve", {"side": "ae"}),
        ("errors", "retry", {}),
        ("changes", "reject", {"reason": "No"}),
        ("runs", "cancel", {}),
    ):
        pk = getattr(ada.unit, thing).last().pk
        assert ask.get(f"v1/{thing}")["values"] == []
        ask.get(f"v1/{thing}/{pk}", 404)
        ask.send("POST", f"v1/{thing}/{pk}/{act}", body, 404)
    assert written() == before


def test_a_sync_is_started_and_cancelled(program, emea) -> None:
    ask = program("marketing", name="shop")
    told = ask.send("POST", "v1/runs", {"kind": "full"}, 202)
    run = SyncRun.objects.get(pk=told["run"])
    assert (run.kind, run.trigger, run.created_by, run.state) == (
        "full",
        "api",
        "api:shop",
        "queued",
    )
    assert ask.send("POST", "v1/runs", {"kind": "full"}, 202)["run"] == run.pk
    assert ask.send("POST", f"v1/runs/{run.pk}/cancel")["state"] == "cancelled"
    assert ask.send("POST", f"v1/runs/{run.pk}/cancel", status=409)["code"] == "not_open"
    emea.connector.state = "paused"
    emea.connector.save()
    assert ask.send("POST", "v1/runs", {}, 400)["code"] == "connector_stopped"


def test_a_record_is_sent_to_account_engagement(program, emea) -> None:
    ask = program("marketing")
    told = ask.send("POST", "v1/send-to-account-engagement", {"record": "00Q000000000001AAA"}, 202)
    assert (told["kind"], told["trigger"], told["state"]) == ("send", "api", "queued")
    assert ask.send("POST", "v1/send-to-account-engagement", {"record": "x"}, 404)
    entry = AuditEntry.objects.get(action="send_to_account_engagement")
    assert entry.actor == "api:marketing"


def test_a_conflict_is_resolved_as_it_was_seen(program, emea, ada) -> None:
    ask = program("marketing", name="shop")
    pk = Conflict.objects.get().pk
    one = ask.get(f"v1/conflicts/{pk}")
    path = f"v1/conflicts/{pk}/resolve"
    before = written()
    assert ask.send("POST", path, {"side": "sf", "seen": "old"}, 409)["code"] == "changed_meanwhile"
    assert ask.send("POST", path, {}, 400)["code"] == "missing_parameter"
    assert written() == before
    told = ask.send("POST", path, {"side": "sf", "seen": one["seen"], "why": "Newer"})
    assert (told["state"], told["resolved_by"]) == ("resolved", "api:shop")
    assert ask.send("POST", path, {"side": "sf"}, 409)["code"] == "not_open"


def test_a_held_suppression_ends_by_role_and_tick_only(program, emea, ada) -> None:
    bob = add_prospect(emea, "bob@example.com", link=linked(2), opted_out=True)
    held = add_held(bob)
    path, asked = f"v1/conflicts/{held.pk}/resolve", {"side": "sf"}
    marketing, admin = program("marketing"), program("administrator")
    before = written()
    ticked = asked | {"takeSuppressionAway": True}
    assert marketing.send("POST", path, ticked, 403)["code"] == "not_allowed"
    assert admin.send("POST", path, asked, 400)["code"] == "suppression_stays"
    assert written() == before
    assert admin.send("POST", path, ticked)["state"] == "resolved"


def test_an_error_is_retried(program, emea, ada) -> None:
    ask = program("marketing")
    pk = emea.errors.get().pk
    assert ask.send("POST", f"v1/errors/{pk}/retry")["state"] == "retrying"
    assert AuditEntry.objects.get(action="errors.retried").actor == "api:marketing"


def test_a_proposal_is_approved_as_it_was_seen_or_rejected(program, emea, ada) -> None:
    ask = program("administrator", name="bot")
    change = emea.changes.get()
    path = f"v1/changes/{change.pk}"
    seen = {"seen": ask.get(path)["preview"]}
    assert ask.send("POST", f"{path}/approve", {"seen": 1}, 400)["code"] == "another_preview"
    ApiToken.objects.update(created_by="mia")  # who proposed it
    assert ask.send("POST", f"{path}/approve", seen, 400)["code"] == "own_proposal"
    ApiToken.objects.update(created_by="console")
    told = ask.send("POST", f"{path}/approve", seen, 202)
    assert (told["state"], told["decided_by"]) == ("approving", "api:bot")
    other = add_proposal(emea, red=[ada])
    asked = {"seen": other.preview_run_id}
    got = ask.send("POST", f"v1/changes/{other.pk}/approve", asked, 400)
    assert got["code"] == "suppression_stays"
    told = ask.send("POST", f"v1/changes/{other.pk}/reject", {"reason": "Not now"})
    assert (told["state"], told["reason"]) == ("rejected", "Not now")
