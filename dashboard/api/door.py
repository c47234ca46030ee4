"""Who is asking: the bearer token, the unit it belongs to, the right that the route needs.

Invariant: nothing but the token decides; cookies are never looked at.
"""

from datetime import datetime

from django.http import HttpRequest

from dashboard.api import limit
from dashboard.api.call import Declined
from dashboard.ui.access import RIGHTS
from dashboard.ui.words import spelled
from syncapp.models import ApiToken
from syncapp.services import tokens
from syncapp.services.access import Right, Role, may
from syncapp.services.refused import Refused

UNIT_HEADER = "Pardot-Business-Unit-Id"


def token_of(request: HttpRequest, now: datetime) -> ApiToken:
    """The token that the request proves itself with, counted; raises Declined."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise _not_proved("no_token", "Send an API token: Authorization: Bearer TOKEN.")
    try:
        found = tokens.opened(text=text.strip(), now=now)
    except Refused as error:
        raise _not_proved(error.code, error.message) from error
    limit.count(found, now)
    asked = request.headers.get(UNIT_HEADER, found.unit.slug)
    if asked != found.unit.slug:
        message = f"{UNIT_HEADER} names another business unit than the token's."
        raise Declined(403, "other_unit", message)
    return found


def ask(token: ApiToken, right: Right) -> None:
    """Raise Declined with status 403 unless the token's role has the right."""
    if not may(Role(token.role), right):
        raise Declined(
            403,
            "not_allowed",
            f"The token's role is {spelled(token.role)}, and it does not include {RIGHTS[right]}.",
        )


def _not_proved(code: str, message: str) -> Declined:
    return Declined(401, code, message, WWW_Authenticate='Bearer realm="Syncline"')
