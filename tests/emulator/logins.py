"""How the tests log in: SOAP envelopes, JWTs, and simple-salesforce sent to the loopback."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.sax.saxutils import escape

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from requests.adapters import HTTPAdapter

TOKEN = "/services/oauth2/token"
APP = ("syncline", "syncline-secret")
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
INTEGRATION = "integration@syncline.example"
SALES = "sales@syncline.example"


class Loopback(HTTPAdapter):
    """Sends https calls of a client to the emulator by plain http."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._authority = urlsplit(url).netloc

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = urlunsplit(("http", self._authority, parts.path, parts.query, ""))
        more["verify"] = False
        return super().send(request, **more)


def loopback(url: str) -> requests.Session:
    """A session for simple-salesforce."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Loopback(url))
    return session


def soap(
    url: str, body: str, version: str = "64.0", header: str = "", **more: Any
) -> requests.Response:
    """One call of the partner API."""
    envelope = (
        '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:p="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
    return requests.post(
        f"{url}/services/Soap/u/{version}", envelope.encode(), headers=headers, timeout=10, **more
    )


def soap_login(url: str, username: str, password: str, version: str = "64.0") -> requests.Response:
    """The partner API's login."""
    body = (
        f"<p:login><p:username>{escape(username)}</p:username>"
        f"<p:password>{escape(password)}</p:password></p:login>"
    )
    return soap(url, body, version)


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def jwt(key: RSAPrivateKey, **claims: Any) -> str:
    """A signed assertion; the defaults are a good one."""
    claims = {
        "iss": APP[0],
        "sub": SALES,
        "aud": "https://login.salesforce.com",
        "exp": str(int(time.time()) + 180),
        **claims,
    }
    signed = f"{_part({'alg': 'RS256'})}.{_part(claims)}"
    return f"{signed}.{_text(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def jwt_login(url: str, assertion: str) -> requests.Response:
    form = {"grant_type": JWT_GRANT, "assertion": assertion}
    return requests.post(url + TOKEN, data=form, timeout=10)


def _part(content: dict[str, Any]) -> str:
    return _text(json.dumps(content).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
