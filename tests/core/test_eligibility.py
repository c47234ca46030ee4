"""Does it sync? The table of product.md §3, row by row (seeds 001 and 003)."""

import pytest

from syncapp.core.eligibility import Action, Situation, check
from syncapp.core.types import Trigger

PLAIN = {
    "connector_state": "running",
    "trigger": None,
    "archived": False,
    "link_state": "none",
    "link_reason": None,
    "has_crm_id": False,
    "has_valid_email": True,
    "assigned": True,
    "record_matches": False,
    "require_assigned_user": True,
    "use_assignment_rules": False,
}
LINKED = {"link_state": "linked", "has_crm_id": True}
MATCH = {"record_matches": True}
UNASSIGNED = {"assigned": False}
LINK, CREATE, SYNC = Action.LINK, Action.CREATE, Action.SYNC
BY_RULES = Action.CREATE_BY_RULES


def verdict(**facts):
    found = check(Situation(**PLAIN | facts))
    return found.reason or found.action


ROWS = [
    # 1 connector paused / unverified
    ({"connector_state": "paused", **LINKED}, "connector_paused"),
    ({"connector_state": "paused", **LINKED, "trigger": Trigger.EDIT}, "connector_paused"),
    ({"connector_state": "paused", **LINKED, "trigger": Trigger.IMPORT}, "connector_paused"),
    ({"connector_state": "paused", **LINKED, "trigger": Trigger.MANUAL}, SYNC),
    ({"connector_state": "paused", **LINKED, "trigger": Trigger.SEND}, SYNC),
    ({"connector_state": "unverified", **LINKED}, "connector_unverified"),
    (
        {"connector_state": "unverified", **LINKED, "trigger": Trigger.MANUAL},
        "connector_unverified",
    ),
    ({"connector_state": "verified", **LINKED}, SYNC),
    # 2 in the recycle bin
    ({**LINKED, "archived": True}, "in_recycle_bin"),
    ({**LINKED, "archived": True, "trigger": Trigger.MANUAL}, "in_recycle_bin"),
    # 3 Do not sync with CRM
    ({"has_crm_id": True, "link_state": "do_not_sync"}, "do_not_sync"),
    ({"link_state": "do_not_sync", **MATCH, "trigger": Trigger.MANUAL}, "do_not_sync"),
    # 4 its record was deleted
    ({"has_crm_id": True, "link_state": "crm_deleted"}, "crm_deleted"),
    (
        {"has_crm_id": True, "link_state": "crm_deleted", "trigger": Trigger.MANUAL},
        "crm_deleted",
    ),
    # 5 not visible
    ({"has_crm_id": True, "link_state": "not_visible"}, "not_visible"),
    # 6 Marketing Data Sharing
    ({**LINKED, "link_reason": "not_shared"}, "not_shared"),
    ({**LINKED, "link_reason": "not_shared", "trigger": Trigger.MANUAL}, "not_shared"),
    # 7 lost its record by an email change, until somebody uses Sync with CRM
    ({"link_reason": "email_moved"}, "email_moved"),
    ({"link_reason": "email_moved", "trigger": Trigger.EDIT}, "email_moved"),
    ({"link_reason": "email_moved", "trigger": Trigger.MANUAL}, CREATE),
    # 8 has a CRM ID
    (LINKED, SYNC),
    ({**LINKED, **UNASSIGNED, "has_valid_email": False}, SYNC),
    # 9 no CRM ID and no valid email
    ({"has_valid_email": False}, "no_email"),
    ({"has_valid_email": False, **MATCH}, "no_email"),
    # 10 a record matches, assigned
    (MATCH, LINK),
    # 11 a record matches, unassigned
    ({**MATCH, **UNASSIGNED}, "needs_assigned_user"),
    ({**MATCH, **UNASSIGNED, "trigger": Trigger.IMPORT}, LINK),
    ({**MATCH, **UNASSIGNED, "trigger": Trigger.MANUAL}, LINK),
    ({**MATCH, **UNASSIGNED, "trigger": Trigger.SEND}, LINK),
    ({**MATCH, **UNASSIGNED, "trigger": Trigger.RECORD}, "needs_assigned_user"),
    ({**MATCH, **UNASSIGNED, "trigger": Trigger.EDIT}, "needs_assigned_user"),
    ({**MATCH, **UNASSIGNED, "trigger": Trigger.EVENT}, "needs_assigned_user"),
    ({**MATCH, **UNASSIGNED, "trigger": Trigger.FULL}, "needs_assigned_user"),
    ({**MATCH, **UNASSIGNED, "trigger": Trigger.RETRY}, "needs_assigned_user"),
    ({**MATCH, **UNASSIGNED, "require_assigned_user": False}, LINK),
    # 12 no record matches, assigned
    ({}, CREATE),
    ({"trigger": Trigger.IMPORT}, CREATE),
    ({"use_assignment_rules": True}, CREATE),
    # 13 no record matches, unassigned
    (UNASSIGNED, "no_record_and_unassigned"),
    ({**UNASSIGNED, "trigger": Trigger.MANUAL}, "no_record_and_unassigned"),
    ({**UNASSIGNED, "trigger": Trigger.IMPORT}, "no_record_and_unassigned"),
    ({**UNASSIGNED, "require_assigned_user": False}, "no_record_and_unassigned"),
    ({**UNASSIGNED, "use_assignment_rules": True}, BY_RULES),
    ({**UNASSIGNED, "use_assignment_rules": True, "trigger": Trigger.EDIT}, BY_RULES),
    (
        {**UNASSIGNED, "use_assignment_rules": True, "trigger": Trigger.IMPORT},
        "no_record_and_unassigned",
    ),
]


@pytest.mark.parametrize(("facts", "answer"), ROWS)
def test_every_row_of_the_table(facts, answer):
    assert verdict(**facts) == answer


ORDER = [
    ("connector_unverified", {"connector_state": "unverified"}),
    ("in_recycle_bin", {"archived": True}),
    ("do_not_sync", {"link_state": "do_not_sync"}),
    ("not_shared", {"link_reason": "not_shared"}),
    ("no_email", {"has_valid_email": False}),
]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_the_first_reason_that_applies_is_the_answer(first):
    facts = {}
    for _, more in ORDER[first:]:
        facts |= more
    assert verdict(**facts) == ORDER[first][0]


def test_the_whole_list_is_shown_with_ticks_and_crosses():
    found = check(Situation(**PLAIN | UNASSIGNED | {"archived": True}))
    assert [(c.code, c.ok) for c in found.checks] == [
        ("connector_unverified", True),
        ("connector_paused", True),
        ("in_recycle_bin", False),
        ("do_not_sync", True),
        ("crm_deleted", True),
        ("not_visible", True),
        ("not_shared", True),
        ("email_moved", True),
        ("no_email", True),
        ("no_record_and_unassigned", False),
    ]
    assert (found.reason, found.action, found.eligible) == ("in_recycle_bin", "nothing", False)


def test_without_a_valid_email_nothing_more_is_asked():
    found = check(Situation(**PLAIN | {"has_valid_email": False}))
    assert [(c.code, c.ok) for c in found.checks][-2:] == [
        ("email_moved", True),
        ("no_email", False),
    ]


def test_a_linked_prospect_is_not_asked_about_matching():
    found = check(Situation(**PLAIN | LINKED))
    assert [c.code for c in found.checks][-1] == "email_moved"
    assert found.eligible
    codes = [c.code for c in check(Situation(**PLAIN | MATCH)).checks]
    assert codes[-2:] == ["no_email", "needs_assigned_user"]
    assert [c.code for c in check(Situation(**PLAIN)).checks][-1] == "no_record_and_unassigned"
