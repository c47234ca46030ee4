"""`/api/v1/<unit>/webhooks/<provider>/`: what email providers post.

Invariant: nothing is written before the provider has proved itself and the whole body is read; the
answer is JSON, also of an error: `{"code", "message"}`.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from dashboard.ui.markup import now
from dashboard.webhooks.providers import NotProved, Unreadable, confirmation, read
from syncapp import enqueue
from syncapp.models import BusinessUnit
from syncapp.services import email_events, event_sources
from syncapp.services.refused import Refused


class Declined(Exception):
    """The request is answered by an error; nothing was written."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers
        self.document = {"code": code, "message": message}


@login_not_required
@csrf_exempt
def receive(request: HttpRequest, unit_slug: str, provider: str) -> HttpResponse:
    """Prove, read, apply; counts by outcome."""
    if request.method == "HEAD":  # some providers look whether there is somebody
        return HttpResponse()
    try:
        return JsonResponse(_receive(request, unit_slug, provider))
    except Declined as error:
        return JsonResponse(error.document, status=error.status, headers=error.headers)


def _receive(request: HttpRequest, unit_slug: str, provider: str) -> dict[str, object]:
    if request.method != "POST":
        raise Declined(405, "method_not_allowed", "Webhooks are posted.", Allow="POST, HEAD")
    unit, secret = _source(unit_slug, provider)
    reports = _reports(request, provider, secret)
    counts = email_events.receive(unit=unit, provider=provider, reports=reports, now=now())
    enqueue.opt_outs(unit, now())
    link = confirmation(provider, request)
    if not link:
        return {**counts}
    event_sources.ask_to_confirm(unit=unit, provider=provider, link=link, now=now())
    return {**counts, "confirm": "An administrator opens the link in the audit trail."}


def _source(unit_slug: str, provider: str) -> tuple[BusinessUnit, str]:
    keys = settings.ENCRYPTION_KEYS
    try:
        return event_sources.secret_of(unit_slug=unit_slug, provider=provider, keys=keys)
    except Refused as error:
        status = 404 if error.code == "no_such_webhook" else 503
        raise Declined(status, error.code, error.message) from error


def _reports(request: HttpRequest, provider: str, secret: str) -> list[email_events.Report]:
    try:
        request.body  # noqa: B018 - read once, here, so that its errors are told apart
        return read(provider, secret, request)
    except RequestDataTooBig as error:
        message = "The body is larger than this address takes."
        raise Declined(413, "too_large", message) from error
    except UnreadablePostError as error:
        raise Declined(400, "cut_off", "The body did not arrive whole.") from error
    except NotProved as error:
        asks = {"WWW-Authenticate": 'Basic realm="webhook"'}  # SNS sends its secret only then
        raise Declined(401, "not_proved", str(error), **asks) from error
    except Unreadable as error:
        message = f"This is not what the provider sends. {error}"
        raise Declined(400, "unreadable", message) from error
