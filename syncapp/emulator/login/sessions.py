"""Sessions: which token acts as which user. They survive restart and reset."""

from __future__ import annotations

import secrets

from ..database import Database
from ..errors import refuse


class Sessions:
    """The open sessions."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._users: dict[str, str] = db.load("sessions", {})
        self._refresh: dict[str, str] = db.load("refresh_tokens", {})

    def open(self, org_id: str, user_id: str) -> str:
        """A new token for the user."""
        token = f"{org_id[:15]}!{secrets.token_urlsafe(48)}"
        self._users[token] = user_id
        self.remember()
        return token

    def refresh_token(self, user_id: str) -> str:
        """A token that opens sessions for the user, as a web login would leave behind."""
        token = f"5Aep{secrets.token_urlsafe(48)}"
        self._refresh[token] = user_id
        self.remember()
        return token

    def user_of_refresh(self, token: str) -> str | None:
        """The user behind a refresh token."""
        return self._refresh.get(token)

    def remember(self) -> None:
        """Writes the tokens down (again, after the database started over)."""
        self._db.save("sessions", self._users)
        self._db.save("refresh_tokens", self._refresh)

    def user_of(self, token: str) -> str:
        """The user behind a token, or INVALID_SESSION_ID."""
        user_id = self._users.get(token)
        if user_id is None:
            raise refuse(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return user_id

    def end(self, token: str) -> bool:
        """Expires one token; whether there was one."""
        ended = (self._users.pop(token, None) or self._refresh.pop(token, None)) is not None
        self.remember()
        return ended


def bearer(authorization: str) -> str:
    """The token of `Bearer <token>` (or `OAuth <token>`), empty when there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "oauth") else ""
