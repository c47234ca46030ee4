"""One login serves all threads, a 401 is cured once, and a refused login is never hammered."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncapp.core.ports import Identity, LoginFailed, Unreachable, Write
from tests.gateway.stub import (
    CUT,
    EXPIRED,
    HTML_503,
    ORG,
    SECRET,
    USER,
    Reply,
    page,
    saved,
    token_reply,
)


def writes(count: int) -> list[Write]:
    return [Write(n, f"00Q{n:015d}", {"City": "Turku"}) for n in range(count)]


def test_client_credentials_are_sent_as_http_basic(gateway, org):
    gateway.update("Lead", writes(1))
    login = org.logins[0]
    basic = base64.b64encode(f"syncline:{SECRET}".encode()).decode()
    assert login.headers["Authorization"] == f"Basic {basic}"
    assert login.body == "grant_type=client_credentials"
    assert org.calls[0].headers["Authorization"] == "Bearer secret-token-1"


def test_an_org_that_always_answers_401_costs_one_new_login_and_then_fails(gateway, org):
    org.default = EXPIRED
    for _ in range(5):
        with pytest.raises(LoginFailed, match="refuses a session it has just opened"):
            gateway.update("Lead", writes(1))
    assert len(org.logins) == 2
    assert len(org.calls) <= 6


def test_an_org_that_always_answers_401_is_not_hammered_by_parallel_writes(gateway, org):
    org.default = EXPIRED
    with pytest.raises(LoginFailed):
        gateway.update("Lead", writes(4000))
    assert len(org.logins) == 2
    assert len(org.calls) <= 12


@pytest.mark.parametrize(
    "refusal",
    [
        EXPIRED,
        Reply(401, {"message": "no list", "errorCode": "INVALID_SESSION_ID"}),
        Reply(401, "<html>unauthorized</html>"),
        Reply(401, None),
    ],
)
def test_the_replay_after_a_401_is_the_same_request_with_a_new_token(gateway, org, refusal):
    org.script = [refusal]
    assert gateway.create("Lead", [Write(1, None, {"LastName": "Ek"})])[0].ok
    first, second = org.calls
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)
    for name in ("Sforce-Auto-Assign", "Content-Type", "Accept"):
        assert first.headers[name] == second.headers[name]
    assert second.headers["Authorization"] == "Bearer secret-token-2"


def test_many_threads_that_meet_an_expired_session_share_one_login(connect, org):
    gateway = connect(concurrency=8)
    gateway.update("Lead", writes(1))

    def old_tokens_expire(seen):
        expired = seen.headers["Authorization"].endswith("-1")
        return EXPIRED if expired else saved(seen)

    org.default = old_tokens_expire
    results = gateway.update("Lead", writes(3000))
    assert all(result.ok for result in results)
    assert len(org.logins) == 2


def test_threads_that_start_together_share_the_first_login(gateway, org):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: gateway.update("Lead", writes(1)), range(8)))
    assert len(org.logins) == 1


def test_a_session_that_expires_again_and_again_after_it_worked_is_renewed_each_time(gateway, org):
    for _ in range(3):
        org.script = [EXPIRED]
        assert gateway.update("Lead", writes(1))[0].ok
    assert len(org.logins) == 4


def test_refused_credentials_are_tried_once_and_named_without_the_secret(gateway, org):
    body = {"error": "invalid_client", "error_description": "invalid client credentials"}
    org.login = lambda _number: Reply(400, body)
    for _ in range(3):
        with pytest.raises(LoginFailed, match="invalid client credentials") as refusal:
            gateway.update("Lead", writes(2000))
        assert refusal.value.code == "invalid_client"
    assert len(org.logins) == 1
    assert org.calls == []


def test_a_login_server_in_trouble_is_tried_again_even_for_a_create(gateway, org):
    troubles = [HTML_503, CUT, Reply(400, {"error": "unknown_error"})]
    org.login = lambda number: (
        troubles[number - 1] if number <= len(troubles) else token_reply(org.url, number)
    )
    results = gateway.create("Lead", [Write(1, None, {"LastName": "Ek"})])
    assert [result.ok for result in results] == [True]
    assert len(org.calls) == 1


def test_a_login_server_that_stays_down_is_unreachable_not_a_refused_login(gateway, org):
    org.login = lambda _number: HTML_503
    with pytest.raises(Unreachable):
        gateway.update("Lead", writes(1))


@pytest.mark.parametrize("answer", ["<html>a portal</html>", {"access_token": "x"}, []])
def test_a_login_url_that_is_not_salesforce_is_said_to_be_so(gateway, org, answer):
    org.login = lambda _number: Reply(200, answer)
    with pytest.raises(LoginFailed, match="does not answer like Salesforce"):
        gateway.identity()


def test_a_login_that_changes_to_another_user_stops_the_run(gateway, org):
    gateway.update("Lead", writes(1))
    org.login = lambda number: token_reply(org.url, number, "005000000000009AAA")
    org.script = [EXPIRED]
    with pytest.raises(LoginFailed, match="another org or user"):
        gateway.update("Lead", writes(1))


def test_a_redirected_login_is_refused_and_the_secret_goes_nowhere_else(gateway, org):
    org.login = lambda _number: Reply(307, None, {"Location": f"{org.url}/elsewhere/oauth2/token"})
    with pytest.raises(LoginFailed, match="307"):
        gateway.identity()
    assert len(org.logins) == 1


def test_an_unknown_login_method_is_refused_with_the_known_ones(connect):
    with pytest.raises(LoginFailed, match="client_credentials"):
        connect(method="telepathy").identity()


def test_identity_reads_the_user_name_once(gateway, org):
    org.script = [page([{"Id": USER, "Username": "integration@syncline.example"}])]
    expected = Identity(ORG, USER, "integration@syncline.example")
    assert [gateway.identity(), gateway.identity()] == [expected, expected]
    assert gateway.usage.calls == len(org.calls) == 1


def test_a_known_identity_costs_no_call_while_it_is_the_same_user(connect, org):
    known = Identity(ORG, USER, "integration@syncline.example")
    assert connect(known=known).identity() == known
    assert org.calls == []
    other = Identity(ORG, "005000000000002AAA", "other@syncline.example")
    org.script = [page([{"Id": USER, "Username": "integration@syncline.example"}])]
    assert connect(known=other).identity() == known
