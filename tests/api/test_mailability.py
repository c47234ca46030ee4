"""The suppression list and the state of an address, over HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncapp.core.mailability import Event
from syncapp.models import AuditEntry
from syncapp.services import mailability
from tests.screens.conftest import add_prospect, make_unit

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "v1/mailability/suppressions"


def happens(unit, email: str, event: Event) -> None:
    mailability.event(unit=unit, email=email, event=event, actor="console", now=timezone.now())


def test_the_list_has_the_rows_of_the_command_line_and_says_who_took_it(program, emea) -> None:
    add_prospect(emea, "ada@example.com")
    add_prospect(emea, "bob@example.com", do_not_email=True)
    add_prospect(make_unit("apac"), "cat@example.com", opted_out=True)
    happens(emea, "ada@example.com", Event.HARD_BOUNCE)
    happens(emea, "stranger@example.com", Event.UNSUBSCRIBE)
    told = program("reader", name="shop").get(LIST)
    rows = {row["email"]: row["reasons"] for row in told["values"]}
    assert rows == {
        "ada@example.com": ["hard_bounced"],
        "bob@example.com": ["do_not_email"],
        "stranger@example.com": ["opted_out"],
    }
    assert all(row["suppressed"] for row in told["values"])
    assert AuditEntry.objects.get(action="suppressions.export").actor == "api:shop"


def test_since_a_cursor_only_changes_are_told_and_who_may_be_mailed_again(program, emea) -> None:
    ask = program("marketing")
    for name in ("ada", "bob"):
        add_prospect(emea, f"{name}@example.com")
    happens(emea, "ada@example.com", Event.UNSUBSCRIBE)
    cursor = ask.get(LIST)["nextCursor"].replace("+", "%2B")
    happens(emea, "ada@example.com", Event.RESUBSCRIBE)
    rows = ask.get(f"{LIST}?since={cursor}")["values"]
    assert [(row["email"], row["suppressed"]) for row in rows] == [("ada@example.com", False)]
    later = (timezone.now() + timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert ask.get(f"{LIST}?since={later}")["values"] == []


def test_a_cursor_that_is_none_is_refused(program) -> None:
    ask = program()
    for cursor in ("yesterday", "2026-11-20", "0001-01-01T00:00:00%2B23:00"):
        assert ask.get(f"{LIST}?since={cursor}", 400)["code"] == "bad_cursor"
    assert ask.get(f"{LIST}?since=2026-11-20T00:00:00%2B23:00")["values"] == []
    assert program("reader").get(f"{LIST}?until=x", 400)["code"] == "unknown_parameter"


def test_an_address_tells_its_reasons_and_its_prospects(program, emea) -> None:
    ask = program("support")
    ada = add_prospect(emea, "Ada@example.com")
    happens(emea, "ada@example.com", Event.COMPLAINT)
    happens(emea, "stranger@example.com", Event.HARD_BOUNCE)
    told = ask.get("v1/mailability/address?email=ADA@example.com")
    assert (told["suppressed"], told["reasons"]) == (True, ["opted_out"])
    assert [(one["id"], one["status"]) for one in told["prospects"]] == [
        (ada.pk, "transactional_only")
    ]
    told = ask.get("v1/mailability/address?email=stranger@example.com")
    assert (told["reasons"], told["prospects"]) == (["hard_bounced"], [])
    told = ask.get("v1/mailability/address?email=nobody@example.com")
    assert (told["suppressed"], told["reasons"]) == (False, [])
    for email in ("", "no", "a%00b@example.com"):
        ask.get(f"v1/mailability/address?email={email}", 400)
