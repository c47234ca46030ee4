"""What the four providers post, as their documentation shows it, signed as they sign it."""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SENDGRID = ec.generate_private_key(ec.SECP256R1())
MAILGUN = "key-of-mailgun"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEYS = {
    "mailgun": MAILGUN,
    "sendgrid": base64.b64encode(
        SENDGRID.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode(),
}


def body(provider: str, event: str, email: str, at: datetime = NOON, uid: str = "") -> Any:
    """The provider's JSON of `event` (a core Event); the same `uid` is the same event."""
    uid = uid or uuid.uuid4().hex
    return _BODIES[provider](event, email, at, uid)


def _ses(event: str, email: str, at: datetime, uid: str) -> Any:
    kind = "Permanent" if event == "hard_bounce" else "Transient"
    who = [{"emailAddress": email}]
    old, new = (event == "resubscribe"), (event == "unsubscribe")
    told = {
        "complaint": {"eventType": "Complaint", "complaint": {"complainedRecipients": who}},
        "unsubscribe": {
            "eventType": "Subscription",
            "subscription": {
                "source": "UnsubscribeHeader",
                "oldTopicPreferences": {"unsubscribeAll": old},
                "newTopicPreferences": {"unsubscribeAll": new},
            },
        },
        "delivery": {"eventType": "Delivery", "delivery": {"recipients": [email]}},
    }
    told["resubscribe"] = told["unsubscribe"]
    bounce = {
        "eventType": "Bounce",
        "bounce": {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": who},
    }
    message = {**told.get(event, bounce), "mail": {"destination": [email], "messageId": f"m{uid}"}}
    return {
        "Type": "Notification",
        "MessageId": uid,
        "Timestamp": at.isoformat(),
        "Message": json.dumps(message),
    }


def _postmark(event: str, email: str, at: datetime, uid: str) -> Any:
    if event in ("unsubscribe", "resubscribe"):
        return {
            "RecordType": "SubscriptionChange",
            "MessageID": uid,
            "Recipient": email,
            "ChangedAt": at.isoformat(),
            "Origin": "Recipient",
            "SuppressSending": event == "unsubscribe",
            "SuppressionReason": "ManualSuppression" if event == "unsubscribe" else None,
        }
    if event == "delivery":
        return {"RecordType": "Delivery", "Recipient": email, "DeliveredAt": at.isoformat()}
    kinds = {"hard_bounce": "HardBounce", "soft_bounce": "SoftBounce", "complaint": "SpamComplaint"}
    record = "SpamComplaint" if event == "complaint" else "Bounce"
    return {
        "RecordType": record,
        "ID": uid,
        "Type": kinds[event],
        "MessageID": f"m{uid}",
        "Email": email,
        "BouncedAt": at.isoformat(),
    }


def _sendgrid(event: str, email: str, at: datetime, uid: str) -> Any:
    kinds = {
        "hard_bounce": {"event": "bounce", "type": "bounce"},
        "soft_bounce": {"event": "bounce", "type": "blocked"},
        "complaint": {"event": "spamreport"},
        "unsubscribe": {"event": "unsubscribe"},
        "resubscribe": {"event": "group_resubscribe"},
        "delivery": {"event": "delivered"},
    }
    told = {"email": email, "timestamp": int(at.timestamp()), "sg_event_id": uid}
    return [{**told, "smtp-id": f"<m{uid}>", **kinds[event]}]


def _mailgun(event: str, email: str, at: datetime, uid: str) -> Any:
    kinds = {
        "hard_bounce": {"event": "failed", "severity": "permanent", "reason": "bounce"},
        "soft_bounce": {"event": "failed", "severity": "permanent", "reason": "old"},
        "complaint": {"event": "complained"},
        "unsubscribe": {"event": "unsubscribed"},
        "delivery": {"event": "delivered"},
    }
    message = {"headers": {"message-id": f"m{uid}"}}
    told = {"id": uid, "timestamp": at.timestamp(), "recipient": email, "message": message}
    return {"event-data": {**told, **kinds[event]}}


_BODIES = {"ses": _ses, "postmark": _postmark, "sendgrid": _sendgrid, "mailgun": _mailgun}


def signed(provider: str, secret: str, content: Any) -> tuple[bytes, dict[str, str]]:
    """Body and headers as the provider sends them, proved by what it was given."""
    headers: dict[str, str] = {}
    if provider == "mailgun":
        token, moment = uuid.uuid4().hex, "1732104000"
        mark = hmac.new(MAILGUN.encode(), f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
        block = {"token": token, "timestamp": moment, "signature": mark}
        content = {**content, "signature": block} if isinstance(content, dict) else content
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    if provider == "sendgrid":
        mark = SENDGRID.sign(b"1732104000" + raw, ec.ECDSA(hashes.SHA256()))
        headers["X-Twilio-Email-Event-Webhook-Signature"] = base64.b64encode(mark).decode()
        headers["X-Twilio-Email-Event-Webhook-Timestamp"] = "1732104000"
    if provider in ("ses", "postmark"):
        headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    if provider == "ses" and isinstance(content, dict):
        headers["X-Amz-Sns-Message-Type"] = str(content.get("Type"))
        headers["X-Amz-Sns-Message-Id"] = str(content.get("MessageId"))
    return raw, headers
