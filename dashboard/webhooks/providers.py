"""django-anymail's readers of tracking webhooks, told a unit's secret and nothing else.

Only their checks and parsers are used: no signal, no settings, no call to a provider.
"""

import hashlib
import json
import warnings
from collections.abc import Callable
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from anymail.exceptions import AnymailNotSupportedWarning, AnymailWebhookValidationFailure
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from django.http import HttpRequest

from syncapp.core.provider_events import meaning
from syncapp.services.email_events import Report


class NotProved(Exception):
    """The request does not prove that it is the provider's."""


class Unreadable(Exception):
    """The request is the provider's, but not what it sends."""


class _Ses(AmazonSESTrackingWebhookView):  # type: ignore[misc]  # its package has no types
    """Anymail's reader, without the AWS client that would confirm subscriptions by itself."""

    def __init__(self, secret: str) -> None:
        self.auto_confirm_enabled = False
        AnymailBaseWebhookView.__init__(self, webhook_secret=secret)


def _sendgrid(secret: str) -> SendGridTrackingWebhookView:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnymailNotSupportedWarning)  # known: requirements/base.in
        view: type[Any] = SendGridTrackingWebhookView
        if not hasattr(view, view.key_setting_name):
            setattr(view, view.key_setting_name, None)
        return SendGridTrackingWebhookView(tracking_webhook_verification_key=secret)


_READERS: dict[str, Callable[[str], Any]] = {
    "ses": _Ses,
    "postmark": lambda secret: PostmarkTrackingWebhookView(webhook_secret=secret),
    "sendgrid": _sendgrid,
    "mailgun": lambda secret: MailgunTrackingWebhookView(webhook_signing_key=secret, api_key=None),
}


def read(provider: str, secret: str, request: HttpRequest) -> list[Report]:
    """The reports of a request; raises NotProved or Unreadable.

    The secret is asked for before anything is parsed: validators run from the base class on.
    """
    reader = _READERS[provider](secret)
    try:
        for validate in reversed(reader.validators):
            validate(reader, request)
        if provider == "mailgun" and request.content_type != "application/json":
            raise Unreadable("Mailgun's old form posts are not taken; use its webhooks of today.")
        events = list(reader.parse_events(request))
        return [_report(provider, event) for event in events]
    except AnymailWebhookValidationFailure as error:
        raise NotProved(str(error)) from error
    except Unreadable:
        raise
    except Exception as error:  # whatever a parser trips over: it is the body that is wrong
        raise Unreadable(f"{type(error).__name__}: {error}"[:300]) from error


def confirmation(provider: str, request: HttpRequest) -> str:
    """The address that confirms an SNS topic's subscription, when SES asks for that; else ""."""
    kind = request.headers.get("X-Amz-Sns-Message-Type")
    if provider != "ses" or kind != "SubscriptionConfirmation":
        return ""
    link = str(json.loads(request.body).get("SubscribeURL", ""))
    return link[:1000] if link.startswith("https://") and link.isprintable() else ""


def _report(provider: str, event: Any) -> Report:
    raw = event.esp_event
    at: datetime | None = event.timestamp
    return Report(
        event=meaning(provider, str(event.event_type), raw),
        email=parseaddr(str(event.recipient or ""))[1],
        id=_id(provider, event),
        message=str(event.message_id or ""),
        at=at,
    )


def _id(provider: str, event: Any) -> str:
    """The provider's id of the event, the same in every retry; without one, a digest of it all."""
    raw = event.esp_event
    if provider == "mailgun":  # anymail's is new in every retry; the event's own is once a day
        own = raw["event-data"]
        return f"{own['id']} {own['timestamp']}"
    return str(event.event_id or hashlib.sha256(_text(raw)).hexdigest())


def _text(raw: Any) -> bytes:
    return json.dumps(raw, sort_keys=True, default=str).encode()
