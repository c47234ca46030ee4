"""Connected apps: secret, run-as user, the key that signs its JWTs, who approved it.

An app without a key gets one of its own the first time somebody asks for it (GET
/__emulator__/apps), so that a JWT login can be tried without making a certificate first.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)

from ..errors import refuse
from ..users import CONNECTED_APPS

if TYPE_CHECKING:
    from ..database import Database

KEYS = frozenset({"secret", "user", "certificate", "public_key", "approved_users"})


@dataclass(frozen=True, slots=True)
class App:
    """One connected app; `approved` are usernames, None lets everybody in."""

    secret: str
    user: str
    public_key: str | None = None
    private_key: str | None = None  # only of a key that the org made itself
    approved: tuple[str, ...] | None = None

    def key(self) -> RSAPublicKey | None:
        """The key that verifies its JWTs."""
        return read_key(self.public_key) if self.public_key else None

    def lets_in(self, username: str) -> bool:
        """Whether an administrator (or the user) approved the app for the user."""
        return self.approved is None or username in self.approved


class Apps:
    """The apps by client id; they survive restart and reset, like sessions."""

    def __init__(self, db: Database) -> None:
        self._db = db
        kept = db.load("apps")
        self._apps = (
            {name: App(**app) for name, app in kept.items()}
            if kept
            else {name: App(secret, user) for name, (secret, user) in CONNECTED_APPS.items()}
        )

    def find(self, client_id: str) -> App | None:
        """The app of a client id."""
        return self._apps.get(client_id)

    def change(self, given: dict[str, dict[str, Any]]) -> None:
        """{"client id": {"secret", "user", "certificate" | "public_key", "approved_users"}}."""
        changed = {name: self._changed(name, values) for name, values in given.items()}
        self._apps.update(changed)
        self.remember()

    def _changed(self, name: str, values: dict[str, Any]) -> App:
        unknown = set(values) - KEYS
        if unknown:
            message = f"{', '.join(sorted(unknown))}: an app takes {', '.join(sorted(KEYS))}"
            raise refuse(400, "INVALID_APP", message)
        app = self._apps.get(name) or App(secret="", user="")
        pem = values.get("certificate") or values.get("public_key")
        if pem:
            app = replace(app, public_key=pem_of(read_key(pem)), private_key=None)
        if "approved_users" in values:
            approved = values["approved_users"]
            app = replace(app, approved=None if approved is None else tuple(approved))
        app = replace(app, **{key: values[key] for key in ("secret", "user") if key in values})
        if not app.user:
            raise refuse(400, "INVALID_APP", f"{name} is a new app: name its user (a username)")
        return app

    def told(self) -> dict[str, Any]:
        """All apps as the control interface tells them; makes the keys that are missing."""
        for name, app in self._apps.items():
            if app.public_key is None:
                self._apps[name] = _with_own_key(app)
        self.remember()
        return {
            name: {
                "secret": app.secret,
                "user": app.user,
                "public_key": app.public_key,
                "private_key": app.private_key,
                "approved_users": None if app.approved is None else list(app.approved),
            }
            for name, app in self._apps.items()
        }

    def remember(self) -> None:
        """Writes the apps down (again, after the database started over)."""
        self._db.save("apps", {name: asdict(app) for name, app in self._apps.items()})


def _with_own_key(app: App) -> App:
    private = generate_private_key(public_exponent=65537, key_size=2048)
    return replace(
        app, public_key=pem_of(private.public_key()), private_key=_pem_of_private(private)
    )


def read_key(pem: str) -> RSAPublicKey:
    """The RSA key in a certificate or a public key; INVALID_CERTIFICATE for anything else."""
    data = pem.encode()
    try:
        if "BEGIN CERTIFICATE" in pem:
            key: Any = x509.load_pem_x509_certificate(data).public_key()
        else:
            key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"this is no PEM certificate or public key: {error}"
        raise refuse(400, "INVALID_CERTIFICATE", message) from None
    if not isinstance(key, RSAPublicKey):
        raise refuse(400, "INVALID_CERTIFICATE", "only RSA keys can sign (RS256)")
    return key


def pem_of(key: RSAPublicKey) -> str:
    """A public key as text."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _pem_of_private(key: RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
