"""The page that emails link to: no login, no cookie, and only a POST says anything."""

import pytest
from django.test import Client

from syncapp.models import AddressState, AuditEntry, EmailEvent, Prospect
from syncapp.services import preferences
from tests.screens.conftest import add_prospect, make_unit

AGENT = {"User-Agent": "Mail/1.0"}


@pytest.fixture
def stranger():
    """A browser that knows nothing of us."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def page(emea):
    """The path of Ada's page."""
    add_prospect(emea, "ada@example.com")
    return preferences.path_of(unit=emea, email="Ada@example.com")


def opted_out() -> bool:
    return Prospect.objects.get(email="ada@example.com").opted_out


def test_looking_changes_nothing_and_sets_no_cookie(stranger, page) -> None:
    before = AuditEntry.objects.count()
    answer = stranger.get(page)
    assert answer.status_code == 200
    assert b"You are subscribed" in answer.content
    assert b"ada@example.com" in answer.content
    assert not answer.cookies
    assert answer["X-Robots-Tag"] == "noindex"
    assert stranger.head(page).status_code == 200
    assert (AuditEntry.objects.count(), opted_out()) == (before, False)


def test_one_click_of_the_mail_program_unsubscribes_and_says_who_it_was(stranger, page) -> None:
    answer = stranger.post(
        page, {"List-Unsubscribe": "One-Click"}, headers=AGENT, REMOTE_ADDR="192.0.2.7"
    )
    assert (answer.status_code, answer.content) == (200, b"You are unsubscribed.")
    assert opted_out() is True
    entry = AuditEntry.objects.get(action="mailability.unsubscribe")
    assert (entry.actor, entry.target) == ("unsubscribe-page", "ada@example.com")
    assert entry.why == (
        "One-click unsubscribe of the mail program; IP address 192.0.2.7; user agent Mail/1.0"
    )


def test_the_person_unsubscribes_and_subscribes_again(stranger, page) -> None:
    assert stranger.post(page, {"do": "unsubscribe"}).url == page
    assert opted_out() is True
    assert b"You are unsubscribed" in stranger.get(page).content
    assert stranger.post(page, {"do": "resubscribe"}).status_code == 302
    assert opted_out() is False
    assert list(EmailEvent.objects.order_by("pk").values_list("event", "outcome")) == [
        ("unsubscribe", "applied"),
        ("resubscribe", "applied"),
    ]


def test_who_complained_is_opted_in_by_a_person_only(stranger, page) -> None:
    Prospect.objects.update(opted_out=True, complained=True)
    assert b"reported an email as spam" in stranger.get(page).content
    assert stranger.post(page, {"do": "resubscribe"}).status_code == 409
    assert opted_out() is True


def test_a_link_is_of_one_address_of_one_unit_and_cannot_be_made_up(stranger, page, emea) -> None:
    other = make_unit("apac")
    add_prospect(other, "ada@example.com")
    for wrong in (page[:-2] + "/", page.replace(":", ":x"), "/email/x/", "/email/W10:x/"):
        for answer in (stranger.get(wrong), stranger.post(wrong, {"do": "unsubscribe"})):
            assert answer.status_code == 404
    stranger.post(page, {"do": "unsubscribe"})
    assert list(Prospect.objects.filter(opted_out=True).values_list("unit__slug")) == [("emea",)]


def test_an_unknown_word_changes_nothing(stranger, page) -> None:
    for data in ({}, {"do": "delete"}, {"List-Unsubscribe": "no"}):
        assert stranger.post(page, data).status_code == 400
    assert opted_out() is False


def test_somebody_whom_no_prospect_has_is_remembered(stranger, emea) -> None:
    page = preferences.path_of(unit=emea, email="new@example.com")
    stranger.post(page, {"do": "unsubscribe"})
    assert AddressState.objects.get(email_key="new@example.com").opted_out is True
