"""Verify, Unverify, Pause, Resume Sync: each version has its own moves (seed 001, F2, F4)."""

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import Connector, Membership, SharingRule, SyncCursor
from syncapp.services import connectors
from syncapp.services.refused import Refused
from tests.services.files import NOON, apply, audited, config, unit

pytestmark = pytest.mark.django_db


def connector(slug: str = "emea", version: int = 2, **values: object) -> Connector:
    apply(config(slug, connector={"version": version}))
    Connector.objects.filter(unit__slug=slug).update(**values)
    return unit(slug).connector


def test_a_v2_connector_is_resumed_and_paused() -> None:
    found = connector()
    connectors.resume(connector=found, actor="console", now=NOON, reviewed=True)
    assert unit().connector.state == "running"
    connectors.pause(connector=found, actor="console", now=NOON, why="holidays")
    assert unit().connector.state == "paused"
    assert [action for action, *_ in audited()][-2:] == ["connector.resumed", "connector.paused"]


def test_a_v1_connector_is_verified_and_unverified() -> None:
    found = connector(version=1)
    connectors.verify(connector=found, actor="console", now=NOON, reviewed=True)
    assert unit().connector.state == "verified"
    connectors.unverify(connector=found, actor="console", now=NOON)
    assert unit().connector.state == "unverified"


def test_a_connector_has_only_the_moves_of_its_version() -> None:
    v1, v2 = connector("old", 1), connector("new", 2)
    with pytest.raises(Refused, match="A v1 connector has Verify and Unverify"):
        connectors.resume(connector=v1, actor="console", now=NOON, reviewed=True)
    with pytest.raises(Refused, match="A v2 connector has Pause and Resume Sync"):
        connectors.unverify(connector=v2, actor="console", now=NOON)


def test_the_first_resume_asks_for_a_review_and_later_ones_do_not() -> None:
    with pytest.raises(Refused, match="Review the considerations"):
        connectors.resume(connector=connector(), actor="console", now=NOON)
    Connector.objects.update(organization_id="00D000000000001EAA")  # a look is no sync
    with pytest.raises(Refused, match="Review the considerations"):
        connectors.resume(connector=unit().connector, actor="console", now=NOON)
    connectors.resume(connector=unit().connector, actor="console", now=NOON, reviewed=True)
    connectors.pause(connector=unit().connector, actor="console", now=NOON)
    connectors.resume(connector=unit().connector, actor="console", now=NOON)
    assert unit().connector.state == "running"


def test_a_connector_that_synced_before_asks_for_no_review() -> None:
    SyncCursor.objects.create(connector=connector(), sobject="Lead", stamp="2026-11-22")
    connectors.resume(connector=unit().connector, actor="console", now=NOON)
    assert unit().connector.state == "running"


def test_every_verify_asks_for_a_review() -> None:
    found = connector(version=1, organization_id="00D000000000001EAA")
    with pytest.raises(Refused, match="Review the considerations"):
        connectors.verify(connector=found, actor="console", now=NOON)


def test_a_move_from_an_old_page_is_refused() -> None:
    old = connector()
    connectors.resume(connector=unit().connector, actor="console", now=NOON, reviewed=True)
    with pytest.raises(Refused, match="changed the connector meanwhile"):
        connectors.resume(connector=old, actor="console", now=NOON, reviewed=True)
    assert [action for action, *_ in audited()].count("connector.resumed") == 1


def test_a_login_that_lacks_something_does_not_go() -> None:
    found = connector(client_id="")
    with pytest.raises(Refused, match="lacks: client_id"):
        connectors.resume(connector=found, actor="console", now=NOON, reviewed=True)


def test_a_resumed_connector_is_due_at_once() -> None:
    found = connector(next_cycle_at=NOON)
    connectors.resume(connector=found, actor="console", now=NOON, reviewed=True)
    assert unit().connector.next_cycle_at is None


def test_only_administrators_move_a_connector() -> None:
    found = connector()
    user = get_user_model().objects.create_user("mia")
    Membership.objects.create(unit=unit(), user=user, role="marketing")
    with pytest.raises(Refused, match="mia is marketing"):
        connectors.resume(connector=found, actor="mia", now=NOON, reviewed=True)


def test_units_that_share_an_org_share_its_integration_user_only_with_sharing_rules() -> None:
    where = "00D000000000001EAA"
    first, second = connector("first"), connector("second", organization_id=where)
    Connector.objects.filter(pk=first.pk).update(organization_id=where)
    with pytest.raises(Refused, match="FIRST is connected to the same Salesforce org"):
        connectors.resume(connector=second, actor="console", now=NOON, reviewed=True)
    share = {"connector": second, "field": "Zone__c", "values": ["N"]}
    SharingRule.objects.create(sobject="lead", **share)
    with pytest.raises(Refused, match="Marketing Data Sharing"):  # contacts are not shared yet
        connectors.resume(connector=second, actor="console", now=NOON, reviewed=True)
    SharingRule.objects.create(sobject="contact", **share)
    connectors.resume(connector=second, actor="console", now=NOON, reviewed=True)
    assert unit("second").connector.state == "running"


def test_an_own_connector_user_needs_no_sharing_rules() -> None:
    where = "00D000000000001EAA"
    connector("first", organization_id=where)
    second = connector("second", organization_id=where, connector_user="own@example.com")
    connectors.resume(connector=second, actor="console", now=NOON, reviewed=True)
    assert unit("second").connector.state == "running"
