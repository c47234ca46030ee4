"""Who may do what: the roles of product.md §9 as data; console and superusers need none."""

from enum import StrEnum

from django.contrib.auth import get_user_model

from syncapp.models import ApiToken, BusinessUnit, Membership
from syncapp.services.refused import Refused

CONSOLE = "console"  # the system user of the command line: an administrator (interface.md §2)
API_ACTOR = "api:"  # begins the actor of API writes, its name follows; no username has a colon


class Role(StrEnum):
    """A person's role in one unit, or a token's; only tokens are readers."""

    ADMINISTRATOR = "administrator"
    MARKETING = "marketing"
    SUPPORT = "support"
    READER = "reader"


class Right(StrEnum):
    """What a role may allow."""

    SEE = "see"
    SYNC_PROSPECT = "sync_prospect"
    SYNC_NOW = "sync_now"
    PROSPECTS = "prospects"
    IMPORT = "import"
    EXPORT = "export"
    DO_NOT_EMAIL = "do_not_email"
    RESET_BOUNCES = "reset_bounces"
    EVENTS = "events"
    CONFLICTS = "conflicts"
    ERRORS = "errors"
    PROPOSE = "propose"
    OPTED_OUT = "opted_out"
    RELEASE = "release"
    UNDO = "undo"
    BACKUPS = "backups"
    READ_SETTINGS = "read_settings"
    SETTINGS = "settings"
    ADMINISTER = "administer"


_SUPPORT = frozenset({Right.SEE, Right.SYNC_PROSPECT})
_MARKETING = _SUPPORT | {
    Right.SYNC_NOW,
    Right.PROSPECTS,
    Right.IMPORT,
    Right.EXPORT,
    Right.DO_NOT_EMAIL,
    Right.RESET_BOUNCES,
    Right.EVENTS,
    Right.CONFLICTS,
    Right.ERRORS,
    Right.PROPOSE,
    Right.READ_SETTINGS,
}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.MARKETING: _MARKETING,
    Role.SUPPORT: _SUPPORT,
    Role.READER: frozenset({Right.SEE, Right.EXPORT, Right.READ_SETTINGS}),
}


def may(role: Role | None, right: Right) -> bool:
    """Does the role allow it? Nobody without a role may do anything."""
    return role is not None and right in RIGHTS[role]


def role_of(*, actor: str, unit: BusinessUnit) -> Role | None:
    """The role of a user (by username) or token in the unit; superusers administer every unit."""
    if actor == CONSOLE:
        return Role.ADMINISTRATOR
    if actor.startswith(API_ACTOR):
        found = _token(actor, unit)
        return None if found is None else Role(found.role)
    user = get_user_model().objects.filter(username=actor, is_active=True).first()
    if user is None:
        return None
    if user.is_superuser:
        return Role.ADMINISTRATOR
    held = Membership.objects.filter(user=user, unit=unit).values_list("role", flat=True).first()
    return Role(held) if held else None


def person_behind(*, actor: str, unit: BusinessUnit) -> str:
    """Who answers for the actor: the person who made a token, everybody else for themselves."""
    found = _token(actor, unit) if actor.startswith(API_ACTOR) else None
    return actor if found is None else found.created_by


def _token(actor: str, unit: BusinessUnit) -> ApiToken | None:
    live = ApiToken.objects.filter(unit=unit, revoked_at=None)
    return live.filter(name=actor.removeprefix(API_ACTOR)).first()


def is_alone(unit: BusinessUnit) -> bool:
    """Has the unit a single administrator, so that nobody else could approve? (product.md §9)"""
    found = Membership.objects.filter(unit=unit, role=Role.ADMINISTRATOR, user__is_active=True)
    return found.count() <= 1


def require(*, actor: str, unit: BusinessUnit, right: Right) -> Role:
    """The actor's role when it allows `right`; else Refused."""
    role = role_of(actor=actor, unit=unit)
    if role is None or not may(role, right):
        held = f"is {role.value}" if role else "has no role"
        raise Refused(
            "not_allowed",
            f"{actor} {held} in {unit.name} and may not: {right.value.replace('_', ' ')}. "
            "Ask an administrator of the unit.",
        )
    return role


def require_console(*, actor: str) -> None:
    """Making units belongs to no unit: the console and superusers may."""
    if actor == CONSOLE:
        return
    user = get_user_model().objects.filter(username=actor, is_active=True).first()
    if user is None or not user.is_superuser:
        raise Refused("not_allowed", f"{actor} may not make business units. Ask a superuser.")


def known_actor(username: str) -> str:
    """The username when such a person (or the console) exists; else Refused."""
    if username != CONSOLE:
        exists = get_user_model().objects.filter(username=username, is_active=True).exists()
        if not exists:
            raise Refused("unknown_user", f"There is no active user {username!r}.")
    return username
