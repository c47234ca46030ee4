"""What becomes of a link, value by value and as history tells it (product.md §5)."""

import pytest

from syncapp.core import lifecycle
from syncapp.core.planned import LinkChange
from syncapp.core.types import FieldWrite, LinkState, Rule, Side
from tests.core.build import CONTACT, LEAD, linked, prospect, row, rules

FIRST = {"consent_epoch": -1}


def told(field, old, new):
    """Salesforce decided it; our side is written."""
    return [FieldWrite(field, Side.AE, old, new, Side.SF, Rule.SF)]


def state(old, new):
    return told("crm_state", old, new)


def in_state(found, archived=False):
    someone = linked()
    someone.link.state, someone.archived = found, archived
    return someone


def test_deleted():
    someone = linked()
    change = LinkChange(someone, {"state": LinkState.CRM_DELETED}, state("linked", "crm_deleted"))
    assert lifecycle.deleted(someone, rules()) == change


@pytest.mark.parametrize(
    ("binned", "taken", "archived"),
    [(True, False, False), (True, True, None), (False, False, None)],
)
def test_undeleted(binned, taken, archived):
    someone = in_state(LinkState.CRM_DELETED, archived=binned)
    values = {"state": LinkState.LINKED, **FIRST}
    change = LinkChange(someone, values, state("crm_deleted", "linked"), archived)
    assert lifecycle.undeleted(someone, address_taken=taken) == change


def test_hidden_and_seen_again():
    someone = linked()
    change = LinkChange(someone, {"state": LinkState.NOT_VISIBLE}, state("linked", "not_visible"))
    assert lifecycle.hidden(someone) == change
    someone = in_state(LinkState.NOT_VISIBLE)
    values = {"state": LinkState.LINKED, **FIRST}
    change = LinkChange(someone, values, state("not_visible", "linked"))
    assert lifecycle.visible_again(someone) == change


def test_converted():
    someone = linked()
    record = row(ConvertedContactId="003C", ConvertedAccountId="001A")
    values = {"contact_id": "003C", "account_id": "001A", **FIRST}
    change = LinkChange(someone, values, told("crm_contact_id", None, "003C"))
    assert lifecycle.converted(someone, record) == change


def test_moved_to_the_winner_of_a_merge():
    someone = linked()
    values = {"lead_id": "00QW", "created_by_connector": False, **FIRST}
    change = LinkChange(someone, values, told("crm_lead_id", row()["Id"], "00QW"))
    assert lifecycle.moved_to(someone, LEAD, "00QW") == change
    someone = linked(row(CONTACT))
    values = {"contact_id": "003W", "created_by_connector": False, **FIRST}
    change = LinkChange(someone, values, told("crm_contact_id", row(CONTACT)["Id"], "003W"))
    assert lifecycle.moved_to(someone, CONTACT, "003W") == change


def test_linked_to_a_record():
    someone, record = prospect(), row(CONTACT, AccountId="001A")
    values = {
        "state": LinkState.LINKED,
        "reason": None,
        "known_match": True,
        "base": {},
        "account_id": "001A",
        "created_by_connector": False,
        "others_changed_at": None,
        "contact_id": record["Id"],
        **FIRST,
    }
    change = LinkChange(someone, values, told("crm_contact_id", None, record["Id"]))
    assert lifecycle.link_to(someone, CONTACT, record) == change
    change = lifecycle.link_to(someone, LEAD, row())
    assert change.values["lead_id"] == row()["Id"]
    assert change.values["contact_id"] is None
    assert change.writes == told("crm_lead_id", None, row()["Id"])


@pytest.mark.parametrize(
    ("ends", "reason", "archived"),
    [(lifecycle.loses_record, "email_moved", None), (lifecycle.absorbed, "merged", True)],
)
def test_losing_the_record(ends, reason, archived):
    someone = linked()
    values = {
        "state": LinkState.NONE,
        "lead_id": None,
        "contact_id": None,
        "account_id": None,
        "reason": reason,
        "base": {},
        "pending": None,
        **FIRST,
    }
    assert ends(someone) == LinkChange(someone, values, state("linked", "none"), archived)
