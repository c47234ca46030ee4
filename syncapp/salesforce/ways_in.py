"""The login methods: what is sent to get a token, and the token that comes back.

Each asks the login server once and never follows a redirect, so that no secret goes elsewhere.
Source: reference/salesforce-api.md "Logins" (the requests are simple-salesforce's own).
"""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import orjson
import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from requests.auth import HTTPBasicAuth
from simple_salesforce.util import getUniqueElementValueFromXmlString

from syncapp.core.ports import LoginFailed
from syncapp.salesforce.errors import login_refused
from syncapp.salesforce.settings import GatewaySettings
from syncapp.salesforce.transport import is_loopback, login_origin

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_SECONDS = 180  # Salesforce takes no assertion that lives longer than 3 minutes
_SOAP_VERSION = "64.0"  # the last with login()
_SOAP = """<?xml version="1.0" encoding="utf-8" ?>
<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:urn="urn:partner.soap.sforce.com">
  <env:Header><urn:CallOptions><urn:client>Syncline</urn:client>
    <urn:defaultNamespace>sf</urn:defaultNamespace></urn:CallOptions></env:Header>
  <env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com">
    <n1:username>{username}</n1:username><n1:password>{password}</n1:password>
  </n1:login></env:Body>
</env:Envelope>"""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, the host it is good for and whom it stands for."""

    access_token: str = field(repr=False)
    instance: str
    organization_id: str
    user_id: str


def client_credentials(http: requests.Session, settings: GatewaySettings) -> Token:
    """OAuth client credentials flow; key and secret travel as HTTP Basic."""
    basic = HTTPBasicAuth(settings.client_id.encode(), settings.client_secret.encode())
    return _granted(http, settings, {"grant_type": "client_credentials"}, auth=basic)


def jwt(http: requests.Session, settings: GatewaySettings) -> Token:
    """OAuth JWT bearer flow: an assertion signed (RS256) by the connection's private key."""
    form = {"grant_type": JWT_GRANT, "assertion": _assertion(settings, time.time())}
    return _granted(http, settings, form)


def password(http: requests.Session, settings: GatewaySettings) -> Token:
    """Legacy. With a client id OAuth's password grant, else SOAP login(), as simple-salesforce."""
    if not settings.client_id:
        return _soap(http, settings)
    form = {
        "grant_type": "password",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "username": settings.username,
        "password": settings.password,
    }
    return _granted(http, settings, form)


METHODS: dict[str, Callable[[requests.Session, GatewaySettings], Token]] = {
    "client_credentials": client_credentials,
    "jwt": jwt,
    "password": password,
}


def _granted(
    http: requests.Session,
    settings: GatewaySettings,
    form: dict[str, str],
    auth: HTTPBasicAuth | None = None,
) -> Token:
    url = f"{_origin(settings)}/services/oauth2/token"
    answer = http.post(url, form, auth=auth, allow_redirects=False)
    body = _json(answer)
    if answer.status_code != 200:
        raise login_refused(answer.status_code, body)
    try:
        instance = urlsplit(body["instance_url"]).netloc
        organization, user = urlsplit(body["id"]).path.split("/")[-2:]
        return Token(body["access_token"], instance, organization, user)
    except (KeyError, TypeError, ValueError):
        raise _strange() from None


def _soap(http: requests.Session, settings: GatewaySettings) -> Token:
    envelope = _SOAP.format(
        username=escape(settings.username), password=escape(settings.password)
    ).encode()
    answer = http.post(
        f"{_origin(settings)}/services/Soap/u/{_SOAP_VERSION}",
        envelope,
        headers={"content-type": "text/xml; charset=UTF-8", "SOAPAction": "login"},
        allow_redirects=False,
    )
    if answer.status_code != 200:
        code = _element(answer, "sf:exceptionCode")
        text = _element(answer, "sf:exceptionMessage")
        known = {"error": code, "error_description": text} if code else None
        raise login_refused(401 if code else answer.status_code, known)
    token, server, user, organization = (
        _element(answer, name) for name in ("sessionId", "serverUrl", "userId", "organizationId")
    )
    instance = urlsplit(server).netloc.replace("-api.", ".", 1)
    if not (token and instance and user and organization):
        raise _strange()
    return Token(token, instance, organization, user)


def _element(answer: requests.Response, name: str) -> str:
    try:
        return str(getUniqueElementValueFromXmlString(answer.content, name) or "")
    except ExpatError:
        return ""


def _assertion(settings: GatewaySettings, now: float) -> str:
    claims = {
        "iss": settings.client_id,
        "sub": settings.username,
        "aud": _audience(settings),
        "exp": str(int(now) + _JWT_SECONDS),
    }
    signed = f"{_part(orjson.dumps({'alg': 'RS256'}))}.{_part(orjson.dumps(claims))}"
    signature = _signing_key(settings).sign(signed.encode(), PKCS1v15(), SHA256())
    return f"{signed}.{_part(signature)}"


def _audience(settings: GatewaySettings) -> str:
    """Salesforce wants its login host, whatever My Domain is asked; the emulated org its own."""
    url = login_origin(settings)
    host = url.hostname or ""
    if is_loopback(host):
        return _origin(settings)
    sandbox = host == "test.salesforce.com" or ".sandbox." in host
    return f"https://{'test' if sandbox else 'login'}.salesforce.com"


def _signing_key(settings: GatewaySettings) -> RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(settings.private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, RSAPrivateKey):
        return key
    text = "The private key of the connection is no RSA key in PEM form. Upload or generate one."
    raise LoginFailed("INVALID_PRIVATE_KEY", text)


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _origin(settings: GatewaySettings) -> str:
    origin = login_origin(settings)
    return f"{origin.scheme}://{origin.netloc}"


def _strange() -> LoginFailed:
    text = "The login URL does not answer like Salesforce. Check the login URL."
    return LoginFailed("UNEXPECTED_LOGIN_ANSWER", text)


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
