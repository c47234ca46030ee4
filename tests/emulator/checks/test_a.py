"""Checks A1 to A9: logging in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from ..conftest import Client, error_of
from ..logins import (
    APP,
    INTEGRATION,
    SALES,
    TOKEN,
    jwt,
    jwt_login,
    new_key,
    public_pem,
    soap,
    soap_login,
)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
def app_key(org: Client, key: RSAPrivateKey) -> RSAPrivateKey:
    """The app syncline trusts this key and lets everybody in."""
    app = {"public_key": public_pem(key), "approved_users": None}
    assert org.control("PUT", "apps", {"syncline": app}).status_code == 200
    return key


def who(org: Client, token: str) -> str:
    """The user a token acts as."""
    headers = {"Authorization": f"Bearer {token}"}
    told = requests.get(f"{org.url}/services/oauth2/userinfo", headers=headers, timeout=5).json()
    return told["preferred_username"]


def refused(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["error"], body["error_description"]


def test_a1_soap_login_answers_with_session_and_server(org: Client) -> None:
    answer = soap_login(org.url, SALES, "passwordtoken")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/xml")
    session = re.search("<sessionId>(.*?)</sessionId>", answer.text)[1]
    server = re.search("<serverUrl>(.*?)</serverUrl>", answer.text)[1]
    assert server.startswith(f"{org.url}/services/Soap/u/64.0/00D")
    assert re.search("<userId>005", answer.text)
    assert f"<userName>{SALES}</userName>" in answer.text
    assert who(org, session) == SALES


@pytest.mark.parametrize(
    ("name", "password"),
    [(SALES, "password"), (SALES, "wrongtoken"), ("nobody@example.com", "passwordtoken"),
     ("gus@example.com", "passwordtoken")],
)  # fmt: skip
def test_a2_soap_login_with_a_wrong_password_is_a_fault(
    org: Client, name: str, password: str
) -> None:
    answer = soap_login(org.url, name, password)
    assert answer.status_code == 500
    assert "<faultcode>sf:INVALID_LOGIN</faultcode>" in answer.text
    assert "<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in answer.text
    assert "<sf:exceptionMessage>Invalid username, password" in answer.text


@pytest.mark.parametrize("version", ["65.0", "68.0"])
def test_a3_soap_login_is_gone_from_version_65_on(org: Client, version: str) -> None:
    answer = soap_login(org.url, SALES, "passwordtoken", version)
    assert answer.status_code == 500
    assert "<sf:exceptionCode>UNSUPPORTED_API_VERSION</sf:exceptionCode>" in answer.text
    assert "Use OAuth" in answer.text


def test_a4_a_signed_assertion_logs_its_subject_in(org: Client, app_key: RSAPrivateKey) -> None:
    answer = jwt_login(org.url, jwt(app_key))
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) >= {"access_token", "instance_url", "id", "token_type", "scope"}
    assert "refresh_token" not in body
    assert body["instance_url"] == org.url
    assert who(org, body["access_token"]) == SALES


def test_a4_a_certificate_may_be_registered_instead_of_a_key(org: Client) -> None:
    key = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app.example.com")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    org.control("PUT", "apps", {"syncline": {"certificate": pem}})
    assert jwt_login(org.url, jwt(key)).status_code == 200


def test_a4_an_app_without_a_key_gets_one_that_can_be_used(org: Client) -> None:
    new = {"shop": {"secret": "s", "user": INTEGRATION}}
    assert org.control("PUT", "apps", new).status_code == 200
    made = org.control("GET", "apps").json()["shop"]
    key = serialization.load_pem_private_key(made["private_key"].encode(), None)
    assert jwt_login(org.url, jwt(key, iss="shop")).status_code == 200


def test_a4_the_audience_may_be_a_login_host_a_my_domain_or_the_org(
    org: Client, app_key: RSAPrivateKey
) -> None:
    for audience in ("https://test.salesforce.com", "https://x.my.salesforce.com", org.url):
        assert jwt_login(org.url, jwt(app_key, aud=audience)).status_code == 200
    answer = jwt_login(org.url, jwt(app_key, aud="https://elsewhere.example.com"))
    assert refused(answer) == (400, "invalid_grant", "audience is invalid")


def test_a5_a_wrong_key_is_refused(org: Client, app_key: RSAPrivateKey) -> None:
    answer = jwt_login(org.url, jwt(new_key()))
    assert refused(answer) == (400, "invalid_grant", "invalid assertion")


def test_a5_a_changed_claim_breaks_the_signature(org: Client, app_key: RSAPrivateKey) -> None:
    good, other = jwt(app_key).split("."), jwt(app_key, sub=INTEGRATION).split(".")
    answer = jwt_login(org.url, f"{good[0]}.{other[1]}.{good[2]}")
    assert refused(answer)[:2] == (400, "invalid_grant")


def test_a5_an_unsigned_assertion_is_refused(org: Client, app_key: RSAPrivateKey) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    claims = jwt(app_key).split(".")[1]
    for text in (f"{header}.{claims}.", f"{header}.{claims}", "nonsense", ""):
        assert refused(jwt_login(org.url, text))[:2] == (400, "invalid_grant")


def test_a5_an_expired_assertion_is_refused(org: Client, app_key: RSAPrivateKey) -> None:
    answer = jwt_login(org.url, jwt(app_key, exp=int(time.time()) - 60))
    assert refused(answer) == (400, "invalid_grant", "expired assertion")


def test_a5_moving_the_orgs_clock_locks_nobody_out(org: Client, app_key: RSAPrivateKey) -> None:
    org.control("POST", "clock", {"advance_seconds": 86_400})
    assert jwt_login(org.url, jwt(app_key)).status_code == 200
    assert jwt_login(org.url, jwt(app_key, exp=int(time.time()) + 86_500)).status_code == 200


def test_a5_an_unknown_user_is_refused(org: Client, app_key: RSAPrivateKey) -> None:
    answer = jwt_login(org.url, jwt(app_key, sub="nobody@example.com"))
    assert refused(answer) == (400, "invalid_grant", "user hasn't approved this consumer")


def test_a5_a_user_who_is_not_preauthorised_is_refused(org: Client, app_key: RSAPrivateKey) -> None:
    org.control("PUT", "apps", {"syncline": {"approved_users": [INTEGRATION]}})
    answer = jwt_login(org.url, jwt(app_key))
    assert refused(answer) == (400, "invalid_grant", "user hasn't approved this consumer")
    assert jwt_login(org.url, jwt(app_key, sub=INTEGRATION)).status_code == 200


def test_a5_an_unknown_app_is_refused(org: Client, app_key: RSAPrivateKey) -> None:
    assert refused(jwt_login(org.url, jwt(app_key, iss="nope")))[:2] == (400, "invalid_client_id")


@pytest.mark.parametrize("by", ["basic", "form"])
def test_a6_client_credentials_by_header_and_by_form(org: Client, by: str) -> None:
    form = {"grant_type": "client_credentials"}
    sent = form if by == "basic" else {**form, "client_id": APP[0], "client_secret": APP[1]}
    auth = APP if by == "basic" else None
    answer = requests.post(org.url + TOKEN, data=sent, auth=auth, timeout=5)
    assert answer.status_code == 200
    assert who(org, answer.json()["access_token"]) == INTEGRATION


def test_a6_a_wrong_secret_is_an_invalid_client(org: Client) -> None:
    form = {"grant_type": "client_credentials"}
    answer = requests.post(org.url + TOKEN, data=form, auth=(APP[0], "nope"), timeout=5)
    assert refused(answer)[:2] == (400, "invalid_client")


@pytest.mark.parametrize("host", ["login.salesforce.com", "test.salesforce.com"])
def test_a6_client_credentials_are_refused_on_a_login_host(org: Client, host: str) -> None:
    form = {"grant_type": "client_credentials"}
    headers = {"Host": host}
    answer = requests.post(org.url + TOKEN, data=form, auth=APP, headers=headers, timeout=5)
    assert refused(answer)[:2] == (400, "invalid_grant")


def test_a6_the_old_password_grant_works_too(org: Client) -> None:
    form = {
        "grant_type": "password", "client_id": APP[0], "client_secret": APP[1],
        "username": SALES, "password": "passwordtoken",
    }  # fmt: skip
    answer = requests.post(org.url + TOKEN, data=form, timeout=5)
    assert who(org, answer.json()["access_token"]) == SALES
    answer = requests.post(org.url + TOKEN, data={**form, "password": "password"}, timeout=5)
    assert refused(answer) == (400, "invalid_grant", "authentication failure")


def test_a6_a_refresh_token_opens_sessions_until_it_is_revoked(org: Client) -> None:
    asked = {"username": SALES, "refresh": True}
    token = org.control("POST", "token", asked).json()["refresh_token"]
    form = {
        "grant_type": "refresh_token", "client_id": APP[0], "client_secret": APP[1],
        "refresh_token": token,
    }  # fmt: skip
    answer = requests.post(org.url + TOKEN, data=form, timeout=5)
    assert who(org, answer.json()["access_token"]) == SALES
    requests.post(f"{org.url}/services/oauth2/revoke", data={"token": token}, timeout=5)
    answer = requests.post(org.url + TOKEN, data=form, timeout=5)
    assert refused(answer) == (400, "invalid_grant", "expired access/refresh token")


def test_a7_the_answer_is_signed_with_the_client_secret(org: Client) -> None:
    form = {"grant_type": "client_credentials"}
    body = requests.post(org.url + TOKEN, data=form, auth=APP, timeout=5).json()
    text = (body["id"] + body["issued_at"]).encode()
    signed = hmac.new(APP[1].encode(), text, hashlib.sha256).digest()
    assert base64.b64decode(body["signature"]) == signed


def test_a8_a_revoked_token_is_a_list_and_a_new_login_helps(org: Client) -> None:
    token = org.session.headers["Authorization"].split()[1]
    url = f"{org.url}/services/oauth2/revoke"
    assert requests.post(url, data={"token": token}, timeout=5).status_code == 200
    answer = org.get("/limits")
    assert error_of(answer) == (401, "INVALID_SESSION_ID")
    assert answer.json()[0]["message"] == "Session expired or invalid"
    org.login(INTEGRATION)
    assert org.get("/limits").status_code == 200


def test_a8_a_dead_session_is_a_fault_in_soap(org: Client) -> None:
    header = "<p:SessionHeader><p:sessionId>dead</p:sessionId></p:SessionHeader>"
    answer = soap(org.url, "<p:getUserInfo/>", header=header)
    assert (answer.status_code, "sf:INVALID_SESSION_ID" in answer.text) == (500, True)


def test_a9_userinfo_and_identity_tell_who_one_is(org: Client) -> None:
    me = org.session.get(f"{org.url}/services/oauth2/userinfo").json()
    assert me["preferred_username"] == INTEGRATION
    assert me["user_id"].startswith("005")
    assert me["organization_id"].startswith("00D")
    assert me["urls"]["rest"] == f"{org.url}/services/data/v{{version}}/"
    answer = org.session.get(me["sub"])
    identity = answer.json()
    assert answer.status_code == 200
    assert (identity["id"], identity["username"]) == (me["sub"], INTEGRATION)
    assert identity["urls"]["partner"].startswith(f"{org.url}/services/Soap/u/")


def test_a9_nobody_is_told_without_a_session(org: Client) -> None:
    for path in ("/services/oauth2/userinfo", "/id/00D/005"):
        assert error_of(requests.get(org.url + path, timeout=5)) == (401, "INVALID_SESSION_ID")
    assert error_of(org.session.get(f"{org.url}/id/00D/005")) == (404, "NOT_FOUND")
