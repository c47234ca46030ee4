"""Proposals: bound to the effect that was approved, lapsed when it is another, taken back (F28)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from syncapp import jobs
from syncapp.models import (
    AuditEntry,
    BusinessUnit,
    ChangeRequest,
    Connector,
    Membership,
    Permit,
    Preview,
    ProspectField,
    SyncRun,
)
from syncapp.services import changes, preview_answer, settings, undo
from syncapp.services.refused import ChangedMeanwhile, Refused
from tests.services.files import config
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TO_AE = {"fields": {"city": {"behavior": "account_engagement"}}}
LOOSE = {"fields": {"opted_out": {"behavior": "account_engagement"}}}


@pytest.fixture
def people(world: World) -> World:
    """Mary of marketing, Adam and Beth who administer; Ada's city differs on both sides."""
    for name in ("mary", "adam", "beth"):
        user = get_user_model().objects.create_user(name)
        role = "marketing" if name == "mary" else "administrator"
        Membership.objects.create(unit=world.unit, user=user, role=role)
    world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.edit("ada@example.com", city="Turku")
    return world


def unit() -> BusinessUnit:
    return BusinessUnit.objects.select_related("connector").get()


def proposed(world: World, wanted: dict[str, Any] = TO_AE, actor: str = "mary") -> ChangeRequest:
    change, run = changes.propose(
        unit=unit(), source=config(**wanted), actor=actor, now=world.now(), why="x", trigger="cli"
    )
    jobs.work_to_the_end(run.pk)
    return again(change)


def again(change: ChangeRequest) -> ChangeRequest:
    return changes.find(change.pk)


def approved(world: World, change: ChangeRequest, actor: str = "adam", **more: Any) -> SyncRun:
    run = changes.open_approval(
        change=again(change), actor=actor, now=world.now(), trigger="cli", **more
    )
    jobs.work_to_the_end(run.pk)
    run.refresh_from_db()
    return run


def behavior(key: str = "city") -> str:
    return ProspectField.objects.get(key=key).behavior


def test_a_proposal_is_previewed_approved_applied_and_taken_back(people: World) -> None:
    change = proposed(people)
    assert (change.state, behavior()) == ("proposed", "salesforce")
    assert Preview.objects.get().pinned
    run = approved(people, change, seen=change.preview_run_id)
    assert (run.state, again(change).state, behavior()) == (
        "complete",
        "applied",
        "account_engagement",
    )
    entry = AuditEntry.objects.get(action="field.changed")
    assert (entry.actor, entry.why) == ("adam", f"Change {change.pk}, proposed by mary: x")
    back = undo.open_undo(run=run, actor="beth", now=people.now(), trigger="cli")
    jobs.work_to_the_end(back.pk)
    assert (again(change).state, behavior()) == ("taken_back", "salesforce")
    for done in (run, back):
        with pytest.raises(Refused):
            undo.open_undo(run=done, actor="beth", now=people.now(), trigger="cli")


def test_nobody_approves_their_own_unless_alone_and_allowed(people: World) -> None:
    change = proposed(people, actor="adam")
    with pytest.raises(Refused, match="may not approve it"):
        approved(people, change)
    Membership.objects.get(user__username="beth").delete()
    BusinessUnit.objects.update(allow_self_approval_when_alone=True)
    changes.renew(change=again(change), actor="adam", now=people.now(), trigger="cli")
    jobs.work_to_the_end(again(change).preview_run_id or 0)
    assert approved(people, change).state == "complete"
    assert AuditEntry.objects.get(action="change.approved").after["by_the_proposer"] is True


def test_somebody_new_on_the_red_list_lets_the_approval_lapse(people: World) -> None:
    ProspectField.objects.filter(key="opted_out").update(behavior="salesforce")
    bob = people.org.lead("bob@example.com", HasOptedOutOfEmail=True)
    people.org.lead("cat@example.com", HasOptedOutOfEmail=True)
    people.sync()
    people.edit("bob@example.com", opted_out=False)
    change = proposed(people, LOOSE)
    first = SyncRun.objects.get(pk=change.preview_run_id)
    assert [p.prospect for p in preview_answer.red_list(first)] == ["bob@example.com"]
    people.edit("cat@example.com", opted_out=False)
    run = approved(people, change)
    lapsed = again(change)
    assert (run.state, lapsed.state, behavior("opted_out")) == ("failed", "lapsed", "salesforce")
    assert "somebody new would become mailable again" in run.message
    assert not Permit.objects.exists()
    with pytest.raises(Refused, match="previewed anew after you opened"):
        approved(people, change, seen=first.pk)
    run = approved(people, change, seen=lapsed.preview_run_id)
    assert (run.state, Permit.objects.count()) == ("complete", 2)
    back = undo.open_undo(run=run, actor="adam", now=people.now(), trigger="cli")
    jobs.work_to_the_end(back.pk)
    assert not Permit.objects.exists()  # nobody is released by what was taken back
    people.sync()
    assert people.org.get(bob)["HasOptedOutOfEmail"] is True


def test_settings_saved_meanwhile_let_it_lapse_and_a_new_preview_tells_the_new_difference(
    people: World,
) -> None:
    wanted = {"fields": {"city": {"lead": "City", "behavior": "account_engagement"}}}
    change = proposed(people, wanted)
    assert changes.stale(change, people.now()) is None
    assert changes.stale(change, people.now() + timedelta(hours=25)) == "too_old"
    ProspectField.objects.filter(key="city").update(lead="State")
    ProspectField.objects.filter(key="state").update(lead=None)
    assert changes.stale(change, people.now()) == "rules_changed"
    changes.renew(change=change, actor="mary", now=people.now(), trigger="cli")
    jobs.work_to_the_end(change.preview_run_id or 0)
    told = {".".join(one["path"]): one["before"] for one in again(change).differences}
    assert told == {"fields.city.lead": "State", "fields.city.behavior": "salesforce"}
    run = approved(people, change)
    back = undo.open_undo(run=run, actor="adam", now=people.now(), trigger="cli")
    jobs.work_to_the_end(back.pk)
    assert ProspectField.objects.get(key="city").lead == "State"


def test_a_cancelled_preview_or_approval_leaves_the_proposal_to_be_decided(people: World) -> None:
    change, run = changes.propose(
        unit=unit(), source=config(**TO_AE), actor="mary", now=people.now(), trigger="cli"
    )
    SyncRun.objects.filter(pk=run.pk).update(state="cancelled", ended_at=people.now())
    changes.sweep(people.now())
    assert (again(change).state, again(change).message) == ("failed", "The preview was cancelled.")
    changes.renew(change=again(change), actor="mary", now=people.now(), trigger="cli")
    jobs.work_to_the_end(again(change).preview_run_id or 0)
    for state in ("queued", "running"):
        opened = changes.open_approval(
            change=again(change), actor="adam", now=people.now(), trigger="cli"
        )
        if state == "running":
            SyncRun.objects.filter(pk=opened.pk).update(cancel_requested_by="adam")
            jobs.work_to_the_end(opened.pk)
        else:
            SyncRun.objects.filter(pk=opened.pk).update(state="cancelled", ended_at=people.now())
            changes.sweep(people.now())
        assert (again(change).state, behavior()) == ("proposed", "salesforce")
        assert "cancelled" in again(change).message


def test_marketing_proposes_what_it_sends_and_says_why(people: World) -> None:
    def sent(**more: Any) -> settings.Submitted:
        version = ProspectField.objects.get(key="city").version
        return settings.submit(
            **{
                "unit": unit(),
                "wanted": TO_AE,
                "seen": {"fields.city": version},
                "actor": "mary",
                "now": people.now(),
                **more,
            }
        )

    with pytest.raises(Refused, match="Say why"):
        sent()
    with pytest.raises(ChangedMeanwhile):
        sent(why="Sales ask", seen={"fields.city": 7})
    with pytest.raises(Refused, match="City"):
        sent(why="Sales ask", wanted={"fields": {"state": {"lead": "City"}}}, seen={})
    assert not ChangeRequest.objects.exists()
    done = sent(why="Sales ask")
    assert (done.proposal.proposed_by, done.preview.state) == ("mary", "queued")
    assert (done.proposal.why, behavior()) == ("Sales ask", "salesforce")
    assert sent(actor="adam").proposal is None
    assert behavior() == "account_engagement"


@pytest.mark.parametrize(
    ("wanted", "proposes"),
    [
        ({"connector": {"guards": {"hold_remailable": True}}}, True),
        (
            {
                "sharing": [
                    {"object": one, "field": "Region__c", "values": ["EMEA"]}
                    for one in ("lead", "contact")
                ]
            },
            True,
        ),
        ({"fields": {"city": {"lead": None}}}, True),
        ({"connector": {"interval_seconds": 600}}, False),
        ({"business_unit": {"four_eyes": False}}, True),
        ({"business_unit": {"allow_self_approval_when_alone": True}}, True),
        ({"business_unit": {"name": "Europe"}}, False),
    ],
)
def test_four_eyes_concern_what_has_consequences(people: World, wanted, proposes) -> None:
    Connector.objects.update(state="paused")
    BusinessUnit.objects.update(four_eyes=True)
    done = settings.submit(
        unit=unit(), wanted=wanted, seen={}, actor="adam", now=people.now(), why="Because"
    )
    assert (done.proposal is not None) is proposes


def test_only_a_single_administrator_lets_go_of_four_eyes_alone(people: World) -> None:
    BusinessUnit.objects.update(four_eyes=True)

    def off(propose: bool = False) -> settings.Submitted:
        return settings.submit(
            unit=unit(),
            wanted={"business_unit": {"four_eyes": False}},
            seen={},
            actor="adam",
            now=people.now(),
            why="We are few",
            propose=propose,
        )

    assert off().proposal is not None
    assert unit().four_eyes
    get_user_model().objects.filter(username="beth").update(is_active=False)
    assert off().proposal is None
    assert not unit().four_eyes


def test_four_eyes_are_let_go_by_a_second_administrator_and_not_by_taking_them_back(
    people: World,
) -> None:
    on = proposed(people, {"business_unit": {"four_eyes": True}})
    run = approved(people, on)
    assert unit().four_eyes
    with pytest.raises(Refused, match="this would take them back: propose it"):
        undo.open_undo(run=run, actor="adam", now=people.now(), trigger="cli")
    off = proposed(people, {"business_unit": {"four_eyes": False}}, actor="adam")
    with pytest.raises(Refused, match="may not approve it"):
        approved(people, off)
    assert unit().four_eyes
    assert approved(people, off, actor="beth").state == "complete"
    assert not unit().four_eyes
