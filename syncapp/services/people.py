"""People and their roles: memberships per unit, logins, and who may touch whose.

A login is one for the whole installation, a role belongs to a unit. An administrator of a unit
gives and takes roles in it; the login itself (password link, deactivate) is theirs to touch only
when they administer every unit that the person has a role in, and never a superuser's.
Invariants: a unit that has an active administrator never loses the last one, and where it asks for
four eyes nobody makes themselves its single one, who could let go of them alone (product.md §9).
"""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from syncapp.models import BusinessUnit, Membership
from syncapp.services.access import CONSOLE, Right, Role, require, role_of
from syncapp.services.refused import ChangedMeanwhile, Refused
from syncapp.store.work import Work, work

_ADMINISTRATOR = Role.ADMINISTRATOR.value


def add(
    *, unit: BusinessUnit, username: str, email: str, role: str, actor: str, now: datetime
) -> Membership:
    """Give a person a role, making the login when there is none with the name; audited."""
    require(actor=actor, unit=unit, right=Right.ADMINISTER)
    role = _of_people(role)
    with work(unit.pk, now, actor=actor) as current:
        user = User.objects.filter(username__iexact=username.strip()).first()
        action = "people.added" if user else "people.invited"
        user = user or _new_login(username.strip(), email.strip())
        try:
            with transaction.atomic():
                made = Membership.objects.create(unit=unit, user=user, role=role)
        except IntegrityError:
            raise Refused(
                "has_role", f"{user.username} has a role in {unit.name} already. Change it there."
            ) from None
        current.audit(action, user.username, after={"role": role})
    return made


def set_role(
    *, unit: BusinessUnit, person: int, seen: str, role: str, actor: str, now: datetime, why: str
) -> None:
    """Another role for a person; `seen` is the one that the form showed. ChangedMeanwhile."""
    require(actor=actor, unit=unit, right=Right.ADMINISTER)
    role = _of_people(role)
    with work(unit.pk, now, actor=actor) as current:
        held = _locked(unit, person)
        if held.role != seen:
            raise ChangedMeanwhile(
                f"{held.user.username} was made {held.role} meanwhile. Look at it again."
            )
        if role != _ADMINISTRATOR:
            _keep_enough(held, actor)
        Membership.objects.filter(pk=held.pk).update(role=role)
        _told(current, "people.role_changed", held, {"role": seen}, {"role": role}, why)


def remove(*, unit: BusinessUnit, person: int, actor: str, now: datetime, why: str) -> None:
    """Take the role away; the login stays, with its roles in other units."""
    require(actor=actor, unit=unit, right=Right.ADMINISTER)
    with work(unit.pk, now, actor=actor) as current:
        held = _locked(unit, person)
        _keep_enough(held, actor)
        Membership.objects.filter(pk=held.pk).delete()
        _told(current, "people.removed", held, {"role": held.role}, None, why)


def set_active(
    *, unit: BusinessUnit, person: int, active: bool, actor: str, now: datetime, why: str
) -> None:
    """Deactivate a login (it is logged out at once) or let it in again; told in all its units."""
    require(actor=actor, unit=unit, right=Right.ADMINISTER)
    with transaction.atomic():
        held = _own_login(unit, person, actor)
        if held.user.username == actor:
            raise Refused("own_login", "You cannot deactivate your own login.")
        everywhere = Membership.objects.filter(user=held.user).select_related("unit", "user")
        for one in everywhere.order_by("unit_id"):
            with work(one.unit_id, now, actor=actor) as current:
                _lock(one.unit)
                if not active:
                    _keep_enough(one, actor)
                action = "people.reactivated" if active else "people.deactivated"
                _told(current, action, one, {"active": not active}, {"active": active}, why)
        changed = User.objects.filter(pk=held.user.pk, is_active=not active)
        if changed.update(is_active=active) != 1:
            raise ChangedMeanwhile(f"{held.user.username} was changed meanwhile. Look at it again.")


def password_link(*, unit: BusinessUnit, person: int, actor: str, now: datetime) -> tuple[str, str]:
    """(uid, token) with which the person sets a password, once; audited without the token.

    It is good until it is used, until the person logs in, or for PASSWORD_RESET_TIMEOUT seconds.
    """
    require(actor=actor, unit=unit, right=Right.ADMINISTER)
    with work(unit.pk, now, actor=actor) as current:
        held = _own_login(unit, person, actor)
        if not held.user.is_active:
            raise Refused("inactive", f"{held.user.username} is deactivated. Reactivate it first.")
        _told(current, "people.link", held, None, None, "")
    uid = urlsafe_base64_encode(force_bytes(held.user.pk))
    return uid, default_token_generator.make_token(held.user)


def may_touch_login(*, user: Any, actor: str) -> bool:
    """Does the actor administer every unit that the person has a role in?"""
    acting = get_user_model().objects.filter(username=actor).first()
    if actor == CONSOLE or (acting is not None and acting.is_superuser):
        return True
    units = [held.unit for held in user.memberships.select_related("unit")]
    return not user.is_superuser and all(
        role_of(actor=actor, unit=unit) is Role.ADMINISTRATOR for unit in units
    )


def _of_people(role: str) -> str:
    if role not in dict(Membership.ROLES):
        raise Refused("no_such_role", f"{role!r} is no role of people.")
    return role


def _own_login(unit: BusinessUnit, person: int, actor: str) -> Membership:
    held = _locked(unit, person)
    if not may_touch_login(user=held.user, actor=actor):
        raise Refused(
            "login_of_others",
            f"{held.user.username} has roles in units that you do not administer, or is a "
            "superuser: only a superuser may change the login. You can take the role in this unit "
            "away.",
        )
    return held


def _new_login(username: str, email: str) -> User:
    user = User(username=username, email=email)
    user.set_unusable_password()
    try:
        if email:
            validate_email(email)
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Refused("bad_login", " ".join(error.messages)) from error
    user.save()
    return user


def _lock(unit: BusinessUnit) -> None:
    """Whoever changes the unit's people waits here, so that two cannot remove the last two."""
    BusinessUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)


def _locked(unit: BusinessUnit, person: int) -> Membership:
    _lock(unit)
    held = Membership.objects.select_related("user", "unit").filter(unit=unit, user=person).first()
    if held is None:
        raise Refused("no_such_person", "That person has no role in this unit any more.")
    return held


def _keep_enough(held: Membership, actor: str) -> None:
    """Refused for the last active administrator, and for the other one of two with four eyes."""
    if held.role != _ADMINISTRATOR or not held.user.is_active:
        return
    others = Membership.objects.filter(
        unit=held.unit, role=_ADMINISTRATOR, user__is_active=True
    ).exclude(pk=held.pk)
    left = others.count()
    if not left:
        raise Refused(
            "last_administrator",
            f"{held.user.username} is the last administrator of {held.unit.name}. Make somebody "
            "else an administrator first.",
        )
    # Asked under the unit's lock: the row that came with `held` may be older than the switch.
    asks = BusinessUnit.objects.filter(pk=held.unit_id, four_eyes=True).exists()
    if asks and left == 1 and held.user.username != actor:
        raise Refused(
            "four_eyes",
            f"{held.unit.name} asks for four eyes, and without {held.user.username} a single "
            "administrator would be left, who could switch them off alone. Make somebody else an "
            "administrator first, or let the two of you agree to switch four eyes off.",
        )


def _told(current: Work, action: str, held: Membership, before: Any, after: Any, why: str) -> None:
    current.audit(action, held.user.username, before=before, after=after, why=why)
