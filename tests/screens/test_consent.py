"""The consent ledger: every event with its evidence, in order, tied to the audit chain."""

from datetime import timedelta

import pytest
from django.test import Client

from syncapp.core.mailability import Event
from syncapp.models import AuditSeal
from syncapp.services import email_events, mailability, preferences
from tests.screens.conftest import T0, add_held, add_prospect, add_run, change, tell

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def ledger(browser, prospect) -> dict:
    return browser.get(f"/u/emea/prospects/{prospect.pk}/consent/?export=json").json()


@pytest.fixture
def ada(emea):
    """Opted out by a sync, hard bounced, and asked for again by Salesforce, which is held."""
    ada = add_prospect(emea, "ada@example.com", opted_out=True)
    out = change("opted_out", old=False, new=True, rule="most_recent_field")
    tell(ada, change("city", "Oslo", "Turku", "salesforce"), out, run=add_run(emea), now=T0)
    for number, address in enumerate(("ada@example.com", "bob@example.com"), 1):
        mailability.event(
            unit=emea,
            email=address,
            event=Event.HARD_BOUNCE,
            actor="console",
            now=T0 + number * HOUR,
            why="mailbox gone",
        )
    later = {"resolved_at": T0 + 4 * HOUR, "resolved_by": "ann", "resolution": "ae"}
    add_held(ada, created_at=T0 + 3 * HOUR, state="resolved", **later)
    return ada


def test_events_are_told_in_order_with_source_rule_and_seal(admin, emea, ada) -> None:
    told = ledger(admin, ada)
    assert told["email"] == "ada@example.com"
    assert told["now"] == {"opted_out": True, "do_not_email": False}
    assert [(e["kind"], e["code"]) for e in told["events"]] == [
        ("changed", "opted_out"),
        ("reported", "mailability.hard_bounce"),
        ("held", "opted_out"),
        ("decided", "opted_out"),
    ]
    changed, reported, _, decided = told["events"]
    assert (changed["old"], changed["new"], changed["rule"]) == (False, True, "most_recent_field")
    assert (changed["run"], changed["run_kind"]) == (emea.runs.get().pk, "cycle")
    assert (reported["actor"], reported["why"]) == ("console", "mailbox gone")
    assert (decided["actor"], decided["why"]) == ("ann", "ae")
    for event in (changed, reported):
        seal = AuditSeal.objects.get(chain=emea.pk, number=event["seal"])
        assert bytes(seal.hash).hex() == event["hash"]


def test_what_an_earlier_address_reported_stays_in_the_ledger(admin, emea, ada) -> None:
    tell(
        ada, change("email", "ada@example.com", "new@example.com", "salesforce"), now=T0 + 5 * HOUR
    )
    type(ada).objects.filter(pk=ada.pk).update(email="new@example.com")
    codes = [event["code"] for event in ledger(admin, ada)["events"]]
    assert "mailability.hard_bounce" in codes


def test_the_page_tells_the_same_in_words_and_says_when_there_is_nothing(admin, emea, ada) -> None:
    html = admin.get(f"/u/emea/prospects/{ada.pk}/consent/").content.decode()
    assert "Opted Out: No became Yes" in html
    assert "Hard bounce recorded" in html
    assert "mailbox gone" in html
    assert "Turku" not in html
    bob = add_prospect(emea, "bo@example.com")
    empty = admin.get(f"/u/emea/prospects/{bob.pk}/consent/").content
    assert b"Nothing was ever said about this person" in empty


def test_support_reads_the_ledger_and_takes_no_file(reader, emea, ada) -> None:
    support, url = reader("support", emea), f"/u/emea/prospects/{ada.pk}/consent/"
    assert b"export=json" not in support.get(url).content
    assert support.get(f"{url}?export=json").status_code == 403


def test_a_webhooks_event_and_a_persons_address_are_evidence(admin, emea) -> None:
    eve = add_prospect(emea, "eve@example.com")
    report = email_events.Report(Event.COMPLAINT, "Eve@example.com", "evt-42", at=T0)
    email_events.receive(unit=emea, provider="postmark", reports=[report], now=T0)
    told = ledger(admin, eve)["events"]
    complaint = [event for event in told if event["webhook"] == "evt-42"]
    assert {event["source"] for event in complaint} == {"postmark"}
    assert {event["kind"] for event in complaint} == {"changed", "reported"}
    assert all(event["seal"] for event in complaint)
    html = admin.get(f"/u/emea/prospects/{eve.pk}/consent/").content.decode()
    assert 'Webhook event <code class="text-break">evt-42</code>' in html


def test_the_address_of_a_public_page_is_evidence(admin, emea) -> None:
    eve = add_prospect(emea, "eve@example.com")
    page = preferences.path_of(unit=emea, email="eve@example.com")
    Client().post(page, {"do": "unsubscribe"}, REMOTE_ADDR="192.0.2.7")
    (changed, reported) = ledger(admin, eve)["events"][-2:]
    for event in (changed, reported):
        assert (event["source"], event["ip"]) == ("unsubscribe-page", "192.0.2.7")
    html = admin.get(f"/u/emea/prospects/{eve.pk}/consent/").content.decode()
    assert 'IP address <code class="text-break">192.0.2.7</code>' in html
