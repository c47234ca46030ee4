"""What each way to log in needs (product.md F4, reference/salesforce-api.md "Logins")."""

import pytest

from syncapp.core.login import METHODS, lacking, settings_of

EMPTY = dict.fromkeys(
    ("url", "client_id", "client_secret_env", "username", "private_key_env", "password_env"), ""
)


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("client_credentials", ("url", "client_id", "client_secret_env")),
        ("jwt", ("url", "client_id", "username", "private_key_env")),
        ("password", ("url", "username", "password_env", "client_id", "client_secret_env")),
    ],
)
def test_a_method_reads_its_settings_and_names_the_variables_of_its_secrets(method, settings):
    assert settings_of(method) == settings
    assert method in METHODS


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        ("client_credentials", ["url", "client_id", "client_secret_env"]),
        ("jwt", ["url", "client_id", "username", "private_key_env"]),
        ("password", ["url", "username", "password_env"]),
    ],
)
def test_an_empty_login_lacks_all_that_its_method_needs(method, missing):
    assert lacking({**EMPTY, "method": method}, ()) == missing


def test_a_secret_may_be_stored_or_come_from_a_variable():
    login = {**EMPTY, "method": "client_credentials", "url": "https://x", "client_id": "id"}
    assert lacking(login, ()) == ["client_secret_env"]
    assert lacking(login, {"client_secret"}) == []
    assert lacking(login, {"password"}) == ["client_secret_env"]
    assert lacking({**login, "client_secret_env": "SECRET"}, ()) == []


def test_a_password_login_with_a_client_id_needs_the_client_secret_too():
    login = {**EMPTY, "method": "password", "url": "https://x", "username": "ann"}
    login["password_env"] = "PASSWORD"
    assert lacking(login, ()) == []
    assert lacking({**login, "client_id": "id"}, ()) == ["client_secret_env"]
    assert lacking({**login, "client_id": "id"}, {"client_secret"}) == []
    jwt = {**login, "method": "jwt", "client_id": "id", "private_key_env": "KEY"}
    assert lacking(jwt, ()) == []
