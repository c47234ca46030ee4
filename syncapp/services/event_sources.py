"""Email providers whose webhooks a unit takes: set up, taken away, looked up; all audited.

SES and Postmark prove themselves by a secret in the webhook's address (basic auth), SendGrid and
Mailgun sign with a key of theirs. Secrets are encrypted at rest and shown once.
"""

import base64
import binascii
import secrets as randomness
from collections.abc import Sequence
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from syncapp.core.provider_events import PROVIDERS
from syncapp.models import BusinessUnit, EventSource
from syncapp.services import secrets
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused
from syncapp.store.work import work

BASIC_AUTH = ("ses", "postmark")
USER = "syncline"  # of the basic auth
NAMES = {"ses": "Amazon SES", "postmark": "Postmark", "sendgrid": "SendGrid", "mailgun": "Mailgun"}


def set_up(
    *,
    unit: BusinessUnit,
    provider: str,
    key: str,
    actor: str,
    now: datetime,
    keys: Sequence[str],
) -> str:
    """Take a provider's webhooks from now on; its secret, also made anew for one set up before.

    `key` is SendGrid's verification key or Mailgun's signing key, `keys` encrypt it here.
    Raises Refused.
    """
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    secret = _checked(provider, key.strip())
    stored = secrets.encrypt(secret=secret, keys=keys)
    with work(unit.pk, now, actor=actor) as current:
        _, made = EventSource.objects.update_or_create(
            unit=unit,
            provider=provider,
            defaults={"secret": stored, "created_by": actor, "created_at": now},
        )
        word = "webhook.set_up" if made else "webhook.new_secret"
        current.audit(word, provider, after={"provider": provider})
    return secret


def remove(*, unit: BusinessUnit, provider: str, actor: str, now: datetime) -> None:
    """Take no more webhooks of the provider. Raises Refused."""
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    with work(unit.pk, now, actor=actor) as current:
        if not EventSource.objects.filter(unit=unit, provider=provider).delete()[0]:
            raise Refused("no_such_source", f"{unit.name} takes no webhooks of {provider}.")
        current.audit("webhook.removed", provider, before={"provider": provider})


def secret_of(*, unit_slug: str, provider: str, keys: Sequence[str]) -> tuple[BusinessUnit, str]:
    """The unit and what its provider proves itself with; raises Refused."""
    source = (
        EventSource.objects.select_related("unit")
        .filter(unit__slug=unit_slug, provider=provider)
        .first()
    )
    if source is None:
        raise Refused(
            "no_such_webhook",
            "This address takes no webhooks. An administrator sets it up: "
            "manage.py mailability webhook UNIT PROVIDER.",
        )
    return source.unit, secrets.decrypt(stored=source.secret, keys=keys)


def ask_to_confirm(*, unit: BusinessUnit, provider: str, link: str, now: datetime) -> None:
    """SNS wants its subscription confirmed; an administrator finds the link in the audit trail.

    We open no address that somebody else sent.
    """
    with work(unit.pk, now, actor=f"webhook:{provider}") as current:
        current.audit("webhook.confirm", provider, after={"open_this_link": link})


def _checked(provider: str, key: str) -> str:
    if provider not in PROVIDERS:
        raise Refused("unknown_provider", f"{provider!r} is none of {', '.join(PROVIDERS)}.")
    if provider in BASIC_AUTH:
        if key:
            raise Refused("no_key_wanted", f"{NAMES[provider]} has no key; a secret is made here.")
        return f"{USER}:{randomness.token_urlsafe(24)}"
    if not key or not key.isascii():
        raise Refused("key_missing", f"Give {NAMES[provider]}'s key (see docs/webhooks.md).")
    if provider == "sendgrid" and not _is_public_key(key):
        raise Refused(
            "bad_key", "This is not SendGrid's verification key (a base64 ECDSA public key)."
        )
    return key


def _is_public_key(key: str) -> bool:
    try:
        found = load_der_public_key(base64.b64decode(key, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return False
    return isinstance(found, EllipticCurvePublicKey)
