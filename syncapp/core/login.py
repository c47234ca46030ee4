"""The ways to log in to Salesforce and what each one needs (product.md F4).

Source: reference/salesforce-api.md "Logins": client credentials or JWT bearer; user and password is
legacy, which Salesforce is closing.
"""

from collections.abc import Collection, Mapping
from typing import Any

METHODS = ("client_credentials", "jwt", "password")
# A secret's name -> the setting that names the environment variable it may come from.
SECRETS = {
    "client_secret": "client_secret_env",
    "password": "password_env",
    "private_key": "private_key_env",
}
_NEEDS = {
    "client_credentials": ("url", "client_id", "client_secret"),
    "jwt": ("url", "client_id", "username", "private_key"),
    "password": ("url", "username", "password"),
}


def settings_of(method: str) -> tuple[str, ...]:
    """The settings that a method reads, those of its secrets as their variables' names."""
    optional = ("client_id", "client_secret") if method == "password" else ()
    return tuple(SECRETS.get(name, name) for name in (*_NEEDS[method], *optional))


def lacking(login: Mapping[str, Any], stored: Collection[str]) -> list[str]:
    """The settings that a login needs and lacks; `stored` are secrets that are kept encrypted."""
    missing = []
    for name in _needed(login):
        setting = SECRETS.get(name, name)
        if name not in stored and not login[setting]:
            missing.append(setting)
    return missing


def _needed(login: Mapping[str, Any]) -> tuple[str, ...]:
    """OAuth's password grant, which a client id asks for, needs the client secret too."""
    more = login["method"] == "password" and login["client_id"]
    return _NEEDS[login["method"]] + (("client_secret",) if more else ())
