"""What each email provider's report means for permission (product.md §6, F39)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from syncapp.core.mailability import Event
from syncapp.core.provider_events import PROVIDERS, happened_at, meaning

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
EVERYBODY = ("ses", "postmark", "sendgrid", "mailgun")


def test_every_provider_is_named() -> None:
    assert PROVIDERS == EVERYBODY


@pytest.mark.parametrize("provider", EVERYBODY)
@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("complained", Event.COMPLAINT),
        ("unsubscribed", Event.UNSUBSCRIBE),
        ("delivered", None),
        ("deferred", None),
        ("opened", None),
    ],
)
def test_a_complaint_and_an_unsubscribe_mean_the_same_everywhere(provider, kind, event) -> None:
    assert meaning(provider, kind, {}) is event


@pytest.mark.parametrize(
    ("provider", "raw", "event"),
    [
        ("ses", {"bounce": {"bounceType": "Permanent"}}, Event.HARD_BOUNCE),
        ("ses", {"bounce": {"bounceType": "Transient"}}, Event.SOFT_BOUNCE),
        ("ses", {"bounce": None}, Event.SOFT_BOUNCE),
        ("ses", {}, Event.SOFT_BOUNCE),
        ("postmark", {"Type": "HardBounce"}, Event.HARD_BOUNCE),
        ("postmark", {"Type": "SoftBounce"}, Event.SOFT_BOUNCE),
        ("postmark", {"SuppressionReason": "HardBounce"}, Event.HARD_BOUNCE),
        ("postmark", {"Type": "VirusNotification"}, None),
        ("postmark", {}, None),
        ("sendgrid", {"type": "bounce"}, Event.HARD_BOUNCE),
        ("sendgrid", {"type": "blocked"}, Event.SOFT_BOUNCE),
        ("sendgrid", {}, Event.HARD_BOUNCE),
        ("mailgun", {"event-data": {"reason": "bounce"}}, Event.HARD_BOUNCE),
        ("mailgun", {"event-data": {"reason": "suppress-bounce"}}, Event.HARD_BOUNCE),
        ("mailgun", {"event-data": {"reason": "suppress-unsubscribe"}}, None),
        ("mailgun", {"event-data": {"reason": "suppress-complaint"}}, None),
        ("mailgun", {"event-data": {"reason": "old"}}, Event.SOFT_BOUNCE),
        ("mailgun", {"event-data": {"reason": None}}, Event.HARD_BOUNCE),
        ("mailgun", {"event-data": None}, Event.HARD_BOUNCE),
        ("mailgun", {}, Event.HARD_BOUNCE),
    ],
)
def test_the_providers_own_words_tell_a_hard_bounce_from_a_soft_one(provider, raw, event) -> None:
    assert meaning(provider, "bounced", raw) is event


def test_mail_taken_out_of_a_spam_folder_is_no_complaint() -> None:
    told = {"complaint": {"complaintFeedbackType": "not-spam"}}
    assert meaning("ses", "complained", told) is None
    told = {"complaint": {"complaintFeedbackType": "abuse"}}
    assert meaning("ses", "complained", told) is Event.COMPLAINT
    assert meaning("ses", "complained", {"complaint": None}) is Event.COMPLAINT


@pytest.mark.parametrize(
    ("provider", "raw", "event"),
    [
        ("postmark", {"Origin": "Recipient"}, Event.RESUBSCRIBE),
        ("postmark", {"Origin": "Customer"}, None),
        ("postmark", {}, None),
        ("sendgrid", {}, Event.RESUBSCRIBE),
        ("mailgun", {"Origin": "Customer"}, Event.RESUBSCRIBE),
    ],
)
def test_only_the_person_resubscribes(provider, raw, event) -> None:
    assert meaning(provider, "subscribed", raw) is event


def preferences(before: object, after: object, kind: str = "Subscription") -> dict[str, object]:
    told = {
        "oldTopicPreferences": None if before is None else {"unsubscribeAll": before},
        "newTopicPreferences": None if after is None else {"unsubscribeAll": after},
    }
    return {"eventType": kind, "subscription": told}


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (False, True, Event.UNSUBSCRIBE),
        (None, True, Event.UNSUBSCRIBE),
        (True, True, Event.UNSUBSCRIBE),
        (True, False, Event.RESUBSCRIBE),
        (False, False, None),
        (None, False, None),
        (True, None, None),
        (1, 0, None),
    ],
)
def test_the_preference_page_of_ses_says_what_changed(before, after, event) -> None:
    assert meaning("ses", "unknown", preferences(before, after)) is event


def test_only_a_report_of_ses_about_a_subscription_is_read_as_one() -> None:
    assert meaning("ses", "unknown", preferences(False, True, "Rendering")) is None
    assert meaning("sendgrid", "unknown", preferences(False, True)) is None
    assert meaning("ses", "unknown", {"eventType": "Subscription", "subscription": "all"}) is None
    assert meaning("ses", "unknown", {"eventType": "Subscription"}) is None
    assert meaning("ses", "unknown", {}) is None


def test_a_report_happened_when_it_says_and_never_in_the_future() -> None:
    earlier = NOW - timedelta(hours=1)
    assert happened_at(None, NOW) == NOW
    assert happened_at(earlier, NOW) == earlier
    assert happened_at(NOW + timedelta(hours=1), NOW) == NOW
    assert happened_at(datetime(2026, 11, 27, 11), NOW) == earlier  # noqa: DTZ001 - unaware
    eastern = datetime(2026, 11, 27, 6, tzinfo=timezone(timedelta(hours=-5)))
    assert happened_at(eastern, NOW) == earlier
