"""Every login method against the emulated org: it works, and a refusal names no secret."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from syncapp.core.ports import LoginFailed, Write
from tests.gateway.emulated import APP, EmulatedOrg

SALES = "sales@syncline.example"
BY_SOAP = {"method": "password", "client_id": "", "client_secret": ""}


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedOrg]:
    org = EmulatedOrg()
    yield org
    org.close()


@pytest.fixture
def org(process) -> EmulatedOrg:
    """Shadows the scripted org of conftest."""
    process.reset()
    process.control("PUT", "apps", {"syncline": {"approved_users": None}})
    return process


@pytest.fixture
def settings(settings):
    return replace(settings, **APP)


@pytest.fixture
def app_key(org) -> str:
    """The private key that the org's connected app trusts."""
    return org.control("GET", "apps")["syncline"]["private_key"]


def new_key() -> str:
    return (
        generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def test_a_signed_assertion_logs_the_named_user_in_without_any_secret(connect, app_key):
    gateway = connect(method="jwt", username=SALES, private_key=app_key, client_secret="")
    assert gateway.identity().username == SALES
    assert gateway.create("Lead", [Write(1, None, {"LastName": "Ek", "Company": "A"})])[0].ok


@pytest.mark.parametrize("app", [{}, APP])
def test_a_password_logs_in_by_soap_and_with_a_client_id_by_oauth(connect, org, app):
    gateway = connect(**{**BY_SOAP, "username": SALES, "password": "passwordtoken", **app})
    assert gateway.identity().username == SALES
    assert gateway.identity().organization_id == org.control("GET", "health")["organization"]
    assert gateway.id_bounds(["Lead"]) == {"Lead": None}


def test_each_refusal_is_a_failed_login_that_says_why_and_names_no_secret(connect, org, app_key):
    jwt = {"method": "jwt", "username": SALES, "private_key": app_key}
    tries = {
        "the key of somebody else": jwt | {"private_key": new_key()},
        "no user": jwt | {"username": "nobody@syncline.example"},
        "no such app": jwt | {"client_id": "unknown"},
        "wrong password by SOAP": {**BY_SOAP, "username": SALES, "password": "<wrong&secret>"},
        "wrong password by OAuth": {"method": "password", "username": SALES, "password": "wrong"},
        "no key": jwt | {"private_key": "-----BEGIN nonsense"},
    }
    got = {}
    for what, way in tries.items():
        with pytest.raises(LoginFailed) as refusal:
            connect(**way).identity()
        assert not any(way.get(name, "-") in str(refusal.value) for name in ("password",))
        got[what] = refusal.value.code
    org.control("PUT", "apps", {"syncline": {"approved_users": []}})
    with pytest.raises(LoginFailed, match="hasn't approved this consumer"):
        connect(**jwt).identity()
    assert got == {
        "the key of somebody else": "invalid_grant",
        "no user": "invalid_grant",
        "no such app": "invalid_client_id",
        "wrong password by SOAP": "INVALID_LOGIN",
        "wrong password by OAuth": "invalid_grant",
        "no key": "INVALID_PRIVATE_KEY",
    }


def test_an_expired_session_is_renewed_by_the_same_method(connect, org, app_key):
    gateway = connect(method="jwt", username=SALES, private_key=app_key)
    gateway.identity()
    org.fault("expire_session", times=1)
    assert gateway.id_bounds(["Lead"]) == {"Lead": None}
