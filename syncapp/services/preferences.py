"""The public page where a person unsubscribes and subscribes again, without a login (F39).

A signed link is the authority: it names one address of one unit, never ends (emails are old when
they are read) and dies with SECRET_KEY, unless that stays in SECRET_KEY_FALLBACKS.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.signing import BadSignature, Signer

from syncapp.core.mailability import Event
from syncapp.models import AddressState, BusinessUnit, Prospect
from syncapp.services import email_events, mailability
from syncapp.services.refused import Refused

_SALT = "syncline.email-preferences"
PATH = "/email/"
ONE_CLICK = "List-Unsubscribe=One-Click"  # RFC 8058: the body that mail programs post


@dataclass(frozen=True, slots=True)
class Preferences:
    """Whose page it is, and what the unit knows of the address."""

    unit: BusinessUnit
    email: str
    opted_out: bool
    complained: bool


def path_of(*, unit: BusinessUnit, email: str) -> str:
    """The path of the address's page; raises Refused."""
    if not mailability.usable(email):
        raise Refused("invalid_email", f"{email!r} is not an email address.")
    return f"{PATH}{Signer(salt=_SALT).sign_object([unit.pk, email.strip().lower()])}/"


def headers(url: str) -> dict[str, str]:
    """What an email carries so that mail programs offer to unsubscribe (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": ONE_CLICK}


def opened(token: str) -> Preferences:
    """What a link leads to; raises Refused when we never made it."""
    try:
        unit_id, email = Signer(salt=_SALT).unsign_object(token)
        unit = BusinessUnit.objects.get(pk=unit_id)
    except (BadSignature, BusinessUnit.DoesNotExist, ValueError, TypeError) as error:
        raise Refused("bad_link", "This link is not complete.") from error
    known = AddressState.objects.filter(unit=unit, email_key=email).first()
    held = Prospect.objects.filter(unit=unit, email_key=email)
    return Preferences(
        unit,
        email,
        opted_out=bool(known and known.opted_out) or held.filter(opted_out=True).exists(),
        complained=bool(known and known.complained) or held.filter(complained=True).exists(),
    )


def unsubscribe(page: Preferences, *, evidence: str, ip: str, now: datetime) -> None:
    """The person wants no more marketing email; saying it again is no error."""
    _say(page, Event.UNSUBSCRIBE, evidence, ip, now)


def resubscribe(page: Preferences, *, evidence: str, ip: str, now: datetime) -> None:
    """The person wants it again; raises Refused after a complaint."""
    _say(page, Event.RESUBSCRIBE, evidence, ip, now)


def _say(page: Preferences, event: Event, evidence: str, ip: str, now: datetime) -> None:
    email_events.speak(unit=page.unit, email=page.email, event=event, now=now, why=evidence, ip=ip)
