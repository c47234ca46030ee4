"""`/api/openapi.json` and `/api/docs`: what the API is, for programs and for people."""

from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from dashboard.api.door import UNIT_HEADER
from dashboard.api.openapi import document
from dashboard.api.routes import ROUTES
from dashboard.api.schemas import SCHEMAS
from dashboard.ui.access import RIGHTS
from dashboard.ui.views import screen


@login_not_required
@require_safe
def openapi(_request: HttpRequest) -> HttpResponse:
    """The document tells nothing of any unit, so it is open."""
    return JsonResponse(document(settings.PUBLIC_URL))


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same table to read."""
    groups: list[Any] = [
        (tag, [(route, RIGHTS[route.right]) for route in routes])
        for tag, routes in groupby(ROUTES, lambda route: route.tag)
    ]
    return screen(
        request,
        "api/docs.html",
        title="API",
        groups=groups,
        schemas=[(name, list(one.items())) for name, one in SCHEMAS.items()],
        url=settings.PUBLIC_URL,
        unit_header=UNIT_HEADER,
        limit=settings.API_REQUESTS_PER_MINUTE,
    )
