"""Send to Account Engagement: product.md §4 and F3."""

import pytest

from syncapp.core.send import check_send, plan_send
from syncapp.core.sharing import SharingRule
from syncapp.core.types import LinkState, Trigger
from tests.core.build import CONTACT, LEAD, known, linked, prospect, row, rules


def refused(record, about=(), **unit):
    sobject = LEAD if record["Id"].startswith("00Q") else CONTACT
    found = check_send(sobject, record, known(*about), rules(**unit))
    return found.code if found else None


@pytest.mark.parametrize("state", ["running", "paused", "verified"])
def test_a_record_can_be_sent_although_the_connector_is_paused(state):
    assert refused(row(), state=state) is None


def test_an_unverified_connector_sends_nothing():
    assert refused(row(), state="unverified") == "connector_unverified"


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"IsDeleted": True}, "AAA was deleted."), ({"IsConverted": True}, "send its contact.")],
)
def test_a_record_that_is_gone_cannot_be_sent(fields, says):
    found = check_send(LEAD, row(**fields), known(), rules())
    assert found.code == "record_gone"
    assert says in found.message
    assert row()["Id"] in found.message


def test_a_record_that_is_not_shared_cannot_be_sent():
    shared = {"sharing": {LEAD: SharingRule("lead", "Region__c", ("EMEA",))}}
    assert refused(row(Region__c="US"), extra=shared) == "not_shared"
    assert refused(row(Region__c="EMEA"), extra=shared) is None


def test_a_prospect_that_shall_not_sync_is_not_sent_to():
    for someone in (linked(), prospect()):
        someone.link.state = LinkState.DO_NOT_SYNC
        assert refused(row(), [someone]) == "do_not_sync"
    other = linked(row(LEAD, 9))
    other.link.state = LinkState.DO_NOT_SYNC
    assert refused(row(), [other]) is None


def test_a_record_without_email_makes_no_prospect_but_syncs_with_its_own():
    assert refused(row(Email=None)) == "no_email"
    assert refused(row(Email=None), [linked()]) is None


def test_it_creates_the_prospect_even_with_creation_off():
    unit = rules(create_prospects=False)
    assert len(plan_send(LEAD, row(), known(), unit).created) == 1
    assert not unit.switches.create_prospects


def test_it_links_an_unassigned_prospect_with_the_email():
    someone = prospect()
    plan = plan_send(LEAD, row(), known(someone), rules(state="paused"))
    assert plan.pending == [(someone, Trigger.SEND)]


def test_it_syncs_a_linked_prospect_while_the_connector_is_paused():
    someone = linked()
    plan = plan_send(LEAD, row(City="Turku"), known(someone), rules(state="paused"))
    assert [w.new for w in plan.pairs[0].writes] == ["Turku"]
