"""What a unit knows of one address, read and written under its lock (product.md §6).

Prospects are locked before their address, as everywhere, so that an event and a sync never
wait for each other in a circle.
"""

from collections.abc import Sequence
from datetime import datetime

from syncapp.core.addresses import AddressFacts
from syncapp.store import db


def lock(unit_id: int, email_key: str, now: datetime) -> AddressFacts:
    """The facts of the lower-case address, made when nobody ever had it; locked until commit."""
    db.execute(
        "INSERT INTO syncapp_addressstate (unit_id, email_key, opted_out, complained, "
        "hard_bounced, soft_bounces, updated_at) VALUES (%s, %s, false, false, false, 0, %s) "
        "ON CONFLICT DO NOTHING",
        [unit_id, email_key, now],
    )
    rows = db.fetch(
        "SELECT opted_out, complained, hard_bounced, soft_bounces FROM syncapp_addressstate "
        "WHERE unit_id = %s AND email_key = %s FOR UPDATE",
        [unit_id, email_key],
    )
    return AddressFacts(*rows[0])


def write(unit_id: int, email_key: str, facts: AddressFacts, now: datetime) -> None:
    """Replace the facts of a locked address; a time is kept for as long as its fact lasts."""
    db.execute(
        "UPDATE syncapp_addressstate SET "
        "opted_out_at = CASE WHEN %(out)s THEN coalesce(opted_out_at, %(now)s) END, "
        "hard_bounced_at = CASE WHEN %(hard)s THEN coalesce(hard_bounced_at, %(now)s) END, "
        "opted_out = %(out)s, complained = %(complained)s, hard_bounced = %(hard)s, "
        "soft_bounces = %(soft)s, updated_at = %(now)s "
        "WHERE unit_id = %(unit)s AND email_key = %(key)s",
        {
            "unit": unit_id,
            "key": email_key,
            "out": facts.opted_out,
            "complained": facts.complained,
            "hard": facts.hard_bounced,
            "soft": facts.soft_bounces,
            "now": now,
        },
    )


def date_bounces(prospect_ids: Sequence[int], now: datetime) -> None:
    """Say since when the prospects are hard bounced; nothing for those that are not."""
    db.execute(
        "UPDATE syncapp_prospect SET hard_bounced_at = "
        "CASE WHEN hard_bounced THEN coalesce(hard_bounced_at, %s) END WHERE id = ANY(%s)",
        [now, list(prospect_ids)],
    )
