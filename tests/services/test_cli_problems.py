"""mailability, conflicts, errors, audit: words, JSON and exit codes (interface.md §2)."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from syncapp.models import Conflict
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def answer(*words: str) -> Any:
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_an_event_prints_the_status_before_and_after(world: World) -> None:
    ada = world.add("ada@example.com")
    told = answer("mailability", "event", "emea", "ada@example.com", "unsubscribe")
    assert told["prospects"] == [
        {
            "id": ada.pk,
            "before": "mailable",
            "after": "transactional_only",
            "reasons": ["opted_out"],
        }
    ]


def test_an_opt_in_by_hand_is_no_event_of_a_provider(world: World) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("mailability", "event", "emea", "ada@example.com", "admin_opt_in")


def test_a_conflict_is_listed_and_resolved_once(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", city="Espoo")
    world.sync()
    (listed,) = answer("conflicts", "list", "emea")
    assert (listed["kind"], listed["ae_value"], listed["sf_value"]) == (
        "both_changed",
        "Espoo",
        "Turku",
    )
    done = answer("conflicts", "resolve", str(listed["id"]), "sf")
    assert (done["state"], done["resolution"]) == ("resolved", "sf")
    assert answer("conflicts", "list", "emea") == []
    with pytest.raises(CommandError, match="resolved already"):
        call_command("conflicts", "resolve", str(listed["id"]), "sf")
    assert Conflict.objects.get().resolved_by == "console"


def test_errors_are_listed_and_retried(world: World) -> None:
    world.field("city", behavior="account_engagement")
    world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.edit("ada@example.com", city="x" * 300)
    world.sync()
    (listed,) = answer("errors", "list", "emea")
    assert (listed["code"], listed["prospect"]) == ("STRING_TOO_LONG", "ada@example.com")
    assert answer("errors", "retry", "emea", "--group", "STRING_TOO_LONG")["retrying"] == 1
    with pytest.raises(CommandError, match="no unresolved error"):
        call_command("errors", "retry", "emea", "--group", "NO_SUCH")


def test_a_broken_chain_fails_and_names_the_link_on_stderr(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE syncapp_fieldchange")
    world.add("ada@example.com")
    answer("mailability", "event", "emea", "ada@example.com", "complaint")
    assert answer("audit", "verify") == {"whole": True, "broken": None}
    assert answer("audit", "list", "emea")[0]["action"] == "mailability.complaint"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE syncapp_auditentry DISABLE TRIGGER append_only")
        cursor.execute("UPDATE syncapp_auditentry SET actor = 'bob'")
        cursor.execute("ALTER TABLE syncapp_auditentry ENABLE TRIGGER append_only")
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify", stdout=io.StringIO(), stderr=said)
    assert ended.value.code == 1
    assert "was altered after it was written" in said.getvalue()
