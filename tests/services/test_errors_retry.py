"""Sync errors are grouped by cause; retrying lets the next sync open or end them (F36)."""

from typing import Any

import pytest

from syncapp.models import AuditEntry, SyncError
from syncapp.services import errors
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def refused_city(world: World, *emails: str) -> None:
    """Salesforce refuses the city of these prospects."""
    world.field("city", behavior="account_engagement")
    for email in emails:
        world.org.lead(email, City="Oslo")
    world.sync()
    for email in emails:
        world.edit(email, city="x" * 300)
    assert world.sync().state == "partial"


def retry(world: World, **chosen: Any) -> dict[str, Any]:
    return errors.retry(unit=world.unit, actor="console", now=world.now(), **chosen)


def states() -> list[str]:
    return list(SyncError.objects.order_by("id").values_list("state", flat=True))


def test_errors_are_counted_by_code_and_listed_with_their_prospect(world: World) -> None:
    refused_city(world, "ada@example.com", "bob@example.com")
    (group,) = errors.groups(unit=world.unit)
    assert (group["code"], group["count"]) == ("STRING_TOO_LONG", 2)
    first = errors.listed(unit=world.unit)[0]
    assert (first["prospect"], first["field"], first["state"]) == (
        "ada@example.com",
        "city",
        "open",
    )
    assert errors.listed(unit=world.unit, state="resolved") == []


def test_what_still_fails_is_open_again_after_the_retry(world: World) -> None:
    refused_city(world, "ada@example.com")
    assert retry(world)["retrying"] == 1
    assert states() == ["retrying"]
    world.sync()
    assert states() == ["open"]


def test_what_was_put_right_in_the_meantime_is_resolved_by_the_retry(world: World) -> None:
    refused_city(world, "ada@example.com")
    world.field("city", lead=None, contact=None)
    retry(world, code="STRING_TOO_LONG")
    world.sync()
    assert states() == ["resolved"]


def test_one_error_is_retried_alone_and_audited(world: World) -> None:
    refused_city(world, "ada@example.com", "bob@example.com")
    first = SyncError.objects.order_by("id")[0]
    assert retry(world, ids=[first.pk])["errors"] == [first.pk]
    assert states() == ["retrying", "open"]
    assert AuditEntry.objects.get(action="errors.retried").after["errors"] == [first.pk]
    assert world.prospect("ada@example.com").link.pending == "retry"
    assert world.prospect("bob@example.com").link.pending is None


def test_a_group_that_does_not_exist_is_refused_but_retrying_nothing_is_not(world: World) -> None:
    with pytest.raises(Refused, match="no unresolved error with code NO_SUCH"):
        retry(world, code="NO_SUCH")
    assert retry(world) == {"retrying": 0, "errors": [], "prospects": 0}


def test_what_fails_again_and_again_is_in_quarantine_and_retried_by_its_number_only(
    world: World,
) -> None:
    refused_city(world, "ada@example.com", "bob@example.com")
    first = SyncError.objects.order_by("id")[0]
    for _ in range(3):
        assert states() == ["open", "open"]
        retry(world, ids=[first.pk])
        world.sync()
    first.refresh_from_db()
    assert (states(), first.failed_retries) == (["quarantined", "open"], 3)
    world.sync()  # met once more, by the overlap of the poll
    assert states() == ["quarantined", "open"]
    assert retry(world, code="STRING_TOO_LONG")["errors"] != [first.pk]
    assert states() == ["quarantined", "retrying"]
    SyncError.objects.exclude(pk=first.pk).delete()
    with pytest.raises(Refused, match="in quarantine") as refused:
        retry(world, code="STRING_TOO_LONG")
    assert refused.value.code == "quarantined"
    assert retry(world, ids=[first.pk])["retrying"] == 1


def test_quarantine_ends_when_the_value_is_mended(world: World) -> None:
    refused_city(world, "ada@example.com")
    SyncError.objects.update(state="quarantined", failed_retries=3)
    world.edit("ada@example.com", city="Espoo")
    world.sync()
    assert states() == ["resolved"]


def test_groups_count_each_state_and_show_the_newest(world: World) -> None:
    refused_city(world, "ada@example.com", "bob@example.com")
    first, second = SyncError.objects.order_by("id")
    retry(world, ids=[first.pk])
    (group,) = errors.groups(unit=world.unit)
    assert (group["open"], group["retrying"], group["newest"]) == (1, 1, second)
