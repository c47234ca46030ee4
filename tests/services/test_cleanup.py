"""The suggested clean-ups after the upgrade: reviewed, applied to whom was shown, undoable."""

import contextlib
from datetime import datetime
from itertools import product

import pytest

from syncapp import jobs, wiring
from syncapp.core.cleanup import Group, group_of
from syncapp.core.mailability import Consent
from syncapp.models import AuditEntry, BusinessUnit, Prospect, SyncRun
from syncapp.services import cleanup, undo
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(world: World) -> World:
    """Somebody of every kind, upgraded; Do Not Email is mapped to nothing."""
    world.add("out@example.com", opted_out=True, do_not_email=True)
    world.add("only-dne@example.com", do_not_email=True)
    world.add("bounced@example.com", do_not_email=True)
    world.add("mailable@example.com")
    Prospect.objects.filter(email="bounced@example.com").update(hard_bounced=True)
    return world


def ended(run: SyncRun) -> SyncRun:
    jobs.run(run.pk)
    run.refresh_from_db()
    return run


def reviewed(world: World, *groups: Group) -> SyncRun:
    opened = cleanup.open_review(
        unit=world.unit, groups=groups or tuple(Group), actor="console", now=world.now(),
        trigger="cli",
    )  # fmt: skip
    return ended(opened)


def opened(world: World, review: SyncRun) -> SyncRun:
    return cleanup.open_cleanup(review=review, actor="console", now=world.now(), trigger="cli")


def ticked(world: World) -> set[str]:
    found = Prospect.objects.filter(unit=world.unit, do_not_email=True)
    return {str(email).partition("@")[0] for email in found.values_list("email", flat=True)}


def test_a_review_lists_them_and_changes_nothing(people: World) -> None:
    assert cleanup.count(people.unit) == {Group.OPTED_OUT: 1, Group.BOUNCED: 1}
    review = reviewed(people)
    told = cleanup.as_json(review)
    assert (review.state, told["clears"]) == (
        "complete",
        ["out@example.com", "bounced@example.com"],
    )
    assert cleanup.as_json(reviewed(people, Group.BOUNCED))["clears"] == ["bounced@example.com"]
    assert ticked(people) == {"out", "only-dne", "bounced"}


def test_applied_it_clears_them_and_can_be_undone(people: World) -> None:
    run = ended(opened(people, reviewed(people)))
    assert (run.state, run.counts["applied"], run.counts["seen"]) == ("complete", 2, 2)
    assert ticked(people) == {"only-dne"}
    told = people.history("out@example.com")[-1]
    assert (told["run"], told["field"], told["rule"]) == (run.pk, "do_not_email", "manual")
    assert (told["old"], told["new"]) == (True, False)
    assert AuditEntry.objects.get(action="upgrade.cleanup").after["run"] == run.pk
    back = undo.open_undo(run=run, actor="console", now=people.now(), trigger="cli")
    assert people.work(back).state == "complete"
    assert ticked(people) == {"out", "only-dne", "bounced"}


def test_only_those_who_were_shown_and_still_are_so_are_touched(people: World) -> None:
    review = reviewed(people)
    people.add("late@example.com", opted_out=True, do_not_email=True)
    people.edit("out@example.com", opted_out=False)
    run = ended(opened(people, review))
    assert ticked(people) == {"out", "only-dne", "late"}
    assert cleanup.as_json(run)["stays"] == [
        {"prospect": "out@example.com", "reason": "changed_since"}
    ]
    assert (run.counts["applied"], run.counts["unchanged"]) == (1, 1)
    with pytest.raises(Refused, match="applied already"):
        opened(people, review)


@pytest.mark.parametrize("mapped_before_the_review", [True, False])
def test_a_tick_that_syncs_with_salesforce_stays(
    people: World, mapped_before_the_review: bool
) -> None:
    people.org.lead("out@example.com", HasOptedOutOfEmail=True)
    people.sync_with_crm("out@example.com")
    review = None if mapped_before_the_review else reviewed(people)
    people.field("do_not_email", lead="HasOptedOutOfEmail")
    people.field("opted_out", lead=None)
    run = ended(opened(people, review or reviewed(people)))
    assert ticked(people) == {"out", "only-dne"}
    stays = {"prospect": "out@example.com", "reason": "syncs_with_salesforce"}
    assert (
        stays
        in cleanup.as_json(review or reviewed(people))["stays"] + (cleanup.as_json(run)["stays"])
    )


def test_only_the_picked_are_cleared(people: World) -> None:
    review, picked = reviewed(people), people.prospect("bounced@example.com")
    with pytest.raises(Refused, match="Nobody of those"):
        cleanup.open_cleanup(
            review=review, only=[], actor="console", now=people.now(), trigger="cli"
        )
    run = cleanup.open_cleanup(
        review=review, only=[picked.pk], actor="console", now=people.now(), trigger="cli"
    )
    assert (ended(run).counts["applied"], run.total) == (1, 1)
    assert ticked(people) == {"out", "only-dne"}
    assert AuditEntry.objects.get(action="upgrade.cleanup").after["picked"] == 1


class DyingClock:
    """A worker that dies when it asks for the time once more than `left` times."""

    def __init__(self, left: int) -> None:
        self.left = left

    def now(self) -> datetime:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return World.now()


@pytest.mark.parametrize("left", range(8))
def test_a_worker_that_dies_leaves_the_rest_to_the_next(
    people: World, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    monkeypatch.setattr(cleanup, "PAGE", 1)
    run = opened(people, reviewed(people))
    with contextlib.suppress(KeyboardInterrupt):
        cleanup.work_run(run.pk, clock=DyingClock(left), gateways=wiring.gateway)
    SyncRun.objects.filter(pk=run.pk, state="running").update(heartbeat_at=None)
    ended(run)
    assert (run.state, run.counts["applied"], ticked(people)) == ("complete", 2, {"only-dne"})


def test_the_list_is_what_the_rule_says_for_every_kind_of_person(world: World) -> None:
    flags = (False, True)
    expected = {}
    for number, (oo, dne, hard, soft, bin_) in enumerate(
        product(flags, flags, flags, (0, 5), flags)
    ):
        email = f"p{number}@example.com"
        world.add(email, opted_out=oo, do_not_email=dne)
        facts = {"hard_bounced": hard, "soft_bounces": soft, "archived": bin_}
        Prospect.objects.filter(email=email).update(**facts)
        expected[email] = group_of(Consent(opted_out=oo, do_not_email=dne, **facts))
    for group in Group:
        wanted = sorted(email for email, found in expected.items() if found is group)
        assert sorted(cleanup.as_json(reviewed(world, group))["clears"]) == wanted
        assert cleanup.count(world.unit)[group] == len(wanted)


def test_it_is_refused_before_the_upgrade_and_to_others_than_administrators(people: World) -> None:
    with pytest.raises(Refused, match="no role"):
        cleanup.open_review(
            unit=people.unit, groups=tuple(Group), actor="nobody", now=people.now(), trigger="cli"
        )
    review = reviewed(people)
    BusinessUnit.objects.update(mailability_model="legacy")
    with pytest.raises(Refused, match="not upgraded"):
        opened(people, SyncRun.objects.get(pk=review.pk))
