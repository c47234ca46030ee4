"""Where requests may go, how long they may take, and that secrets stay where they belong."""

import logging
import socket
import time
import traceback
from datetime import timedelta

import pytest

from syncapp.core.ports import ChangeQuery, Cursor, LoginFailed, SalesforceError, Unreachable, Write
from syncapp.salesforce.gateway import Gateway
from syncapp.salesforce.transport import is_loopback
from tests.gateway.stub import CUT, EXPIRED, HTML_503, SECRET, Reply, page, token_reply

LEADS = ChangeQuery("Lead", ("Email",), *[Cursor("2026-01-02T03:04:05.000+0000")] * 2, skip_user="")


@pytest.mark.parametrize(
    "url",
    [
        "http://org.example.com",
        "http://10.0.0.1:8420",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://2130706433",
        "http://0.0.0.0:8420",
    ],
)
def test_plain_http_to_another_machine_is_refused_before_anything_is_sent(connect, url):
    with pytest.raises(LoginFailed, match=r"Plain http to .* is refused"):
        connect(login_url=url)


def test_plain_http_to_loopback_is_refused_unless_the_emulator_is_allowed(connect, org):
    with pytest.raises(LoginFailed, match="SYNCLINE_ALLOW_EMULATOR"):
        connect(login_url=org.url, allow_emulator=False)
    assert org.logins == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "127.0.0.1:8420",
        "",
        "https://",
        "https://user:pw@org.example.com",
        "http://127.0.0.1\\@org.example.com",
        "https://org.example.com/path",
        "https://org.example.com?x=1",
    ],
)
def test_a_login_url_that_is_more_or_less_than_a_host_is_refused(connect, url):
    with pytest.raises(LoginFailed) as refusal:
        connect(login_url=url)
    assert refusal.value.code in ("INVALID_LOGIN_URL", "INSECURE_URL")


def test_loopback_hosts_are_recognised_by_their_written_form_alone():
    loopback = ["localhost", "127.0.0.1", "127.8.9.10", "::1"]
    others = ["10.0.0.1", "org.example.com", "127.0.0.1.example.com", "", None, "0.0.0.0"]
    assert [is_loopback(host) for host in loopback + others] == [True] * 4 + [False] * 6


def test_a_login_that_points_to_another_machine_over_plain_http_is_not_followed(gateway, org):
    def elsewhere(number: int) -> Reply:
        reply = token_reply(org.url, number)
        reply.body["instance_url"] = "http://org.example.com"
        return reply

    org.login = elsewhere
    with pytest.raises(LoginFailed, match=r"org\.example\.com is refused"):
        gateway.changed_since([LEADS])
    assert org.calls == []


def test_a_redirect_is_not_followed(gateway, org):
    org.script = [Reply(302, None, {"Location": f"{org.url}/elsewhere"})]
    with pytest.raises(SalesforceError, match="HTTP_302"):
        gateway.describe("Lead")
    assert len(org.calls) == 1


def test_an_answer_that_does_not_come_in_time_is_unreachable_and_was_retried(connect, org, pauses):
    gateway = connect(read_timeout=0.4)
    org.default = Reply(hang=4.0)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="no answer in time"):
        gateway.changed_since([LEADS])
    assert time.monotonic() - began < 4
    assert len(org.calls) == 4
    assert pauses == [0.25, 0.5, 1.0]  # half of 0.5, 1 and 2 seconds: full jitter, random = 0.5


@pytest.mark.parametrize(
    "trouble",
    [
        CUT,
        HTML_503,
        Reply(503, [{"message": "Server Unavailable", "errorCode": "SERVER_UNAVAILABLE"}]),
        Reply(500, "<html>"),
        Reply(200, "<html>a proxy's page</html>"),
        Reply(200, {"compositeResponse": []}),
        Reply(200, {"compositeResponse": [{"httpStatusCode": 200, "body": {"records": []}}]}),
        Reply(200, [{}] * 99, cut=20),
    ],
)
def test_a_read_is_repeated_after_every_kind_of_passing_trouble(gateway, org, trouble):
    org.script = [trouble, trouble, page([{"Id": "00Q1", "Email": "a@example.com"}])]
    assert gateway.changed_since([LEADS]) == [[{"Id": "00Q1", "Email": "a@example.com"}]]
    assert len(org.calls) == 3


def test_trouble_that_does_not_pass_is_reported_with_what_failed_and_no_html(gateway, org):
    org.default = HTML_503
    with pytest.raises(Unreachable) as trouble:
        gateway.changed_since([LEADS])
    assert trouble.value.code == "SERVER_UNAVAILABLE"
    assert "composite: answered 503" in str(trouble.value)
    assert "html" not in str(trouble.value)


def test_a_refused_request_is_not_repeated(gateway, org):
    org.default = Reply(400, [{"message": "unexpected token", "errorCode": "MALFORMED_QUERY"}])
    with pytest.raises(SalesforceError, match="MALFORMED_QUERY"):
        gateway.changed_since([LEADS])
    assert len(org.calls) == 1


def test_the_pause_that_salesforce_asks_for_is_kept(gateway, org, pauses):
    org.script = [Reply(503, [], {"Retry-After": "7"}), page([])]
    gateway.changed_since([LEADS])
    assert pauses == [7.25]


def test_a_longer_pause_than_a_job_can_wait_is_left_to_the_caller(gateway, org, pauses):
    org.default = Reply(503, [], {"Retry-After": "600"})
    with pytest.raises(Unreachable) as trouble:
        gateway.changed_since([LEADS])
    assert (trouble.value.retry_after, len(org.calls), pauses) == (600.0, 1, [])


def test_an_org_that_is_switched_off_is_unreachable_and_costs_no_call(connect):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    gateway = connect(login_url=url)
    with pytest.raises(Unreachable, match="no connection"):
        gateway.changed_since([LEADS])
    assert gateway.usage.calls == 0


def test_the_clock_offset_follows_the_date_header(gateway, org, clock):
    def dated(seconds: float) -> Reply:
        at = clock.now() + timedelta(seconds=seconds)
        return Reply(**vars(page([])) | {"headers": {"Date": at.strftime("%a, %d %b %Y %T GMT")}})

    assert gateway.clock_offset() == 0.0
    for skew in (3600, -86400, 0):
        org.script = [dated(skew)]
        gateway.changed_since([LEADS])
        assert abs(gateway.clock_offset() - skew) <= 1
    org.script = [Reply(**vars(page([])) | {"headers": {"Date": "not a date"}})]
    gateway.changed_since([LEADS])
    assert abs(gateway.clock_offset()) <= 1


def test_secrets_and_tokens_are_in_no_log_repr_or_exception(gateway, org, settings, caplog):
    texts = [repr(settings), repr(gateway), repr(vars(gateway))]
    org.script = [EXPIRED, CUT, HTML_503, page([]), EXPIRED, EXPIRED]
    with caplog.at_level(logging.DEBUG):
        gateway.changed_since([LEADS])
        with pytest.raises(LoginFailed) as refusal:
            gateway.changed_since([LEADS])
    error = refusal.value
    texts += [repr(error), "".join(traceback.format_exception(error)), repr(error.args)]
    texts += [record.getMessage() for record in caplog.records]
    texts.append(repr(gateway._logins.current()))  # as an error page would show it
    assert len(org.logins) == 3
    assert len(caplog.records) > 5
    for text in texts:
        assert SECRET not in text
        assert "secret-token" not in text


def test_an_exception_carries_no_request_with_its_headers(gateway, org):
    for trouble in (CUT, HTML_503, Reply(400, []), Reply(200, "<html>")):
        org.default = trouble
        with pytest.raises(SalesforceError) as failure:
            gateway.describe("Lead")
        assert (failure.value.__context__, failure.value.__cause__) == (None, None)


def test_a_proxy_of_the_environment_gets_no_loopback_traffic(connect, org, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    org.default = page([])
    assert connect().changed_since([LEADS]) == [[]]


def test_a_netrc_file_does_not_replace_the_session(connect, org, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    org.default = page([])
    gateway: Gateway = connect()
    gateway._http.trust_env = True  # as it is for a real org
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    gateway.changed_since([LEADS])
    assert org.calls[0].headers["Authorization"] == "Bearer secret-token-1"


def test_a_value_that_json_cannot_hold_stops_the_batch_before_the_first_call(gateway, org):
    writes = [Write(n, f"00Q{n}", {"City": "Turku"}) for n in range(200)]
    with pytest.raises(TypeError):
        gateway.update("Lead", [*writes, Write(200, "00Q200", {"City": object()})])
    assert org.calls == []
