"""Who am I: /services/oauth2/userinfo and the identity URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..answer import Answer
from ..errors import not_found
from ..ids import long_id

if TYPE_CHECKING:
    from ..org import Org

COLUMNS = (
    "Username", "Name", "FirstName", "LastName", "Email", "CommunityNickname", "IsActive",
    "TimeZoneSidKey", "LocaleSidKey", "LanguageLocaleKey", "LastModifiedDate", "ProfileId",
)  # fmt: skip


def person_of(org: Org, user_id: str) -> dict[str, Any]:
    """What the org knows about a user; NOT_FOUND when there is none."""
    listed = ", ".join(f'"{name}"' for name in COLUMNS)
    row = org.db.read.execute(f'SELECT {listed} FROM "User" WHERE "Id" = ?', [user_id]).fetchone()
    if row is None:
        raise not_found()
    return dict(zip(COLUMNS, row, strict=True))


def urls(base: str, org_id: str, user_id: str) -> dict[str, str]:
    """Where the APIs are; `{version}` is the caller's to fill."""
    soap, rest = f"{base}/services/Soap", f"{base}/services/data/v{{version}}/"
    return {
        "enterprise": f"{soap}/c/{{version}}/{org_id[:15]}",
        "metadata": f"{soap}/m/{{version}}/{org_id[:15]}",
        "partner": f"{soap}/u/{{version}}/{org_id[:15]}",
        "rest": rest,
        "sobjects": f"{rest}sobjects/",
        "search": f"{rest}search/",
        "query": f"{rest}query/",
        "recent": f"{rest}recent/",
        "tooling_soap": f"{soap}/T/{{version}}/{org_id[:15]}",
        "tooling_rest": f"{rest}tooling/",
        "profile": f"{base}/{user_id}",
        "custom_domain": base,
    }


def _shared(org: Org, user_id: str, person: dict[str, Any], base: str) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "organization_id": org.organization_id,
        "email": person["Email"],
        "email_verified": True,
        "active": bool(person["IsActive"]),
        "user_type": "STANDARD",
        "language": person["LanguageLocaleKey"],
        "locale": person["LocaleSidKey"],
        "utcOffset": 0,
        "is_app_installed": True,
        "urls": urls(base, org.organization_id, user_id),
    }


def user_info(org: Org, user_id: str, base: str) -> Answer:
    """GET /services/oauth2/userinfo."""
    person = person_of(org, user_id)
    return Answer(
        200,
        {
            "sub": f"{base}/id/{org.organization_id}/{user_id}",
            "preferred_username": person["Username"],
            "nickname": person["CommunityNickname"],
            "name": person["Name"],
            "given_name": person["FirstName"],
            "family_name": person["LastName"],
            "zoneinfo": person["TimeZoneSidKey"],
            "updated_at": person["LastModifiedDate"],
            **_shared(org, user_id, person, base),
        },
    )


def identity(org: Org, asked_org: str, asked_user: str, base: str) -> Answer:
    """GET /id/ORG/USER."""
    user_id = long_id(asked_user) or ""
    if long_id(asked_org) != org.organization_id:
        raise not_found()
    person = person_of(org, user_id)
    return Answer(
        200,
        {
            "id": f"{base}/id/{org.organization_id}/{user_id}",
            "asserted_user": True,
            "username": person["Username"],
            "nick_name": person["CommunityNickname"],
            "display_name": person["Name"],
            "first_name": person["FirstName"],
            "last_name": person["LastName"],
            "timezone": person["TimeZoneSidKey"],
            "last_modified_date": person["LastModifiedDate"],
            **_shared(org, user_id, person, base),
        },
    )
