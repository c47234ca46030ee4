"""The demo's two business units as configuration files: one org, seen in two ways.

EMEA is as units were years ago (v1, its own connector user, before the mailability upgrade);
Americas is as new ones are (v2, integration user, Marketing Data Sharing). Everybody is invented.
"""

from typing import Any

EMEA, AMERICAS = "emea", "americas"
CONNECTOR_USER = "emea-connector@syncline.example"
PREFERRED_LANGUAGE = "Preferred_Language__c"  # a custom field of the demo's org
USERS = {
    "ann": "Ann Berg",
    "ben": "Ben Okafor",
    "carla": "Carla Mendes",
    "deniz": "Deniz Kaya",
    "emil": "Emil Novak",
    "fay": "Fay Tanaka",
}


def documents(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both units (interface.md §4), their connectors logging in to the org at `url`."""
    return _emea(url), _americas(url)


def address(slug: str, url: str) -> dict[str, Any]:
    """Nothing but where the org of an existing unit is today."""
    return {"business_unit": {"slug": slug}, "connector": {"login": {"url": url}}}


def _emea(url: str) -> dict[str, Any]:
    language = {"lead": PREFERRED_LANGUAGE, "contact": PREFERRED_LANGUAGE}
    return {
        "business_unit": {
            "slug": EMEA,
            "name": "EMEA",
            "mailability_model": "legacy",
            "legacy_sync_behavior": True,
        },
        "connector": {
            "version": 1,
            "state": "verified",
            "login": _login(url, "syncline-emea", "SYNCLINE_SF_SECRET_EMEA"),
            "connector_user": CONNECTOR_USER,
            "change_emails_from_salesforce": True,
        },
        "users": _users(),
        "custom_fields": {
            "preferred_language": {"label": "Preferred Language", "type": "text", **language}
        },
    }


def _americas(url: str) -> dict[str, Any]:
    rule = {"field": "Region__c", "values": ["Americas"]}
    return {
        "business_unit": {
            "slug": AMERICAS,
            "name": "Americas",
            "allow_multiple_prospects_per_email": True,
        },
        "connector": {
            "version": 2,
            "state": "running",
            "login": _login(url, "syncline", "SYNCLINE_SF_SECRET"),
            "guards": {"hold_remailable": True},
        },
        "users": _users(),
        "sharing": [{"object": "lead", **rule}, {"object": "contact", **rule}],
        "fields": {
            "opted_out": {"behavior": "most_recent_field"},
            "job_title": {"behavior": "most_recent_record"},
            "employees": {"behavior": "account_engagement"},
        },
    }


def _login(url: str, client: str, secret: str) -> dict[str, str]:
    return {
        "method": "client_credentials",
        "url": url,
        "client_id": client,
        "client_secret_env": secret,
    }


def _users() -> list[dict[str, str]]:
    return [
        {"email": email, "name": name, "salesforce_username": email}
        for email, name in ((f"{key}@example.com", name) for key, name in USERS.items())
    ]
