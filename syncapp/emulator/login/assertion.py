"""JWT bearer assertions: who signed them, for whom, until when.

Time is judged by the machine's clock or the org's, whichever lets the caller in: moving the org's
clock must not lock out callers who read another.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from .people import LoginRefusedError

HOSTS = (".salesforce.com", ".force.com")


def _refused(description: str = "invalid assertion") -> LoginRefusedError:
    return LoginRefusedError("invalid_grant", description)


class Assertion:
    """A JWT that was taken apart but not believed yet."""

    def __init__(self, text: str) -> None:
        parts = text.split(".")
        if len(parts) != 3:
            raise _refused()
        self._signed = f"{parts[0]}.{parts[1]}".encode()
        self._signature = _bytes(parts[2])
        header, self.claims = _object(parts[0]), _object(parts[1])
        if header.get("alg") != "RS256":
            raise _refused("invalid assertion: the algorithm must be RS256")

    @property
    def issuer(self) -> str:
        """The client id."""
        return str(self.claims.get("iss", ""))

    @property
    def subject(self) -> str:
        """The username."""
        return str(self.claims.get("sub") or self.claims.get("prn") or "")

    def verify(self, key: RSAPublicKey) -> None:
        """The signature must be the app's."""
        try:
            key.verify(self._signature, self._signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            raise _refused() from None

    def check(self, own_url: str, clocks: Sequence[datetime]) -> None:
        """The assertion must be meant for this org and not be over."""
        if not meant_for(str(self.claims.get("aud", "")), own_url):
            raise _refused("audience is invalid")
        try:
            expires = float(self.claims["exp"])
        except (KeyError, TypeError, ValueError):
            raise _refused("invalid assertion: exp is missing or no number") from None
        if all(expires <= now.timestamp() for now in clocks):
            raise _refused("expired assertion")


def meant_for(audience: str, own_url: str) -> bool:
    """A login host, a My Domain, or the URL by which the caller reached the org."""
    host = urlsplit(audience).hostname or ""
    return host.endswith(HOSTS) or audience.rstrip("/") == own_url.rstrip("/")


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None


def _object(part: str) -> dict[str, Any]:
    try:
        found = orjson.loads(_bytes(part))
    except orjson.JSONDecodeError:
        raise _refused() from None
    if not isinstance(found, dict):
        raise _refused()
    return found
