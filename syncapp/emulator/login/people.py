"""Who may log in: by username, and with the password where one is asked for."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from ..users import PASSWORD, SECURITY_TOKEN

if TYPE_CHECKING:
    from ..org import Org

NOT_APPROVED = "user hasn't approved this consumer"


class LoginRefusedError(Exception):
    """OAuth's word for the refusal and its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


def active_user(org: Org, username: str) -> str:
    """The id of a user who may log in."""
    user_id = org.find_user(username)
    person = org.person(user_id) if user_id else None
    if user_id is None or person is None:
        raise LoginRefusedError("invalid_grant", NOT_APPROVED)
    if not person["IsActive"]:
        raise LoginRefusedError("invalid_grant", "inactive user")
    return user_id


def user_with_password(org: Org, username: str, password: str) -> str:
    """The same for a password, which the security token follows as it must from unknown places."""
    right = hmac.compare_digest(password.encode(), (PASSWORD + SECURITY_TOKEN).encode())
    if not right:
        raise LoginRefusedError("invalid_grant", "authentication failure")
    return active_user(org, username)
