"""User mapping as a run reads it, and a prospect field that holds a user (seed 001, F6).

A field of type user holds the email of a user of the unit; a lookup to User in Salesforce holds the
Id of the user that they are mapped to.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Self

from syncapp.core.storable import Unstorable
from syncapp.core.types import Value
from syncapp.core.values import NotMapped, text

NOT_MAPPED = NotMapped.code
INACTIVE = "INACTIVE_OWNER_OR_USER"


@dataclass(slots=True)
class Owners:
    """User mapping both ways, plus who is inactive (seed 001, "Mapping Users")."""

    unit_user_of: dict[str, int] = field(default_factory=dict)  # Salesforce user Id -> unit user
    salesforce_user_of: dict[int, str] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    emails: dict[int, str] = field(default_factory=dict)  # of every user of the unit
    usernames: dict[str, str] = field(default_factory=dict)  # Salesforce user Id -> username

    def become(self, other: Self) -> None:
        """Take over another mapping, for everybody who holds this one."""
        for one in fields(self):
            setattr(self, one.name, getattr(other, one.name))


def user_reader(owners: Owners) -> Callable[[object], Value]:
    """Salesforce's user Id as the email of the unit's user; an email is one already."""

    def read(raw: object) -> Value:
        found = text(raw)
        if found is None or "@" in found:
            return found
        user = owners.unit_user_of.get(found)
        if user is None:
            raise NotMapped(
                f"The Salesforce user {owners.usernames.get(found, found)} is mapped to no user "
                "of the unit. Map them on the Users page; until then the field stays as it is."
            )
        return owners.emails[user]

    return read


def user_id(owners: Owners, label: str, email: Value) -> Value:
    """The Id of the Salesforce user whom the unit's user is mapped to; raises Unstorable."""
    if email is None:
        return None
    wanted = str(email).lower()
    mine = (pk for pk, known in owners.emails.items() if known.lower() == wanted)
    found = owners.salesforce_user_of.get(next(mine, 0))
    if found is None:
        raise Unstorable(
            NOT_MAPPED,
            f"{label}: {email} is mapped to no Salesforce user. Map them on the Users page, or "
            "choose somebody else.",
        )
    if found in owners.inactive:
        raise Unstorable(
            INACTIVE,
            f"{label}: the Salesforce user of {email} is inactive. Choose somebody else, or map "
            "them to an active Salesforce user.",
        )
    return found
