"""Load prospects and their links as core types, set-wise.

`lock=True` takes FOR NO KEY UPDATE in id order, so that parallel pages never deadlock and an edit
by hand waits for the page (architecture.md rule 5).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from syncapp.core.creation import AddressFacts
from syncapp.core.types import Agreed, Link, LinkState, Prospect, Trigger
from syncapp.core.writing import UNDONE
from syncapp.store import db
from syncapp.store.columns import split

_HEAD = (
    "p.id, p.email, p.version, p.archived, p.assigned_user_id, p.hard_bounced, p.soft_bounces, "
    "p.complained, p.held_opt_out, p.record_changed_at, p.opted_out_changed_at, "
    "l.state, l.lead_id, l.contact_id, l.account_id, l.reason, l.known_match, "
    "l.created_by_connector, l.record_created_at, l.others_changed_at, l.consent_epoch, "
    "l.pending, l.pending_at, l.base"
)
_FIRST_VALUE = 24
_STATES = {state.value: state for state in LinkState}
_TRIGGERS: dict[str | None, Trigger | None] = {None: None, **{t.value: t for t in Trigger}}


class Loader:
    """Loads prospects of one unit with the values that its rules read."""

    def __init__(self, unit_id: int, keys: Iterable[str]) -> None:
        wanted = dict.fromkeys([*keys, "email", "opted_out", "do_not_email"])
        self.unit_id = unit_id
        self.default, self.custom = split(wanted)
        tail = "".join(f', p."{key}"' for key in self.default)
        if self.custom:
            tail += ", p.custom"
        self._select = (
            f"SELECT {_HEAD}{tail} FROM syncapp_prospect p "
            "JOIN syncapp_prospectlink l ON l.prospect_id = p.id"
        )

    def by_ids(self, ids: Sequence[int], *, lock: bool = False) -> list[Prospect]:
        """Prospects by id, in id order."""
        return self._load("p.unit_id = %s AND p.id = ANY(%s)", [self.unit_id, list(ids)], lock)

    def by_records(self, record_ids: Sequence[str], *, lock: bool = False) -> list[Prospect]:
        """Prospects linked to one of the CRM IDs (lead or contact)."""
        linked = (
            "SELECT prospect_id FROM syncapp_prospectlink WHERE unit_id = %s AND lead_id = ANY(%s) "
            "UNION SELECT prospect_id FROM syncapp_prospectlink "
            "WHERE unit_id = %s AND contact_id = ANY(%s)"
        )
        params = [self.unit_id, list(record_ids)]
        where = f"p.unit_id = %s AND p.id = ANY(ARRAY({linked}))"
        return self._load(where, [self.unit_id, *params, *params], lock)

    def by_emails(self, emails: Sequence[str], *, lock: bool = False) -> list[Prospect]:
        """Prospects with one of the (lower-case) emails, recycle bin included, in id order."""
        if not emails:
            return []
        where = "p.unit_id = %s AND p.email_key = ANY(%s)"
        return self._load(where, [self.unit_id, list(emails)], lock)

    def _load(self, where: str, params: Sequence[object], lock: bool) -> list[Prospect]:
        tail = " FOR NO KEY UPDATE OF p" if lock else ""
        rows = db.fetch(f"{self._select} WHERE {where} ORDER BY p.id{tail}", params)
        return [self._build(row) for row in rows]

    def _build(self, row: tuple[Any, ...]) -> Prospect:
        values = dict(zip(self.default, row[_FIRST_VALUE:], strict=False))
        if self.custom:
            held = db.loads(row[-1])
            for key in self.custom:
                values[key] = held.get(key)
        base = row[23]
        return Prospect(
            row[0],
            row[1],
            values,
            row[2],
            row[3],
            row[4],
            row[5],
            row[6],
            row[7],
            row[8],
            row[9],
            row[10],
            Link(
                _STATES[row[11]],
                row[12],
                row[13],
                row[14],
                row[15],
                row[16],
                row[17],
                row[18],
                row[19],
                row[20],
                _TRIGGERS[row[21]],
                row[22],
                {} if base == "{}" else read_base(base),
            ),
        )


def read_base(text: str) -> dict[str, Agreed]:
    """The `base` column as core reads it."""
    return {key: Agreed(*entry) for key, entry in db.loads(text).items()}


def pending_ids(unit_id: int, limit: int, after: int = 0) -> list[tuple[int, bool]]:
    """(prospect id, consent waits) of prospects that changed here and are not being delivered."""
    return db.fetch(
        "SELECT l.prospect_id, l.pending_consent FROM syncapp_prospectlink l "
        "WHERE l.unit_id = %s AND l.pending IS NOT NULL AND l.prospect_id > %s AND NOT EXISTS "
        "(SELECT 1 FROM syncapp_outboundchange o WHERE o.prospect_id = l.prospect_id "
        " AND o.pending_at IS NOT DISTINCT FROM l.pending_at) "
        "ORDER BY l.prospect_id LIMIT %s",
        [unit_id, after, limit],
    )


def pending_consent_ids(unit_id: int, limit: int, after: int = 0) -> list[int]:
    """Prospects whose opt-out waits to travel: they go before all others."""
    rows = db.fetch(
        "SELECT l.prospect_id FROM syncapp_prospectlink l "
        "WHERE l.unit_id = %s AND l.pending IS NOT NULL AND l.pending_consent "
        "AND l.prospect_id > %s AND NOT EXISTS "
        "(SELECT 1 FROM syncapp_outboundchange o WHERE o.prospect_id = l.prospect_id "
        " AND o.pending_at IS NOT DISTINCT FROM l.pending_at) "
        "ORDER BY l.prospect_id LIMIT %s",
        [unit_id, after, limit],
    )
    return [row[0] for row in rows]


def still_pending(prospect_ids: Sequence[int]) -> list[int]:
    """Those of the prospects that wait for a sync and are not being delivered."""
    rows = db.fetch(
        "SELECT l.prospect_id FROM syncapp_prospectlink l "
        "WHERE l.prospect_id = ANY(%s) AND l.pending IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM syncapp_outboundchange o WHERE o.prospect_id = l.prospect_id "
        " AND o.pending_at IS NOT DISTINCT FROM l.pending_at) ORDER BY l.prospect_id",
        [list(prospect_ids)],
    )
    return [row[0] for row in rows]


def linked_ids(unit_id: int, after: int, limit: int) -> list[int]:
    """The next prospects that sync with a record, by id."""
    rows = db.fetch(
        "SELECT l.prospect_id FROM syncapp_prospectlink l "
        "JOIN syncapp_prospect p ON p.id = l.prospect_id "
        "WHERE l.unit_id = %s AND l.prospect_id > %s AND l.state = 'linked' "
        "AND l.reason IS NULL AND NOT p.archived ORDER BY l.prospect_id LIMIT %s",
        [unit_id, after, limit],
    )
    return [row[0] for row in rows]


def linked_elsewhere(unit_id: int, record_ids: Sequence[str]) -> frozenset[str]:
    """Which of the CRM IDs a prospect of the unit already holds."""
    rows = db.fetch(
        "SELECT unnest(ARRAY[lead_id, contact_id]) FROM syncapp_prospectlink "
        "WHERE unit_id = %s AND (lead_id = ANY(%s) OR contact_id = ANY(%s))",
        [unit_id, list(record_ids), list(record_ids)],
    )
    return frozenset(row[0] for row in rows if row[0])


def addresses(unit_id: int, emails: Sequence[str]) -> dict[str, AddressFacts]:
    """What the unit knows of the (lower-case) addresses."""
    if not emails:
        return {}
    rows = db.fetch(
        "SELECT email_key, opted_out, complained, hard_bounced, soft_bounces "
        "FROM syncapp_addressstate WHERE unit_id = %s AND email_key = ANY(%s)",
        [unit_id, list(emails)],
    )
    return {row[0]: AddressFacts(*row[1:]) for row in rows}


def named(unit_id: int, ids: Sequence[int], emails: Sequence[str]) -> list[int]:
    """Who has one of the ids, or one of the (lower-case) emails or shares one with them."""
    rows = db.fetch(
        "SELECT id FROM syncapp_prospect WHERE unit_id = %(unit)s AND id = ANY(%(ids)s) "
        "UNION SELECT id FROM syncapp_prospect WHERE unit_id = %(unit)s "
        "AND email_key = ANY(%(emails)s) "
        "UNION SELECT s.id FROM syncapp_prospect p JOIN syncapp_prospect s "
        "ON s.unit_id = p.unit_id AND s.email_key = p.email_key "
        "WHERE p.unit_id = %(unit)s AND p.id = ANY(%(ids)s)",
        {"unit": unit_id, "ids": list(ids), "emails": list(emails)},
    )
    return [row[0] for row in rows]


def emails_of(unit_id: int, ids: Sequence[int]) -> dict[int, str]:
    """The lower-case emails of those of the prospects that have one."""
    if not ids:
        return {}
    rows = db.fetch(
        "SELECT id, email_key FROM syncapp_prospect "
        "WHERE unit_id = %s AND id = ANY(%s) AND email_key IS NOT NULL",
        [unit_id, list(ids)],
    )
    return dict(rows)


def new_ids(count: int) -> list[int]:
    """Fresh prospect ids."""
    rows = db.fetch(
        "SELECT nextval(pg_get_serial_sequence('syncapp_prospect', 'id')) "
        "FROM generate_series(1, %s)",
        [count],
    )
    return [row[0] for row in rows]


def mark_pending(
    prospect_ids: Sequence[int], trigger: Trigger, at: datetime, *, consent: bool = False
) -> int:
    """Ask for a sync of the prospects; a stronger trigger (import, manual) is kept."""
    return db.execute(
        "UPDATE syncapp_prospectlink SET pending_at = %s, "
        "pending = CASE WHEN pending IN ('import', 'manual', 'send') "
        "AND %s NOT IN ('manual', 'send') THEN pending ELSE %s END, "
        "pending_consent = pending_consent OR %s WHERE prospect_id = ANY(%s)",
        [at, trigger, trigger, consent, list(prospect_ids)],
    )


def forget_undone(unit_id: int, key: str) -> int:
    """A field is mapped anew: what an undo left apart follows the rules again (F31)."""
    return db.execute(
        "UPDATE syncapp_prospectlink SET base = jsonb_set(base, ARRAY[%s, '2'], '\"\"') "
        "WHERE unit_id = %s AND base -> %s ->> 2 = %s",
        [key, unit_id, key, UNDONE],
    )


def mark_disagreeing(unit_id: int, key: str, trigger: Trigger, at: datetime) -> int:
    """Ask for a sync of every linked prospect known to differ from its record in a field."""
    return db.execute(
        "UPDATE syncapp_prospectlink SET pending = %s, pending_at = %s "
        "WHERE unit_id = %s AND pending IS NULL AND state = 'linked' AND base ? %s",
        [trigger.value, at, unit_id, key],
    )


def mark_unlinked_pending(unit_id: int, trigger: Trigger, at: datetime) -> int:
    """Ask for a sync of every prospect without a record that does not wait already."""
    return db.execute(
        "UPDATE syncapp_prospectlink l SET pending = %s, pending_at = %s "
        "FROM syncapp_prospect p WHERE p.id = l.prospect_id AND l.unit_id = %s "
        "AND l.pending IS NULL AND l.lead_id IS NULL AND l.contact_id IS NULL "
        "AND l.state = 'none' AND NOT p.archived",
        [trigger.value, at, unit_id],
    )
