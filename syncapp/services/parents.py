"""Users and accounts of the org: what prospects inherit from records they are not linked to."""

from collections.abc import Sequence

from syncapp.core.owners import NOT_MAPPED
from syncapp.core.types import Row, Trigger
from syncapp.services import rules
from syncapp.services.context import Sync
from syncapp.store import org, retries


def take_users(sync: Sync, rows: Sequence[Row]) -> None:
    """Keep the org's users; map ours by equal email (seed 001) and reload the owners.

    Fields of users that lacked a mapping are tried again when there is another one.
    """
    org.keep_users(sync.connector.pk, rows)
    org.map_users_by_email(sync.connector.pk, sync.place.unit_id)
    before, now = sync.rules.owners.unit_user_of, rules.owners(sync.connector)
    sync.rules.owners.become(now)
    if now.unit_user_of != before:
        retries.retry(sync.place.unit_id, sync.now(), code=NOT_MAPPED)


def take_accounts(sync: Sync, rows: Sequence[Row]) -> None:
    """An account's name is its contacts' company: their prospects sync again."""
    ids = [row["Id"] for row in rows]
    org.mark_account_members(sync.place.unit_id, ids, Trigger.RECORD, sync.now())
