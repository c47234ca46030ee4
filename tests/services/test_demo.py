"""The demo's units on the demo's org: every situation is there, once, and stays as people left it.

The first start was cut off half way: what a visitor finds must be the same.
"""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import connection

from syncapp import jobs, wiring
from syncapp.management.emulated_org import EmulatedOrg
from syncapp.models import (
    AuditEntry,
    BusinessUnit,
    Conflict,
    Connector,
    Membership,
    Prospect,
    ProspectField,
    SyncError,
    SyncRun,
)
from syncapp.services import demo, prospect_show, runs
from syncapp.services import demo_situations as who
from tests.services.world import Org

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).parents[2] / "docs/demo.md"


class CutOff(Exception):
    """The supervisor was killed."""


@pytest.fixture(scope="module")
def setup(
    org_process: str, django_db_setup: None, django_db_blocker: Any
) -> Iterator[dict[str, Any]]:
    """What the second `demo_setup` printed; the first died in the middle of the first syncs."""
    Org(org_process).reset("demo")
    with django_db_blocker.unblock():
        try:
            with pytest.raises(CutOff):
                demo.setup(
                    org=EmulatedOrg(org_process),
                    url=org_process,
                    password_of=str,
                    clock=wiring.clock(),
                    sync=cut_off,
                )
            yield start(org_process)
        finally:
            call_command("flush", "--no-input", verbosity=0)
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE syncapp_fieldchange")


def cut_off(unit: BusinessUnit) -> None:
    if SyncRun.objects.exists():
        raise CutOff
    run = runs.open_sync(unit=unit, now=wiring.clock().now(), trigger="schedule")
    jobs.work_to_the_end(run.pk)


def start(url: str) -> dict[str, Any]:
    out = io.StringIO()
    before = os.environ.get("SYNCLINE_EMULATOR_URL")
    os.environ["SYNCLINE_EMULATOR_URL"] = url
    try:
        call_command("demo_setup", "--json", stdout=out)
    finally:
        if before is None:
            del os.environ["SYNCLINE_EMULATOR_URL"]
        else:
            os.environ["SYNCLINE_EMULATOR_URL"] = before
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def open_conflicts(slug: str) -> set[tuple[str, str]]:
    rows = Conflict.objects.filter(unit__slug=slug, state="open")
    return set(rows.values_list("kind", "prospect__email"))


def errors(slug: str) -> set[tuple[str, str]]:
    rows = SyncError.objects.filter(unit__slug=slug, state="open")
    return set(rows.values_list("code", "prospect__email"))


def shown(slug: str, email: str) -> dict[str, Any]:
    unit = BusinessUnit.objects.get(slug=slug)
    prospect = Prospect.objects.get(unit=unit, email=email)
    return prospect_show.show(unit=unit, prospect=prospect)


def reason(slug: str, email: str) -> str | None:
    found: str | None = shown(slug, email)["sync"]["reason"]
    return found


def status(slug: str, email: str) -> tuple[str, list[str]]:
    found = shown(slug, email)["mailability"]
    return found["status"], found["reasons"]


def test_emea_has_a_conflict_of_each_kind_that_it_can_have(setup: dict[str, Any]) -> None:
    found = open_conflicts("emea")
    assert {kind for kind, _ in found} == {
        "both_changed", "unstorable_value", "email_in_use", "duplicate_records",
    }  # fmt: skip
    assert found >= {
        ("both_changed", who.BOTH_CHANGED),
        ("unstorable_value", who.FAX_TOO_LONG),
        ("email_in_use", who.EMAIL_IN_USE),
    }
    assert errors("emea") == {("STRING_TOO_LONG", who.FAX_TOO_LONG)}


def test_emea_has_prospects_that_do_not_sync_for_each_reason(setup: dict[str, Any]) -> None:
    assert reason("emea", who.WAITS_FOR_USER) == "needs_assigned_user"
    assert reason("emea", who.NOBODY_ASSIGNED) == "no_record_and_unassigned"
    assert reason("emea", who.DELETED) == "crm_deleted"
    assert reason("emea", who.DO_NOT_SYNC) == "do_not_sync"
    assert shown("emea", who.BECOMES_A_LEAD)["crm"]["state"] == "linked"


def test_emea_is_legacy_a_bounce_or_an_opt_out_on_either_side_is_unmailable(
    setup: dict[str, Any],
) -> None:
    assert status("emea", who.HARD_BOUNCED)[0] == "unmailable"
    for email in (who.UNSUBSCRIBED, who.OPTED_OUT_BY_SALES):
        assert status("emea", email)[0] == "unmailable"


def test_emea_has_a_field_on_hold_and_sees_its_region_only(setup: dict[str, Any]) -> None:
    held = ProspectField.objects.exclude(hold_reason=None).values_list("unit__slug", "key")
    assert list(held) == [("emea", "preferred_language")]
    people = Prospect.objects.filter(unit__slug="emea")
    assert 2_000 < people.count() < 2_700
    abroad = people.filter(country__in=["Canada", "United States", "Japan"])
    assert [prospect.email for prospect in abroad] == [who.MOVES_TO_EMEA]


def test_americas_holds_an_opt_in_and_has_its_own_conflicts(setup: dict[str, Any]) -> None:
    assert open_conflicts("americas") == {
        ("both_changed", who.BOTH_CHANGED_TOO),
        ("unstorable_value", who.NO_NUMBER),
        *(("held_by_guard", email) for email in who.OPTED_IN_BY_SALES),
    }
    assert errors("americas") == {("INVALID_TYPE_ON_FIELD_IN_RECORD", who.NO_NUMBER)}
    for email in who.OPTED_IN_BY_SALES:
        assert "opted_out" in status("americas", email)[1]


def test_americas_shows_every_status_of_the_upgraded_model(setup: dict[str, Any]) -> None:
    assert status("americas", who.HARD_BOUNCED_TOO) == ("undeliverable", ["hard_bounced"])
    assert status("americas", who.COMPLAINED)[0] == "transactional_only"
    assert status("americas", who.DO_NOT_EMAIL) == ("transactional_only", ["do_not_email"])
    assert shown("americas", who.SOFT_BOUNCED)["mailability"]["soft_bounces"] == 3
    assert status("americas", who.SOFT_BOUNCED)[0] == "mailable"
    assert status("americas", who.MOVES_TO_EMEA) == ("recycle_bin", ["recycle_bin"])
    assert shown("emea", who.MOVES_TO_EMEA)["crm"]["state"] == "linked"
    assert reason("americas", who.DO_NOT_SYNC_TOO) == "do_not_sync"
    assert shown("americas", who.DELETED_TOO)["crm"]["state"] == "crm_deleted"


def test_no_run_of_the_demo_failed(setup: dict[str, Any]) -> None:
    states = SyncRun.objects.order_by("id").values_list("unit__slug", "state")
    assert list(states) == [
        ("americas", "complete"),
        ("americas", "complete"),  # the start that was taken up again
        ("emea", "complete"),
        ("americas", "partial"),
        ("emea", "partial"),
    ]


def test_each_login_has_its_role_in_both_units_and_no_other(setup: dict[str, Any]) -> None:
    for name, role in demo.LOGINS.items():
        user = authenticate(username=name, password=setup["logins"][name])
        assert user is not None, name
        roles = Membership.objects.filter(user=user).values_list("unit__slug", "role")
        assert set(roles) == {("emea", role), ("americas", role)}


def test_a_second_start_keeps_what_people_set(setup: dict[str, Any]) -> None:
    Connector.objects.filter(unit__slug="americas").update(state="paused", interval_seconds=600)
    Membership.objects.filter(user__username="marketing").delete()
    ran = SyncRun.objects.count()
    assert start("http://127.0.0.1:9420")["logins"] == setup["logins"]
    found = Connector.objects.get(unit__slug="americas")
    assert (found.state, found.interval_seconds) == ("paused", 600)
    assert found.login_url == "http://127.0.0.1:9420"
    assert not Membership.objects.filter(user__username="marketing").exists()
    assert SyncRun.objects.count() == ran
    assert AuditEntry.objects.filter(action=demo.PREPARED).count() == 2


def test_the_guide_names_everybody_who_is_prepared() -> None:
    text = GUIDE.read_text()
    prepared = {key: value for key, value in vars(who).items() if key.isupper()}
    for key, value in prepared.items():
        for email in value if isinstance(value, tuple) else (value,):
            assert "example.com" not in email or email in text, key
