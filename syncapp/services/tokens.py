"""API tokens of a unit: made by an administrator, shown once, revoked; each says who uses it.

A token is 256 random bits, so that its plain SHA-256 is kept: nobody can guess back to it.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import Q

from syncapp.models import ApiToken, BusinessUnit
from syncapp.services.access import API_ACTOR, Right, require
from syncapp.services.refused import Refused
from syncapp.store.work import work

PREFIX = "syncline_"
LONGEST_DAYS = 3650
_SHOWN = len(PREFIX) + 4
_USED = timedelta(minutes=1)  # how exactly "last used" is kept: not one write a request


def create(
    *, unit: BusinessUnit, name: str, role: str, days: int | None, actor: str, now: datetime
) -> tuple[ApiToken, str]:
    """A token for `days` (None: until revoked), and the text that is never known again; audited."""
    require(actor=actor, unit=unit, right=Right.ADMINISTER)
    _check(name.strip(), role, days)
    text = PREFIX + secrets.token_urlsafe(32)
    expires = None if days is None else now + timedelta(days=days)
    with work(unit.pk, now, actor=actor) as current:
        try:
            with transaction.atomic():
                made = ApiToken.objects.create(
                    unit=unit, name=name.strip(), role=role, digest=_digest(text),
                    start=text[:_SHOWN], created_by=actor, created_at=now, expires_at=expires,
                )  # fmt: skip
        except IntegrityError:
            raise Refused(
                "name_taken",
                f"{unit.name} has or had a token {name.strip()!r}. Choose another name: the audit "
                "trail must not mix the two up.",
            ) from None
        told = {"role": role, "expires": expires.isoformat() if expires else None}
        current.audit("token.created", made.name, after=told)
    return made, text


def revoke(*, unit: BusinessUnit, token: int, actor: str, now: datetime, why: str = "") -> str:
    """From now on the token opens nothing; its name. Audited."""
    require(actor=actor, unit=unit, right=Right.ADMINISTER)
    with work(unit.pk, now, actor=actor) as current:
        held = ApiToken.objects.filter(unit=unit, pk=token).first()
        live = ApiToken.objects.filter(unit=unit, pk=token, revoked_at=None)
        if held is None or not live.update(revoked_at=now, revoked_by=actor):
            raise Refused("no_such_token", "There is no such token, or it is revoked already.")
        current.audit("token.revoked", held.name, before={"role": held.role}, why=why)
    return held.name


def named(*, unit: BusinessUnit, name: str) -> ApiToken:
    """The unit's token with this name; raises Refused."""
    found = ApiToken.objects.filter(unit=unit, name__iexact=name).first()
    if found is None:
        raise Refused("no_such_token", f"{unit.name} has no token {name!r}.")
    return found


def state(token: ApiToken, now: datetime) -> str:
    """active, expired or revoked."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= now else "active"


def opened(*, text: str, now: datetime) -> ApiToken:
    """The token whose text this is, with its unit, noted as used; raises Refused."""
    held = ApiToken.objects.select_related("unit__connector").filter(digest=_digest(text)).first()
    if held is None:
        raise Refused("invalid_token", "There is no such API token.")
    found = state(held, now)
    if found != "active":
        raise Refused(f"token_{found}", f"The API token {held.name} is {found}.")
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _USED)
    if held.last_used_at is None or held.last_used_at < now - _USED:
        ApiToken.objects.filter(stale, pk=held.pk).update(last_used_at=now)
    return held


def actor_of(token: ApiToken) -> str:
    """What audit and history call a write with the token."""
    return API_ACTOR + token.name


def as_json(token: ApiToken, now: datetime) -> dict[str, object]:
    """What `tokens list` prints."""
    return {
        "id": token.pk,
        "name": token.name,
        "role": token.role,
        "state": state(token, now),
        "starts_with": token.start,
        "created_by": token.created_by,
        "created": token.created_at,
        "expires": token.expires_at,
        "last_used": token.last_used_at,
    }


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()


def _check(name: str, role: str, days: int | None) -> None:
    if not name or not name.isprintable() or len(name) > 60:
        raise Refused("bad_name", "Give the token a name of 1 to 60 printable characters.")
    if role not in dict(ApiToken.ROLES):
        raise Refused("no_such_role", f"{role!r} is no role of tokens.")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise Refused(
            "bad_days", f"A token lives 1 to {LONGEST_DAYS} days, or until it is revoked."
        )
