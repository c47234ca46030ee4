"""What we keep of the org itself: its users, and which prospects an account concerns."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from syncapp.core.types import Row, Trigger
from syncapp.store import db

_USER = [
    ("user_id", "text"),
    ("username", "text"),
    ("email", "text"),
    ("name", "text"),
    ("is_active", "boolean"),
]


@transaction.atomic
def keep_users(connector_id: int, rows: Sequence[Row]) -> int:
    """Insert or refresh the org's users; how many are new or differ."""
    latest = {row["Id"]: row for row in rows if not row.get("IsDeleted")}
    staged = [
        (i, r["Username"], r.get("Email") or "", r.get("Name") or "", bool(r["IsActive"]))
        for i, r in latest.items()
    ]
    db.stage("t_user", _USER, staged)
    return db.execute(
        "INSERT INTO syncapp_salesforceuser AS u "
        "(connector_id, user_id, username, email, name, is_active) "
        "SELECT %s, user_id, username, email, name, is_active FROM t_user "
        "ON CONFLICT (connector_id, user_id) DO UPDATE SET username = excluded.username, "
        "email = excluded.email, name = excluded.name, is_active = excluded.is_active "
        "WHERE (u.username, u.email, u.name, u.is_active) IS DISTINCT FROM "
        "(excluded.username, excluded.email, excluded.name, excluded.is_active)",
        [connector_id],
    )


def map_users_by_email(connector_id: int, unit_id: int) -> int:
    """Map our unmapped users to the Salesforce user with the same email, each at most once."""
    return db.execute(
        "UPDATE syncapp_unituser m SET salesforce_username = f.username, version = m.version + 1 "
        "FROM (SELECT DISTINCT ON (lower(email)) lower(email) AS email, username "
        "        FROM syncapp_salesforceuser WHERE connector_id = %s AND is_active AND email <> '' "
        "       ORDER BY lower(email), user_id) f "
        "WHERE m.unit_id = %s AND m.salesforce_username IS NULL AND lower(m.email) = f.email "
        "AND NOT EXISTS (SELECT 1 FROM syncapp_unituser o WHERE o.unit_id = m.unit_id "
        "  AND lower(o.salesforce_username) = lower(f.username))",
        [connector_id, unit_id],
    )


def mark_account_members(
    unit_id: int, account_ids: Sequence[str], trigger: Trigger, at: datetime
) -> int:
    """Ask for a sync of every prospect whose contact belongs to one of the accounts."""
    return db.execute(
        "UPDATE syncapp_prospectlink SET pending = coalesce(pending, %s), pending_at = %s "
        "WHERE unit_id = %s AND account_id = ANY(%s) AND contact_id IS NOT NULL "
        "AND state = 'linked'",
        [trigger.value, at, unit_id, list(account_ids)],
    )
