"""User mapping: which Account Engagement user is which Salesforce user.

Source: product.md F6, seed 001 "Mapping Users", reference/account-engagement.md §6. By hand beats
automatic; automatic is by equal email. Prospects of unmapped users go to the connector user.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncapp.core.rules import Owners
from syncapp.core.types import ErrorNote


@dataclass(frozen=True, slots=True)
class OwnUser:
    """A user of the unit; `salesforce_username` is the mapping made by hand, if any."""

    id: int
    email: str
    salesforce_username: str | None = None


@dataclass(frozen=True, slots=True)
class OrgUser:
    """A user of the Salesforce org."""

    id: str
    username: str
    email: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Mapped:
    """One mapping, and whether it was made by hand."""

    own: OwnUser
    org: OrgUser
    by_hand: bool


def map_users(own: Sequence[OwnUser], org: Iterable[OrgUser]) -> list[Mapped]:
    """Every mapping of the unit. A Salesforce user belongs to one user of the unit only.

    A user who is mapped by hand to nobody in the org stays unmapped rather than be guessed.
    """
    theirs = sorted(org, key=lambda user: (not user.active, user.username.lower(), user.id))
    by_name = {user.username.lower(): user for user in theirs}
    found = []
    for user in own:
        named = by_name.get((user.salesforce_username or "").lower())
        if named is not None:
            found.append(Mapped(user, named, by_hand=True))
    taken = {mapped.org.id for mapped in found}
    for user in own:
        same = (o for o in theirs if o.id not in taken and o.email.lower() == user.email.lower())
        match = None if user.salesforce_username else next(same, None)
        if match is not None:
            taken.add(match.id)
            found.append(Mapped(user, match, by_hand=False))
    return found


def owners(own: Sequence[OwnUser], org: Sequence[OrgUser]) -> Owners:
    """The mapping as a run reads it."""
    mapped = map_users(own, org)
    return Owners(
        unit_user_of={m.org.id: m.own.id for m in mapped},
        salesforce_user_of={m.own.id: m.org.id for m in mapped},
        inactive=frozenset(user.id for user in org if not user.active),
        emails={user.id: user.email for user in own},
    )


def owner_of_new_record(
    assigned_user: int | None, owners: Owners, connector_user_id: str
) -> str | ErrorNote:
    """Who owns a record that we create: the mapped user, else the connector user (seed 001).

    An inactive user cannot own records: a sync error, so that nobody is passed over silently.
    """
    owner = None if assigned_user is None else owners.salesforce_user_of.get(assigned_user)
    if owner is None:
        return connector_user_id
    if owner in owners.inactive:
        message = (
            f"The assigned user's Salesforce user {owner} is inactive and cannot own a record. "
            "Assign the prospect to somebody else, or map the user to an active Salesforce user."
        )
        return ErrorNote("INACTIVE_OWNER_OR_USER", message, "assigned_user")
    return owner
