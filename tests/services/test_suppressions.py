"""Suppression list, set-up of webhooks and links for emails, as the command line has them."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import Client

from syncapp.core.mailability import Event
from syncapp.models import Prospect
from syncapp.services import mailability, suppressions
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def answer(*words: str) -> Any:
    out = io.StringIO()
    call_command("mailability", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def listed(path: Path) -> dict[str, tuple[str, str]]:
    with path.open(newline="") as lines:
        return {r["Email"]: (r["Suppressed"], r["Reasons"]) for r in csv.DictReader(lines)}


def happens(world: World, email: str, event: Event) -> None:
    mailability.event(unit=world.unit, email=email, event=event, actor="console", now=world.now())


def test_the_list_has_each_suppressed_address_once_with_its_reasons(
    world: World, tmp_path: Path
) -> None:
    for name in ("ada", "bob", "cat", "dan", "eve"):
        world.add(f"{name}@example.com")
    world.edit("bob@example.com", do_not_email=True)
    happens(world, "ada@example.com", Event.COMPLAINT)
    happens(world, "bob@example.com", Event.HARD_BOUNCE)
    happens(world, "stranger@example.com", Event.UNSUBSCRIBE)
    happens(world, "cat@example.com", Event.SOFT_BOUNCE)
    Prospect.objects.filter(email="dan@example.com").update(archived=True)
    told = answer("suppressions", "emea", str(tmp_path / "list.csv"))
    assert told["addresses"] == 4
    assert listed(tmp_path / "list.csv") == {
        "ada@example.com": ("yes", "opted_out"),
        "bob@example.com": ("yes", "hard_bounced; do_not_email"),
        "dan@example.com": ("yes", "recycle_bin"),
        "stranger@example.com": ("yes", "opted_out"),
    }


def test_since_a_cursor_only_changes_of_mailability_are_told_resubscribes_too(
    world: World, tmp_path: Path
) -> None:
    for name in ("ada", "bob", "cat"):
        world.add(f"{name}@example.com")
    Prospect.objects.update(created_at=world.now() - timedelta(days=1))
    happens(world, "ada@example.com", Event.UNSUBSCRIBE)
    cursor = (world.now()).isoformat()
    happens(world, "ada@example.com", Event.RESUBSCRIBE)
    world.edit("bob@example.com", do_not_email=True)
    world.edit("cat@example.com", city="Turku")
    told = answer("suppressions", "emea", str(tmp_path / "list.csv"), "--since", cursor)
    assert listed(tmp_path / "list.csv") == {
        "ada@example.com": ("no", ""),
        "bob@example.com": ("yes", "do_not_email"),
    }
    again = answer("suppressions", "emea", str(tmp_path / "x.csv"), "--since", told["cursor"])
    assert again["addresses"] == 3 - 1, "a cursor reaches back by the overlap"
    assert timedelta(minutes=5) == suppressions.OVERLAP


def test_a_cursor_that_is_none_is_refused(world: World, tmp_path: Path) -> None:
    for cursor in ("yesterday", "2026-11-20"):
        with pytest.raises(CommandError, match="is no cursor"):
            answer("suppressions", "emea", str(tmp_path / "x.csv"), "--since", cursor)
    assert not (tmp_path / "x.csv").exists()


def test_a_webhook_is_set_up_and_a_link_made_for_the_address_where_we_are_reached(
    world: World, settings: Any
) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    settings.PUBLIC_URL = "https://sync.example.com"
    url = answer("webhook", "emea", "postmark")["url"]
    assert url.startswith("https://syncline:")
    assert url.endswith("@sync.example.com/api/v1/emea/webhooks/postmark/")
    with pytest.raises(CommandError, match="Mailgun's key"):
        answer("webhook", "emea", "mailgun")
    assert answer("webhook", "emea", "postmark", "--remove") == {"removed": "postmark"}
    world.add("ada@example.com")
    made = answer("link", "emea", "Ada@Example.com")
    assert made["headers"] == {
        "List-Unsubscribe": f"<{made['url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    path = made["url"].removeprefix("https://sync.example.com")
    assert Client().post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert world.prospect("ada@example.com").opted_out is True
