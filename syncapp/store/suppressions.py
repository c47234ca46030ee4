"""Addresses with what forbids to mail them, one row an address, from prospects and addresses."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

_ROWS = (
    "SELECT email_key, bool_or(opted_out), bool_or(do_not_email), bool_or(hard_bounced), "
    "max(soft_bounces), bool_or(held), coalesce(bool_and(archived), false), min(since) FROM ("
    "SELECT email_key, opted_out, do_not_email AND NOT archived AS do_not_email, hard_bounced, "
    "soft_bounces, held_opt_out AND NOT archived AS held, archived, "
    "CASE WHEN opted_out THEN opted_out_changed_at WHEN hard_bounced THEN hard_bounced_at END "
    "AS since FROM syncapp_prospect WHERE unit_id = %(unit)s AND email_key IS NOT NULL "
    "UNION ALL SELECT email_key, opted_out, false, hard_bounced, soft_bounces, false, NULL, "
    "coalesce(opted_out_at, hard_bounced_at) FROM syncapp_addressstate WHERE unit_id = %(unit)s"
    ") known"
)
# What decides mailability and is told in history; an email that changed brings its state along.
_TELLING = ("opted_out", "do_not_email", "hard_bounced", "soft_bounces", "archived", "email")
_CHANGED = (
    " WHERE email_key IN (SELECT p.email_key FROM syncapp_fieldchange c "
    "JOIN syncapp_prospect p ON p.id = c.prospect_id WHERE p.unit_id = %(unit)s "
    "AND c.unit_id = %(unit)s AND c.at >= %(since)s "
    "AND EXISTS (SELECT 1 FROM jsonb_array_elements(c.changes) one "
    "WHERE one->>'field' = ANY(%(telling)s) OR starts_with(one->>'field', 'crm_')) "
    "UNION SELECT email_key FROM syncapp_addressstate "
    "WHERE unit_id = %(unit)s AND updated_at >= %(since)s "
    "UNION SELECT p.email_key FROM syncapp_conflict c JOIN syncapp_prospect p "
    "ON p.id = c.prospect_id WHERE c.unit_id = %(unit)s AND c.kind = 'held_by_guard' "
    "AND c.updated_at >= %(since)s "
    "UNION SELECT email_key FROM syncapp_prospect "
    "WHERE unit_id = %(unit)s AND created_at >= %(since)s)"
)
_ONE = " WHERE email_key = %(email)s"
_ORDER = " GROUP BY email_key ORDER BY email_key"
CHUNK = 5000


def addresses(
    unit_id: int, since: datetime | None = None, email: str | None = None
) -> Iterator[tuple[Any, ...]]:
    """(address, opted out, DNE, hard bounced, soft bounces, held, in the bin, since) by address.

    `since` limits it to addresses about which something of this changed from then on, `email`
    (in lower case) to one address. Streams.
    """
    told = {"unit": unit_id, "since": since, "telling": list(_TELLING), "email": email}
    chosen = _CHANGED if since else _ONE if email is not None else ""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS + chosen + _ORDER, told)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
