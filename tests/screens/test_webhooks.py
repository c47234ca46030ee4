"""Email providers post to a unit: proved, once, in the order it happened, or not at all."""

import json
import os
import random
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.test import Client
from django.utils import timezone

from syncapp.core.provider_events import PROVIDERS
from syncapp.models import AddressState, AuditEntry, EmailEvent, EventSource, FieldChange, Prospect
from syncapp.services import event_sources, mailability
from syncapp.services.refused import Refused
from tests.screens.conftest import T0, add_prospect
from tests.screens.webhook_bodies import KEYS, NOON, body, signed

FUZZ = int(os.environ.get("SYNCLINE_WEBHOOK_FUZZ", "400"))


@pytest.fixture
def post(emea, settings):
    """`post("postmark", content)` is what the provider sends to EMEA; status and document."""
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    secrets = {name: set_up(emea, name, settings) for name in PROVIDERS}
    client = Client(enforce_csrf_checks=True)

    def send(provider, content, secret=None, **more):
        raw, headers = signed(provider, secret or secrets[provider], content)
        answer = client.post(
            f"/api/v1/emea/webhooks/{provider}/",
            raw,
            content_type="application/json",
            headers={**headers, **more},
        )
        return answer.status_code, answer.json()

    return send


def set_up(unit, provider, settings):
    return event_sources.set_up(
        unit=unit, provider=provider, key=KEYS.get(provider, ""), actor="console", now=T0,
        keys=settings.ENCRYPTION_KEYS,
    )  # fmt: skip


def outcome(answer):
    """The one outcome that was counted."""
    status, told = answer
    assert status == 200, told
    return [name for name, count in told.items() if count and name != "received"]


def written():
    """Everything that a webhook could have written."""
    return (
        EmailEvent.objects.count(),
        AuditEntry.objects.count(),
        list(AddressState.objects.order_by("email_key").values()),
        list(Prospect.objects.order_by("pk").values()),
    )


CASES = [
    ("unsubscribe", "opted_out"),
    ("complaint", "complained"),
    ("hard_bounce", "hard_bounced"),
]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_reports_each_event_and_it_says_who_told(provider, post, emea) -> None:
    for event, fact in CASES:
        email = f"{event}@example.com"
        ada = add_prospect(emea, email)
        assert outcome(post(provider, body(provider, event, email.upper()))) == ["applied"]
        ada.refresh_from_db()
        assert getattr(ada, fact) is True
        entry = AuditEntry.objects.get(target=email)
        assert (entry.actor, entry.action) == (f"webhook:{provider}", f"mailability.{event}")
        assert "2026-11-20 12:00:00" in entry.why
    soft = add_prospect(emea, "soft@example.com")
    for _ in range(2):
        post(provider, body(provider, "soft_bounce", soft.email))
    soft.refresh_from_db()
    assert (soft.soft_bounces, soft.hard_bounced) == (2, False)
    assert outcome(post(provider, body(provider, "delivery", soft.email))) == ["ignored"]
    assert FieldChange.objects.filter(prospect_id=soft.pk).count() == 2


@pytest.mark.parametrize("provider", ["ses", "postmark", "sendgrid"])
def test_a_resubscribe_opts_in_and_after_a_complaint_it_does_not(provider, post, emea) -> None:
    for email, said, wanted in (
        ("ada@example.com", "unsubscribe", "applied"),
        ("bob@example.com", "complaint", "refused"),
    ):
        person = add_prospect(emea, email)
        post(provider, body(provider, said, email))
        later = body(provider, "resubscribe", email, NOON + timedelta(minutes=1))
        assert outcome(post(provider, later)) == [wanted]
        person.refresh_from_db()
        assert person.opted_out is (wanted == "refused")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_proof_nothing_is_written_and_the_answer_says_so(provider, post, emea) -> None:
    add_prospect(emea, "ada@example.com")
    before = written()
    content = body(provider, "unsubscribe", "ada@example.com")
    wrong = {
        "Authorization": "Basic bm9ib2R5Om5vdGhpbmc=",
        "X-Twilio-Email-Event-Webhook-Signature": "bm9ib2R5",
    }
    raw, _ = signed(provider, "x:y", content)
    if provider == "mailgun":
        content = {**content, "signature": {**json.loads(raw)["signature"], "token": "another"}}
        answer = Client().post(
            "/api/v1/emea/webhooks/mailgun/", content, content_type="application/json"
        )
        status, told = answer.status_code, answer.json()
    else:
        status, told = post(provider, content, **wrong)
    assert (status, told["code"]) == (401, "not_proved")
    assert Client().post(f"/api/v1/emea/webhooks/{provider}/").status_code == 401
    assert written() == before


def test_an_address_that_was_not_set_up_is_not_found_in_json(post, emea) -> None:
    EventSource.objects.filter(provider="ses").delete()
    for path in ("emea/webhooks/ses/", "emea/webhooks/other/", "apac/webhooks/postmark/"):
        answer = Client().post(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_webhook")
    answer = Client().get("/api/v1/emea/webhooks/postmark/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST, HEAD")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_comes_again_counts_once(provider, post, emea) -> None:
    person = add_prospect(emea, "ada@example.com")
    soft = body(provider, "soft_bounce", person.email)
    said = [outcome(post(provider, soft)) for _ in range(3)]
    assert said == [["applied"], ["repeated"], ["repeated"]]
    person.refresh_from_db()
    assert person.soft_bounces == 1


def test_a_replayed_unsubscribe_does_not_undo_what_the_person_said_since(post, emea) -> None:
    person = add_prospect(emea, "ada@example.com")
    first = body("postmark", "unsubscribe", person.email)
    post("postmark", first)
    post("ses", body("ses", "resubscribe", person.email, NOON + timedelta(hours=1)))
    assert outcome(post("postmark", first)) == ["repeated"]
    person.refresh_from_db()
    assert person.opted_out is False


def test_whatever_the_order_of_arrival_the_last_word_of_the_person_counts(post, emea) -> None:
    spoken = ["unsubscribe", "resubscribe", "unsubscribe", "resubscribe"]
    for number in range(24):
        email = f"p{number}@example.com"
        told = [
            body("postmark", event, email, NOON + timedelta(minutes=at))
            for at, event in enumerate(spoken[: 2 + number % 3])
        ]
        person = add_prospect(emea, email)
        random.Random(number).shuffle(told)
        for content in told:
            post("postmark", content)
        person.refresh_from_db()
        assert person.opted_out is (spoken[1 + number % 3] == "unsubscribe"), number


def test_a_late_resubscribe_is_older_than_an_opt_out_by_hand(post, emea) -> None:
    person = add_prospect(emea, "ada@example.com", opted_out=True)
    mailability.by_hand(
        unit=emea, prospect_id=person.pk, action=mailability.ByHand.OPT_OUT, actor="console",
        now=timezone.now(),
    )  # fmt: skip
    assert outcome(post("ses", body("ses", "resubscribe", person.email))) == ["overtaken"]
    person.refresh_from_db()
    assert person.opted_out is True


def test_a_suppression_that_postmarks_customer_lifted_opts_nobody_in(post, emea) -> None:
    person = add_prospect(emea, "ada@example.com", opted_out=True)
    lifted = body("postmark", "resubscribe", person.email) | {"Origin": "Customer"}
    assert outcome(post("postmark", lifted)) == ["ignored"]
    person.refresh_from_db()
    assert person.opted_out is True


def test_an_unknown_address_is_remembered(post, emea) -> None:
    post("ses", body("ses", "hard_bounce", "stranger@example.com"))
    known = AddressState.objects.get(unit=emea, email_key="stranger@example.com")
    assert (known.hard_bounced, known.opted_out) == (True, False)


def test_several_events_in_one_request_are_counted_one_by_one(post, emea) -> None:
    several = [body("sendgrid", "unsubscribe", f"p{n}@example.com")[0] for n in range(3)]
    several += [several[0], body("sendgrid", "unsubscribe", "no address")[0]]
    assert post("sendgrid", several) == (
        200,
        {"received": 5, "applied": 3, "repeated": 1, "overtaken": 0, "refused": 0, "ignored": 1},
    )


def test_a_subscription_of_sns_is_left_to_an_administrator(post, emea) -> None:
    asked = {"Type": "SubscriptionConfirmation", "MessageId": "1", "SubscribeURL": "https://sns/x"}
    status, told = post("ses", asked)
    assert status == 200
    assert "audit trail" in told["confirm"]
    entry = AuditEntry.objects.get(action="webhook.confirm")
    assert entry.after == {"open_this_link": "https://sns/x"}


def test_a_secret_is_made_anew_and_the_old_one_opens_nothing_more(post, emea, settings) -> None:
    secret = set_up(emea, "postmark", settings)
    assert secret not in EventSource.objects.get(provider="postmark").secret
    content = body("postmark", "unsubscribe", "ada@example.com")
    assert post("postmark", content)[0] == 401
    assert post("postmark", content, secret)[0] == 200
    with pytest.raises(Refused, match="verification key"):
        event_sources.set_up(
            unit=emea, provider="sendgrid", key="bm8=", actor="console", now=T0,
            keys=settings.ENCRYPTION_KEYS,
        )  # fmt: skip


def test_random_bodies_are_refused_or_ignored_and_leave_nothing_half_written(post, emea) -> None:
    """SYNCLINE_WEBHOOK_FUZZ=10000 tries more of them."""
    add_prospect(emea, "ada@example.com")
    dice = random.Random(FUZZ)
    for number in range(FUZZ):
        provider = dice.choice(PROVIDERS)
        content = nonsense(dice, provider)
        before = written() if number % 20 == 0 else None
        status, told = post(provider, content)
        assert status in (200, 400, 401), (provider, content)
        if status == 200:
            assert sum(told.values()) == 2 * told["received"], told
        elif before is not None:
            assert written() == before
    events = EmailEvent.objects.count()
    told = AuditEntry.objects.filter(actor__startswith="webhook:").count()
    assert EmailEvent.objects.filter(outcome="applied").count() == told
    assert events < FUZZ


JUNK = [
    "",
    None,
    0,
    -1,
    1e300,
    True,
    [],
    {},
    "\x00",
    "\ud800",
    "a" * 300,
    "x@y.z\x00",
    [[]],
    NOON.isoformat(),
]


def nonsense(dice, provider):
    """Bytes, JSON of anything, or a real report with one part replaced, removed or cut."""
    kind = dice.randrange(4)
    if kind == 0:
        return dice.randbytes(dice.randrange(200))
    if kind == 1:
        return dice.choice(JUNK)
    event = dice.choice(["unsubscribe", "complaint", "hard_bounce", "soft_bounce", "delivery"])
    real = body(provider, event, f"p{dice.randrange(50)}@example.com", uid=f"{dice.random()}")
    if kind == 2:
        text = json.dumps(real).encode()
        return text[: dice.randrange(len(text))]
    inner = real[0] if isinstance(real, list) else real.get("event-data", real)
    if provider == "ses" and dice.random() < 0.5:
        inner = json.loads(real["Message"])
    spoil(dice, inner)
    if provider == "ses" and inner is not real:
        real["Message"] = json.dumps(inner)
    return real


def spoil(dice, inner):
    """One part, at any depth, becomes something else or goes."""
    key = dice.choice(list(inner))
    if isinstance(inner[key], dict) and inner[key] and dice.random() < 0.6:
        spoil(dice, inner[key])
    elif dice.random() < 0.3:
        del inner[key]
    else:
        inner[key] = dice.choice(JUNK)
