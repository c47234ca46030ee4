"""The way in: a token that is alive, of this unit, with the right, not too often; nothing else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.api.routes import ROUTES, by_path
from syncapp.models import ApiToken
from syncapp.services.access import Role, may
from tests.api.conftest import ROLES, Program, read
from tests.screens.conftest import make_unit

pytestmark = pytest.mark.django_db
LIST = "v1/mailability/suppressions"


def url(route) -> str:
    return route.path.replace("{id}", "999999999")


def test_without_a_token_nothing_opens_and_the_answer_says_how(emea) -> None:
    for route in ROUTES:
        answer = Client(raise_request_exception=False).generic(route.method, f"/api/{url(route)}")
        assert read(answer, 401)["code"] == "no_token"
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_login_does_not_open_the_api(emea, django_user_model) -> None:
    browser = Client()
    browser.force_login(django_user_model.objects.create_superuser("root"))
    for path in by_path():
        assert browser.get(f"/api/{path.replace('{id}', '1')}").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic eDp5", "Bearer nonsense", "x"])
def test_other_words_than_a_token_are_refused(header, emea) -> None:
    answer = Client().get(f"/api/{LIST}", headers={"Authorization": header})
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message"}


def test_revoked_and_expired_tokens_open_nothing(program) -> None:
    ask = program()
    assert ask("GET", LIST).status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ask.get(LIST, 401)["code"] == "token_expired"
    ApiToken.objects.update(revoked_at=timezone.now())
    assert ask.get(LIST, 401)["code"] == "token_revoked"


def test_the_header_must_name_the_unit_of_the_token(program, emea) -> None:
    ask, apac = program(), make_unit("apac")
    assert ask("GET", LIST, **{"Pardot-Business-Unit-Id": "emea"}).status_code == 200
    answer = ask("GET", LIST, **{"Pardot-Business-Unit-Id": apac.slug})
    assert read(answer, 403)["code"] == "other_unit"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_as_far_as_its_rights_on_every_route(role, program) -> None:
    ask = program(role)
    for route in ROUTES:
        answer = ask(route.method, url(route), {})
        forbidden = answer.status_code == 403
        assert forbidden is not may(Role(role), route.right), (route.method, route.path)
        assert answer.status_code < 500


def test_a_token_that_asks_too_often_waits_and_others_do_not(program, settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    ask, other = program(), program("reader")
    got = [ask("GET", LIST) for _ in range(8)]  # more than two windows hold
    refused = [one for one in got if one.status_code == 429]
    assert refused
    assert read(refused[0], 429)["code"] == "too_many_requests"
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert other("GET", LIST).status_code == 200


def test_without_valkey_the_api_answers(program, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert program()("GET", LIST).status_code == 200


def test_an_unknown_path_a_wrong_method_and_a_number_too_large_are_told_as_json(program) -> None:
    ask = program()
    assert ask.get("v9/things", 404)["code"] == "no_such_path"
    answer = ask("PUT", LIST, {})
    assert read(answer, 405)["code"] == "method_not_allowed"
    assert answer["Allow"] == "GET"


def test_a_token_is_noted_as_used_and_answers_are_not_cached(program) -> None:
    ask = program()
    assert ask("GET", LIST)["Cache-Control"] == "no-store"
    assert ApiToken.objects.get().last_used_at is not None


def test_a_program_of_another_unit_has_its_own_tokens(program, emea) -> None:
    apac = make_unit("apac")
    ask: Program = program("administrator", apac, "theirs")
    assert ask.get(LIST)["values"] == []
