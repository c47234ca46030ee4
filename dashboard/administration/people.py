"""People and roles of a unit: give a role, change it, take it away; logins that one may touch."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.administration.forms import Newcomer, Why, role_form
from dashboard.administration.tables import PeopleTable, login_state
from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.views import Action, Empty, confirm_screen, list_screen, screen
from dashboard.ui.words import spelled
from syncapp.models import Membership
from syncapp.services import people
from syncapp.services.access import Right
from syncapp.services.refused import ChangedMeanwhile, Refused


@needs(Right.ADMINISTER)
def index(request: Any, unit: str) -> HttpResponseBase:
    """Everybody with a role in the unit."""
    new = Action("Add a person", reverse("administration:add", args=[unit]), "plus", "primary",
                 dialog=True)  # fmt: skip
    return list_screen(
        request,
        title="People and roles",
        subtitle=f"Who may do what in {request.unit.name}.",
        queryset=Membership.objects.filter(unit=request.unit)
        .select_related("user")
        .order_by("user__username"),
        table=PeopleTable,
        table_context={"unit": unit},
        actions=[new],
        empty=Empty("Nobody has a role here", "Superusers administer the unit.", "users", new),
    )


@needs(Right.ADMINISTER)
def detail(request: Any, unit: str, pk: int) -> HttpResponse:
    """One person: the role here, the login, and what can be done about both."""
    held = _held(request, pk)
    touch = people.may_touch_login(user=held.user, actor=request.user.get_username())
    return screen(
        request,
        "administration/person.html",
        title=held.user.get_username(),
        badges=[("role", held.role), ("login", login_state(held.user))],
        crumbs=_crumbs(unit),
        held=held,
        touch=touch,
        actions=_actions(request, held, touch=touch),
    )


def _actions(request: Any, held: Membership, *, touch: bool) -> list[Action]:
    def action(label: str, name: str, icon: str, tone: str = "") -> Action:
        url = reverse(f"administration:{name}", args=[request.unit.slug, held.user_id])
        return Action(label, url, icon, tone, dialog=True)

    found = [action("Take the role away", "remove", "x")]
    if touch and held.user_id != request.user.pk:
        move = (
            action("Deactivate the login", "deactivate", "ban")
            if held.user.is_active
            else action("Reactivate the login", "reactivate", "check")
        )
        found.append(move)
    if touch and held.user.is_active:
        found.append(action("Make a password link", "link", "key"))
    return [*found, action("Change the role", "role", "shield-lock", "primary")]


@needs(Right.ADMINISTER)
def add(request: Any, unit: str) -> HttpResponse:
    """A role for a person, with a login when there is none of the name."""

    def act(data: dict[str, Any]) -> str:
        made = people.add(unit=request.unit, **_by(request), **data)
        word = f"{made.user.username} is {spelled(made.role)} in {request.unit.name}."
        if made.user.has_usable_password():
            return word
        return f"{word} The login has no password yet: make a password link on its page."

    return _ask(
        request,
        "Add a person",
        "Add",
        [
            "A name that has a login already gets the role with that login; another one gets a new "
            "login without a password.",
            "You then make a link with which the person chooses a password.",
        ],
        act,
        form=Newcomer,
    )


@needs(Right.ADMINISTER)
def role(request: Any, unit: str, pk: int) -> HttpResponse:
    """Another role."""
    held = _held(request, pk)

    def act(data: dict[str, Any]) -> str:
        people.set_role(unit=request.unit, person=pk, **_by(request), **data)
        return f"{held.user.username} is {spelled(data['role'])} now."

    lines = ["It counts from the next click; nobody is logged out."]
    if held.user_id == request.user.pk:
        lines.append("This is your own role: you may lose this page with it.")
    title = f"Change the role of {held.user.username}"
    return _ask(request, title, "Change the role", lines, act, form=role_form(held))


@needs(Right.ADMINISTER)
def remove(request: Any, unit: str, pk: int) -> HttpResponse:
    """No role in this unit any more."""
    name = _held(request, pk).user.username

    def act(data: dict[str, Any]) -> str:
        people.remove(unit=request.unit, person=pk, **_by(request), **data)
        return f"{name} has no role in {request.unit.name} any more."

    lines = [
        f"{name} does not see {request.unit.name} any more.",
        "The login stays, with its roles in other units. What it did stays in the audit trail.",
    ]
    title = f"Take the role of {name} away?"
    return _ask(request, title, "Take it away", lines, act, danger=True)


@needs(Right.ADMINISTER)
def deactivate(request: Any, unit: str, pk: int) -> HttpResponse:
    """The person is logged out and cannot log in."""
    return _switch(request, pk, active=False)


@needs(Right.ADMINISTER)
def reactivate(request: Any, unit: str, pk: int) -> HttpResponse:
    """The person can log in again."""
    return _switch(request, pk, active=True)


def _switch(request: Any, pk: int, *, active: bool) -> HttpResponse:
    name = _held(request, pk).user.username

    def act(data: dict[str, Any]) -> str:
        people.set_active(unit=request.unit, person=pk, active=active, **_by(request), **data)
        return f"The login of {name} is {'active again' if active else 'deactivated'}."

    lines = (
        [f"{name} can log in again, with the roles of before."]
        if active
        else [f"{name} is logged out at once and cannot log in, in any unit.", "Roles are kept."]
    )
    verb = "Reactivate" if active else "Deactivate"
    return _ask(request, f"{verb} the login of {name}?", verb, lines, act, danger=not active)


@needs(Right.ADMINISTER)
def link(request: Any, unit: str, pk: int) -> HttpResponse:
    """A link with which the person chooses a password."""
    name = _held(request, pk).user.username

    def act(_data: dict[str, Any]) -> str:
        uid, token = people.password_link(unit=request.unit, person=pk, **_by(request))
        url = request.build_absolute_uri(reverse("password", args=[uid, token]))
        return f"Give this link to {name} alone. It works once, within three days: {url}"

    lines = [
        f"Whoever has the link sets the password of {name}. It is shown once, here, and is not "
        "written to the audit trail; that you made it is.",
    ]
    title = f"Make a password link for {name}?"
    return _ask(request, title, "Make the link", lines, act, form=None)


def _ask(
    request: Any,
    title: str,
    verb: str,
    lines: list[str],
    act: Callable[[dict[str, Any]], str],
    form: Any = Why,
    danger: bool = False,
) -> HttpResponse:
    slug = request.unit.slug
    return confirm_screen(
        request,
        title=title,
        verb=verb,
        consequences=lines,
        form=form,
        act=act,
        danger=danger,
        refusals=(Refused, ChangedMeanwhile),
        back=reverse("administration:people", args=[slug]),
        crumbs=_crumbs(slug),
    )


def _by(request: Any) -> dict[str, Any]:
    return {"actor": request.user.get_username(), "now": now()}


def _held(request: Any, pk: int) -> Membership:
    rows = Membership.objects.filter(unit=request.unit).select_related("user")
    return get_object_or_404(rows, user=pk)


def _crumbs(unit: str) -> list[tuple[str, str]]:
    return [("People and roles", reverse("administration:people", args=[unit]))]
