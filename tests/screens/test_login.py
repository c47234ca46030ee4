"""Log in, log out, and where the way into the console leads."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client

from dashboard import settings as production
from tests.screens.conftest import make_unit

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada", password="right horse")


def log_in(browser: Client, password: str, **more: str):
    return browser.post(LOGIN, {"username": "ada", "password": password, **more})


def test_a_person_logs_in_and_lands_on_the_first_unit_by_name(ada, client) -> None:
    for slug in ("emea", "apac"):
        make_unit(slug).memberships.create(user=ada, role="support")
    assert log_in(client, "right horse").url == "/"
    assert client.get("/").url == "/u/apac/"
    assert client.get("/u/apac/").status_code == 200


def test_the_login_leads_back_to_the_page_that_was_asked_for_and_never_off_the_site(
    ada, client
) -> None:
    asked = client.get("/u/emea/runs/?state=failed")
    assert asked.url == f"{LOGIN}?next=/u/emea/runs/%3Fstate%3Dfailed"
    form = client.get(asked.url).content.decode()
    assert 'name="next" value="/u/emea/runs/?state=failed"' in form
    away = log_in(client, "right horse", next="https://elsewhere.example.com/")
    assert away.url == "/"


def test_a_wrong_password_is_told_and_lets_nobody_in(ada, client) -> None:
    answer = log_in(client, "wrong horse")
    assert answer.status_code == 200
    assert b"Please enter a correct username and password" in answer.content
    assert client.get("/").status_code == 302


def test_guessing_is_throttled_even_with_the_right_password_at_last(ada, client, settings) -> None:
    settings.AXES_ENABLED = True
    statuses = [log_in(client, f"guess {number}").status_code for number in range(6)]
    assert statuses == [200, 200, 200, 200, 429, 429]
    locked = log_in(client, "right horse")
    assert locked.status_code == 429
    assert b"Too many attempts" in locked.content


def test_a_login_that_works_forgets_earlier_mistakes(ada, client, settings) -> None:
    settings.AXES_ENABLED = True
    for number in range(4):
        log_in(client, f"guess {number}")
    assert log_in(client, "right horse").status_code == 302
    client.post("/accounts/logout/")
    assert log_in(client, "guess again").status_code == 200


def test_logging_out_is_a_post_and_ends_the_session(ada, client) -> None:
    client.force_login(ada)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").url == LOGIN
    assert client.get("/").status_code == 302


def test_passwords_are_hashed_with_argon2_outside_the_tests(settings) -> None:
    settings.PASSWORD_HASHERS = production.PASSWORD_HASHERS
    assert identify_hasher(make_password("right horse")).algorithm == "argon2"


def test_somebody_without_a_unit_is_told_what_to_do(ada, client) -> None:
    client.force_login(ada)
    page = client.get("/")
    assert page.status_code == 200
    assert b"No business unit is yours yet" in page.content
    assert b"Ask an administrator" in page.content
    ada.is_superuser = True
    ada.save()
    assert b"config apply" in client.get("/").content


def test_the_login_page_sends_those_away_who_are_in(ada, client) -> None:
    client.force_login(ada)
    assert client.get(LOGIN).url == "/"
