"""Opt-outs overtake everything: a lane, a queue, calls and a worker of their own (F37)."""

from datetime import timedelta

import pytest

from syncapp import enqueue, jobs, schedule
from syncapp.core.mailability import Event
from syncapp.models import Connector, ConsentTravel, OutboundChange, ProspectLink, SyncRun
from syncapp.services import consent_lane, mailability
from syncapp.store import leases, outbox
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def synced(world: World) -> dict[str, str]:
    """Ada and Bob, linked; the ids of their leads."""
    leads = {name: world.org.lead(f"{name}@example.com") for name in ("ada", "bob")}
    world.sync()
    return leads


def unsubscribe(world: World, email: str) -> None:
    mailability.event(
        unit=world.unit, email=email, event=Event.UNSUBSCRIBE, actor="console", now=world.now()
    )


def travel(world: World) -> SyncRun:
    """Open the run that an event opens, and work it."""
    opened = consent_lane.open_waiting(unit=world.unit, now=world.now())
    assert opened is not None
    return world.work(opened)


def test_an_opt_out_reaches_salesforce_while_a_sync_is_at_work_and_nothing_else_does(
    world: World, synced: dict[str, str]
) -> None:
    world.edit("bob@example.com", last_name="Berg")
    leases.acquire(world.connector.pk, "cycle", "somebody else", world.now())
    unsubscribe(world, "ada@example.com")
    run = travel(world)
    assert (run.kind, run.state, run.counts["applied"]) == ("consent", "complete", 1)
    assert world.org.get(synced["ada"])["HasOptedOutOfEmail"] is True
    assert world.org.get(synced["bob"])["LastName"] == "Doe"
    assert ProspectLink.objects.get(prospect__email="bob@example.com").pending == "edit"
    told = ConsentTravel.objects.get()
    assert (told.prospect_id, told.side) == (world.prospect("ada@example.com").pk, "sf")
    (span,) = consent_lane.spans(unit=world.unit, now=world.now())
    assert span.count == 1
    assert 0 < span.half == span.most < 60


def test_an_opt_out_made_in_salesforce_is_timed_too(world: World, synced: dict[str, str]) -> None:
    world.org.update(synced["ada"], HasOptedOutOfEmail=True)
    world.field("opted_out", behavior="salesforce")
    world.sync()
    assert world.prospect("ada@example.com").opted_out is True
    assert [span.side for span in consent_lane.spans(unit=world.unit, now=world.now())] == ["ae"]


def test_the_reserve_of_calls_is_for_opt_outs_alone(world: World, synced: dict[str, str]) -> None:
    spent = sum(SyncRun.objects.values_list("api_calls", flat=True))
    Connector.objects.update(daily_api_budget=spent + 20, consent_reserve_percent=99)
    unsubscribe(world, "ada@example.com")
    assert world.sync().state == "failed"
    assert travel(world).state == "complete"
    assert world.org.get(synced["ada"])["HasOptedOutOfEmail"] is True


def waits(world: World, email: str, *, consent: bool) -> int:
    """A write of the prospect's record in the outbox; its id."""
    row = OutboundChange.objects.create(
        connector=world.connector, prospect=world.add(email), run_id=0, sobject="Lead",
        record_id="00Q000000000001AAA", fields={}, changes=[], agreed={}, consent_epoch=0,
        consent=consent, prospect_version=0, seq=1, created_at=world.now(),
    )  # fmt: skip
    return row.pk


def claimed(world: World, holder: str, lanes: tuple[bool, ...] = (True, False)) -> list[int]:
    """The ids that a holder gets."""
    rows = outbox.claim(world.connector.pk, holder, world.now(), lanes=lanes)
    return [row.id for row in rows]


def test_an_older_write_of_the_same_record_that_is_under_way_is_waited_for(world: World) -> None:
    row = waits(world, "ada@example.com", consent=False)
    assert claimed(world, "cycle") == [row]
    OutboundChange.objects.update(consent=True)  # planned anew: now it opts out
    assert claimed(world, "lane") == []
    assert outbox.consent_waits(world.connector.pk, world.now())
    outbox.release(world.connector.pk, "cycle")
    assert claimed(world, "lane") == [row]


def test_opt_outs_under_way_keep_nothing_between_them_waiting(world: World) -> None:
    rows = [waits(world, f"{n}@example.com", consent=n != 1) for n in range(3)]
    assert claimed(world, "lane", (True,)) == [rows[0], rows[2]]
    assert claimed(world, "lane", (True,)) == []
    assert claimed(world, "cycle") == [rows[1]]


def test_a_run_is_opened_once_and_only_where_something_waits_and_may_go(
    world: World, synced: dict[str, str]
) -> None:
    now = world.now()
    assert consent_lane.open_waiting(unit=world.unit, now=now) is None
    unsubscribe(world, "ada@example.com")
    Connector.objects.update(state="paused")
    assert consent_lane.open_waiting(unit=world.unit, now=now) is None
    Connector.objects.update(state="running")
    enqueue.opt_outs(world.unit, now)
    enqueue.opt_outs(world.unit, now)
    assert SyncRun.objects.filter(kind="consent").count() == 1


def test_the_scheduler_sees_to_opt_outs_by_hand_and_does_not_ask_again_at_every_tick(
    world: World, synced: dict[str, str]
) -> None:
    Connector.objects.update(next_cycle_at=world.now() + timedelta(hours=1))
    world.edit("bob@example.com", do_not_email=True)
    world.edit("ada@example.com", opted_out=True)
    schedule.tick()
    run = SyncRun.objects.get(kind="consent")
    jobs.run(run.pk)
    run.refresh_from_db()
    assert run.state == "complete"
    assert world.org.get(synced["ada"])["HasOptedOutOfEmail"] is True
    ProspectLink.objects.update(pending="edit", pending_consent=True)
    schedule.tick()
    assert SyncRun.objects.filter(kind="consent").count() == 1
