"""The connector's login: its settings, and its secrets, which are kept encrypted or in variables.

Invariant: a secret goes in and never comes out here: the audit trail and every page are told only
that it was stored, replaced or forgotten.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.db.models import F

from syncapp.models import BusinessUnit, Connector
from syncapp.services import secrets, settings
from syncapp.services.access import Right, require
from syncapp.services.config_diff import Difference
from syncapp.services.connectors import is_going, refuse_unready
from syncapp.services.refused import ChangedMeanwhile, Refused
from syncapp.store.work import work

KEY_BITS = 2048
CERTIFICATE_YEARS = 5


def save(
    *,
    unit: BusinessUnit,
    wanted: Mapping[str, Any],
    given: Mapping[str, str],
    version: int | None,
    keys: Sequence[str],
    actor: str,
    now: datetime,
    why: str = "",
) -> list[Difference]:
    """Save `wanted` (of the file's `connector`) and the secrets that were `given`; what differs.

    All or nothing; raises Refused or ChangedMeanwhile.
    """
    with transaction.atomic():
        sealed = {name: secrets.encrypt(secret=text, keys=keys) for name, text in given.items()}
        before = {name: _had(unit.connector, name) for name in given}
        if sealed:
            require(actor=actor, unit=unit, right=Right.SETTINGS)
            Connector.objects.filter(unit=unit).update(**sealed)
        seen = {"connector": version}
        found = settings.save(
            unit=unit, wanted={"connector": wanted}, seen=seen, actor=actor, now=now, why=why
        )
        if sealed:
            _tell(unit, before, dict.fromkeys(given, "stored"), actor, now, why)
    return found


def make_key(
    *, unit: BusinessUnit, version: int, keys: Sequence[str], actor: str, now: datetime
) -> None:
    """A new key pair; the certificate goes into the connected app."""
    private = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    _keep_key(unit, private, version, keys, actor, now)


def take_key(
    *,
    unit: BusinessUnit,
    pem: bytes,
    version: int,
    keys: Sequence[str],
    actor: str,
    now: datetime,
) -> None:
    """Keep an RSA private key of the person's own; raises Refused when it is none."""
    try:
        private = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, RSAPrivateKey):
        raise Refused(
            "not_a_key",
            "This is no RSA private key in PEM form without a passphrase (-----BEGIN PRIVATE KEY-"
            "----). Nothing was changed.",
        )
    if private.key_size < KEY_BITS:
        raise Refused("short_key", f"The key has {private.key_size} bits; use {KEY_BITS} or more.")
    _keep_key(unit, private, version, keys, actor, now)


def forget(*, unit: BusinessUnit, name: str, version: int, actor: str, now: datetime) -> None:
    """Throw a stored secret away; a running connector must be able to log in without it."""
    empty = {name: ""} | ({"certificate": ""} if name == "private_key" else {})
    with transaction.atomic():
        before = {name: _had(unit.connector, name)}
        connector = _swap(unit, version, empty, actor)
        if is_going(connector):
            refuse_unready(connector)
        _audit(unit, before, {name: None}, actor, now, "")


def _keep_key(
    unit: BusinessUnit,
    private: RSAPrivateKey,
    version: int,
    keys: Sequence[str],
    actor: str,
    now: datetime,
) -> None:
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    certificate = _certificate(private, unit, now)
    sealed = secrets.encrypt(secret=pem, keys=keys)
    with transaction.atomic():
        before = {"private_key": _had(unit.connector, "private_key")}
        values = {
            "private_key": sealed,
            "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        }
        _swap(unit, version, values, actor)
        told = {"private_key": "stored", "certificate": fingerprint(certificate)}
        _audit(unit, before, told, actor, now, "")


def _certificate(private: RSAPrivateKey, unit: BusinessUnit, now: datetime) -> x509.Certificate:
    """Self-signed: Salesforce reads the public key and the end of its validity from it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Syncline {unit.slug}"[:64])])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(private.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1))
    made = made.not_valid_after(now + timedelta(days=365 * CERTIFICATE_YEARS))
    return made.sign(private, SHA256())


def certificate_of(connector: Connector) -> x509.Certificate | None:
    """The public certificate of the stored key."""
    pem = connector.certificate
    return x509.load_pem_x509_certificate(pem.encode()) if pem else None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256, as Salesforce and OpenSSL print it."""
    return certificate.fingerprint(SHA256()).hex(":").upper()


def _had(connector: Connector, name: str) -> str | None:
    return "stored" if getattr(connector, name) else None


def _swap(unit: BusinessUnit, version: int, values: Mapping[str, str], actor: str) -> Connector:
    """Write columns of the connector, unless somebody saved it meanwhile."""
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    same = Connector.objects.filter(unit=unit, version=version)
    if not same.update(**values, version=F("version") + 1):
        raise ChangedMeanwhile(
            "Somebody saved the connector after you opened the page, so nothing of yours was saved."
            " Look at the values of now, and try again."
        )
    return Connector.objects.select_related("unit").get(unit=unit)


def _tell(
    unit: BusinessUnit,
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
    actor: str,
    now: datetime,
    why: str,
) -> None:
    Connector.objects.filter(unit=unit).update(version=F("version") + 1)
    _audit(unit, before, after, actor, now, why)


def _audit(
    unit: BusinessUnit,
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
    actor: str,
    now: datetime,
    why: str,
) -> None:
    with work(unit.pk, now, actor=actor) as current:
        current.audit(
            "connector.secret", "connector", before=dict(before), after=dict(after), why=why
        )
