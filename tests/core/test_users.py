"""User mapping and owners: product.md F6, seed 001 "Mapping Users"."""

from syncapp.core.creation import new_record
from syncapp.core.pair import Outcome
from syncapp.core.rules import Owners
from syncapp.core.sharing import SharingRule
from syncapp.core.types import ErrorNote
from syncapp.core.users import OrgUser, OwnUser, map_users, owner_of_new_record, owners
from tests.core.build import CONNECTOR, LEAD, prospect, rules

ANN = OrgUser("005A", "ann@corp.example.com", "ann@example.com")
BEN = OrgUser("005B", "ben@corp.example.com", "ben@example.com")
GONE = OrgUser("005G", "ann@old.example.com", "ANN@example.com", active=False)


def mapped(own, org):
    return [(m.own.id, m.org.id, m.by_hand) for m in map_users(own, org)]


def test_users_are_mapped_by_equal_email_without_case():
    assert mapped([OwnUser(1, "Ann@Example.com")], [BEN, ANN]) == [(1, "005A", False)]
    assert mapped([OwnUser(1, "zoe@example.com")], [ANN]) == []


def test_a_mapping_by_hand_beats_the_email():
    own = [OwnUser(1, "ann@example.com", "BEN@corp.example.com")]
    assert mapped(own, [ANN, BEN]) == [(1, "005B", True)]


def test_a_mapping_by_hand_to_nobody_is_not_guessed():
    assert mapped([OwnUser(1, "ann@example.com", "nobody@corp.example.com")], [ANN]) == []


def test_a_salesforce_user_belongs_to_one_user_of_the_unit():
    own = [OwnUser(1, "ann@example.com"), OwnUser(2, "x@example.com", ANN.username)]
    assert mapped(own, [ANN]) == [(2, "005A", True)]
    twins = [OwnUser(1, "ann@example.com"), OwnUser(2, "ann@example.com")]
    assert mapped(twins, [ANN]) == [(1, "005A", False)]


def test_an_active_user_is_preferred_to_an_inactive_one_with_the_email():
    own = [OwnUser(1, "ann@example.com")]
    assert mapped(own, [GONE, ANN]) == [(1, "005A", False)]
    assert mapped(own, [GONE]) == [(1, "005G", False)]


def test_owners_are_mapped_both_ways():
    found = owners([OwnUser(1, "ann@example.com")], [ANN, BEN, GONE])
    emails = {1: "ann@example.com"}
    assert found == Owners({"005A": 1}, {1: "005A"}, frozenset({"005G"}), emails)


# who owns a record that we create
KNOWN = Owners({}, {1: "005A", 2: "005G"}, frozenset({"005G"}))


def test_the_mapped_user_owns_it_and_else_the_connector_user():
    assert owner_of_new_record(1, KNOWN, CONNECTOR) == "005A"
    assert owner_of_new_record(9, KNOWN, CONNECTOR) == CONNECTOR
    assert owner_of_new_record(None, KNOWN, CONNECTOR) == CONNECTOR


def test_an_inactive_user_is_a_sync_error_that_names_the_user():
    error = owner_of_new_record(2, KNOWN, CONNECTOR)
    assert isinstance(error, ErrorNote)
    assert (error.code, error.field) == ("INACTIVE_OWNER_OR_USER", "assigned_user")
    assert "005G" in error.message


def test_no_record_is_created_for_an_inactive_owner():
    someone = prospect()
    someone.assigned_user = 2
    unit = rules(owners=KNOWN)
    unit.sharing[LEAD] = SharingRule("lead", "Region__c", ("EMEA",))
    plan = new_record(someone, unit, assignment_rules=False)
    assert (plan.writes, plan.sf_fields, plan.conflicts) == ([], {}, [])
    assert [e.code for e in plan.errors] == ["INACTIVE_OWNER_OR_USER"]
    assert plan.outcome is Outcome.FAILED
    assert new_record(someone, unit, assignment_rules=True).errors == []
