"""login, logout and getUserInfo of the partner API. login is gone from version 65 on."""

from __future__ import annotations

from typing import Any

from ..answer import Answer, Call
from ..errors import refuse
from ..login.identity import person_of, urls
from ..login.people import LoginRefusedError, user_with_password
from ..xmltext import Node
from .envelope import answer, read

LAST_WITH_LOGIN = 64
WRONG = "Invalid username, password, security token; or user locked out."
SESSION_SECONDS = 7_200


def login(call: Call, operation: Node) -> Answer:
    """A session for a username and a password with the security token behind it."""
    if float(call.version) > LAST_WITH_LOGIN:
        raise refuse(
            500,
            "UNSUPPORTED_API_VERSION",
            f"SOAP API login() is not available in API version {call.version}; it ends with "
            f"version {LAST_WITH_LOGIN}.0. Use OAuth",
        )
    username, password = (operation.value(key) or "" for key in ("username", "password"))
    try:
        user_id = user_with_password(call.org, username, password)
    except LoginRefusedError:
        raise refuse(500, "INVALID_LOGIN", WRONG) from None
    org_id = call.org.organization_id
    own = urls(call.base_url, org_id, user_id)
    result = {
        "metadataServerUrl": own["metadata"].format(version=call.version),
        "passwordExpired": False,
        "sandbox": True,
        "serverUrl": own["partner"].format(version=call.version),
        "sessionId": call.org.sessions.open(org_id, user_id),
        "userId": user_id,
        "userInfo": _user_info(call, user_id),
    }
    return answer("login", result)


def logout(call: Call, _: Node) -> Answer:
    """Ends the session of the header."""
    call.org.sessions.end(read(call).session)
    return answer("logout", None)


def get_user_info(call: Call, _: Node) -> Answer:
    """Who the session acts as."""
    return answer("getUserInfo", _user_info(call, call.user_id))


def get_server_timestamp(call: Call, _: Node) -> Answer:
    """The org's time."""
    return answer("getServerTimestamp", {"timestamp": call.org.clock.stamp()})


def _user_info(call: Call, user_id: str) -> dict[str, Any]:
    person = person_of(call.org, user_id)
    return {
        "accessibilityMode": False,
        "currencySymbol": "$",
        "organizationId": call.org.organization_id,
        "organizationMultiCurrency": False,
        "organizationName": "Syncline Example Org",
        "profileId": person["ProfileId"],
        "roleId": None,
        "sessionSecondsValid": SESSION_SECONDS,
        "userDefaultCurrencyIsoCode": None,
        "userEmail": person["Email"],
        "userFullName": person["Name"],
        "userId": user_id,
        "userLanguage": person["LanguageLocaleKey"],
        "userLocale": person["LocaleSidKey"],
        "userName": person["Username"],
        "userTimeZone": person["TimeZoneSidKey"],
        "userType": "Standard",
    }
