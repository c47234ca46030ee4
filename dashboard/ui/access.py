"""Who may open what: every page below `/u/<unit>/` knows its unit and the reader's role in it.

Invariant: a view that takes `unit` runs only for somebody with a role in that unit (404 for
everybody else, so that nobody learns which units exist), and one marked with `needs` only for a
role that has the right (403, saying so). The middleware looks at the URL, so no screen can forget
it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from dashboard.ui.words import spelled
from syncapp.models import BusinessUnit, Membership
from syncapp.services.access import Right, Role, may

View = Callable[..., HttpResponseBase]
# What each right lets somebody do, as it reads after "it does not include".
RIGHTS: dict[Right, str] = {
    Right.SEE: "looking at this unit",
    Right.SYNC_PROSPECT: "Sync with CRM",
    Right.SYNC_NOW: "starting a sync of the unit",
    Right.PROSPECTS: "editing prospects",
    Right.IMPORT: "importing prospects",
    Right.EXPORT: "exporting prospects",
    Right.DO_NOT_EMAIL: "changing Do Not Email",
    Right.RESET_BOUNCES: "resetting bounces",
    Right.EVENTS: "recording email events",
    Right.CONFLICTS: "resolving conflicts",
    Right.ERRORS: "retrying sync errors",
    Right.PROPOSE: "proposing changes",
    Right.OPTED_OUT: "changing Opted Out",
    Right.RELEASE: "releasing held changes",
    Right.UNDO: "taking runs back",
    Right.BACKUPS: "making and restoring backups",
    Right.READ_SETTINGS: "looking at settings",
    Right.SETTINGS: "changing settings",
    Right.ADMINISTER: "administration: people, workers, the proof of the audit trail",
}


def units_of(user: Any) -> dict[BusinessUnit, Role]:
    """The units a person may see, by name, with the role in each; superusers administer every "
    "unit."""
    if user.is_superuser:
        return dict.fromkeys(BusinessUnit.objects.order_by("name"), Role.ADMINISTRATOR)
    held = Membership.objects.filter(user=user).select_related("unit").order_by("unit__name")
    return {one.unit: Role(one.role) for one in held}


class UnitAccess:
    """Sets `request.unit`, `.role`, and `.units` and `.roles` (by unit id) on pages of a unit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: Any, _view: View, _args: Sequence[object], kwargs: Mapping[str, object]
    ) -> None:
        """Runs after the login was asked for, before the view."""
        if "unit" not in kwargs or not request.user.is_authenticated:
            return
        roles = units_of(request.user)
        unit = next((unit for unit in roles if unit.slug == kwargs["unit"]), None)
        if unit is None:
            raise Http404("No such business unit.")
        request.unit, request.units, request.role = unit, list(roles), roles[unit]
        request.roles = {one.pk: role for one, role in roles.items()}


def allowed(request: Any, right: Right) -> bool:
    """May the reader do this in the page's unit?"""
    return may(request.role, right)


def refuse_without(request: Any, right: Right) -> None:
    """Raise PermissionDenied, saying what the role lacks, unless the reader may do this."""
    if not allowed(request, right):
        raise PermissionDenied(
            f"Your role in {request.unit.name} is {spelled(request.role)}, and it does not "
            f"include {RIGHTS[right]}."
        )


def exportable(request: Any) -> bool:
    """May the reader take the list away as a file? Asking for it without the right is refused."""
    if allowed(request, Right.EXPORT):
        return True
    if "export" in request.GET:
        raise PermissionDenied(f"Your role does not include {RIGHTS[Right.EXPORT]}.")
    return False


def needs(right: Right) -> Callable[[View], View]:
    """Marks a view that only some roles may use."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refuse_without(request, right)
            return view(request, *args, **kwargs)

        return guarded

    return mark
