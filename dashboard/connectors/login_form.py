"""The login of a connector by one of its methods; secrets go in and are never shown again."""

from collections.abc import Mapping
from typing import Any

from django import forms

from dashboard.ui.edit import SettingsForm
from syncapp.core.login import SECRETS, settings_of
from syncapp.models import Connector
from syncapp.services.config_export import connector_section
from syncapp.services.connectors import stored_secrets

METHODS = {
    "client_credentials": "OAuth client credentials",
    "jwt": "OAuth JWT bearer",
    "password": "Password (legacy)",
}
ABOUT = {
    "client_credentials": "A connected app with a client secret that runs as one user. The least "
    "to set up.",
    "jwt": "A connected app that trusts a certificate. No secret leaves this installation: each "
    "login is signed with a private key that is kept here, encrypted.",
    "password": "Username, password and security token, by SOAP; with a client ID by OAuth. "
    "Salesforce is closing both: use another method for anything new.",
}
_STORED = "Stored, encrypted. Enter another one to replace it."
_NOT_STORED = "Kept encrypted and never shown again. Empty: the variable below is read."
_TYPED = {"client_secret": "Client secret", "password": "Password"}


def _text(label: str, help_text: str, longest: int = 120) -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    widget = forms.TextInput(attrs)
    return forms.CharField(
        label=label, help_text=help_text, max_length=longest, required=False, widget=widget
    )


def _secret(label: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, help_text=help_text, max_length=2000, required=False, widget=widget
    )


def _variable(what: str) -> forms.CharField:
    return _text(
        f"Variable of the {what}",
        f"The name of the workers' environment variable that holds it, if no {what} is stored.",
    )


class LoginForm(SettingsForm):
    """The settings that one method reads, and the connector user."""

    url = _text(
        "Login URL",
        "Your My Domain, or https://login.salesforce.com for JWT and password. Another org needs a "
        "business unit of its own.",
        255,
    )
    client_id = _text("Client ID", "The consumer key of the connected app.", 255)
    username = _text("Username", "The Salesforce user who logs in.")
    client_secret = _secret("Client secret")
    password = _secret("Password")
    security_token = _secret(
        "Security token", "Salesforce mails it to the user; not needed from trusted IP ranges."
    )
    client_secret_env = _variable("client secret")
    password_env = _variable("password")
    private_key_env = _variable("private key")
    connector_user = _text(
        "Connector user",
        "The Salesforce username of an own connector user; empty for the integration user.",
    )
    groups = (
        ("Where and who", ("url", "client_id", "username")),
        (
            "Secrets",
            (
                "client_secret",
                "client_secret_env",
                "password",
                "security_token",
                "password_env",
                "private_key_env",
            ),
        ),
        ("Connector user", ("connector_user",)),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, connector: Connector, method: str
    ) -> None:
        section = connector_section(connector)
        values = section["login"] | {"connector_user": section["connector_user"]}
        super().__init__(data, values=values, version=connector.version)
        self.method, self.was = method, section["login"]["method"]
        kept = {"version", "why", "connector_user", *settings_of(method)}
        kept |= {name for name in _TYPED if SECRETS[name] in kept}
        if method == "password":
            kept.add("security_token")
        for name in set(self.fields) - kept:
            del self.fields[name]
        stored = stored_secrets(connector)
        for name in kept & set(_TYPED):
            self.fields[name].help_text = _STORED if name in stored else _NOT_STORED
        if method == "password":
            self.fields["client_id"].help_text = "Only for OAuth; empty: SOAP login."

    def clean(self) -> dict[str, Any]:
        """The token is of no use without the password that it belongs to."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("security_token") and not data.get("password"):
            self.add_error("password", "Enter the password too: both are kept as one secret.")
        return data

    def wanted(self) -> dict[str, Any]:
        """What the person changed, as the configuration file has it."""
        given = {
            name: None if value == "" and name in {*SECRETS.values(), "connector_user"} else value
            for name, value in self.given().items()
        }
        user = {"connector_user": given.pop("connector_user")} if "connector_user" in given else {}
        return user | {"login": given | {"method": self.method}}

    def secrets(self) -> dict[str, str]:
        """What was typed in: by the name of the secret."""
        typed = {name: self.cleaned_data.get(name) for name in _TYPED}
        found = {name: value for name, value in typed.items() if value}
        if "password" in found:
            found["password"] += self.cleaned_data.get("security_token") or ""
        return found

    def told(self) -> str:
        """What was saved, in words."""
        names = [str(self.fields[name].label) for name in [*self.given(), *self.secrets()]]
        if self.method != self.was:
            names.insert(0, METHODS[self.method])
        return f"Saved: {', '.join(dict.fromkeys(names))}." if names else ""
