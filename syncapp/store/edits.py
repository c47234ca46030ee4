"""Changes that a sync did not make: edits by hand, imports, email events, undo.

For a linked prospect the value before the first edit is kept in the link's `base` as what both
sides last agreed on; an edit back to it ends the disagreement. Every edit asks for a sync.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.types import Agreed, FieldWrite, Prospect, Rule, Side, Trigger, Value
from syncapp.store import consent, db
from syncapp.store.columns import VALUE_COLUMNS
from syncapp.store.links import base_text
from syncapp.store.telling import changes, iso
from syncapp.store.updates import ProspectWrites
from syncapp.store.work import Work

_ASKS = [
    ("prospect_id", "bigint"),
    ("base", "jsonb"),
    ("consent", "boolean"),
    ("state", "text"),
    ("reason", "text"),
    ("first", "boolean"),
]


@dataclass(slots=True)
class Edit:
    """New values for one prospect; `facts` are columns that are no fields (bounces, bin)."""

    prospect: Prospect
    values: Mapping[str, Value]
    facts: Mapping[str, Any] = field(default_factory=dict)
    state: str | None = None  # a new link state (Do not sync with CRM and back)
    again: bool = False  # permission was said again, later than what a guard holds


class Editor:
    """Applies edits of one kind set-wise; history tells `rule`, `base` keeps `source`."""

    def __init__(
        self,
        work: Work,
        unit_id: int,
        rule: Rule,
        source: str,
        trigger: Trigger,
        users: Mapping[int, str],
    ) -> None:
        self.work = work
        self.unit_id = unit_id
        self.rule = rule
        self.source = source
        self.trigger = trigger
        self.users = users
        self._values = ProspectWrites()
        self._asks: list[tuple[Any, ...]] = []
        self._addresses: list[tuple[str, bool, Any]] = []

    def add(self, edit: Edit) -> list[FieldWrite]:
        """Queue one edit; what it changes ([] when nothing does)."""
        prospect = edit.prospect
        changed = {
            key: value for key, value in edit.values.items() if self._old(prospect, key) != value
        }
        facts = {k: v for k, v in edit.facts.items() if getattr(prospect, k) != v}
        state = edit.state if edit.state != prospect.link.state else None
        if not changed and not facts and state is None and not edit.again:
            return []
        writes = [
            FieldWrite(key, Side.AE, self._old(prospect, key), value, Side.AE, self.rule)
            for key, value in {**changed, **facts}.items()
        ]
        if state is not None:
            writes.append(
                FieldWrite("crm_state", Side.AE, prospect.link.state, state, Side.AE, self.rule)
            )
        self._queue(edit, changed, facts, state)
        if writes:
            self.work.changed(prospect.id, changes(writes, self.users), self.work.now, None)
        return writes

    @staticmethod
    def _old(prospect: Prospect, key: str) -> Value:
        if key == "assigned_user" or (key in prospect.__slots__ and key not in VALUE_COLUMNS):
            value: Value = getattr(prospect, key)
            return value
        return prospect.values.get(key)

    def _queue(
        self, edit: Edit, changed: dict[str, Value], facts: dict[str, Any], state: str | None
    ) -> None:
        prospect, now = edit.prospect, self.work.now
        extra: dict[str, Any] = dict(facts)
        if "opted_out" in changed:
            extra["opted_out_changed_at"] = now
        self._remember(prospect, changed)
        if changed:
            extra["record_changed_at"] = now
        self._values.set(prospect, **changed, **extra)
        opted_out = prospect.values.get("opted_out") is True
        suppresses = any(changed.get(key) is True for key in CONSENT_KEYS)
        base = self._base(prospect, changed)
        if edit.again:
            # The other side's later value is taken as known: this one comes after it.
            base["opted_out"] = Agreed(not opted_out, iso(now), self.source)
            suppresses = suppresses or opted_out
        lifted = state is not None and state != "do_not_sync"
        first = lifted or facts.get("archived") is False
        reason = None if state is not None else prospect.link.reason
        row = (prospect.id, base_text(base), suppresses, state, reason, first)
        self._asks.append(row)

    def _remember(self, prospect: Prospect, changed: Mapping[str, Value]) -> None:
        """An opt-out belongs to the address that the prospect has now; it moves along to it."""
        email = changed.get("email", prospect.email)
        comes_along = "email" in changed and prospect.values.get("opted_out") is True
        if email and ("opted_out" in changed or comes_along):
            opted_out = bool(changed.get("opted_out", True))
            self._addresses.append((str(email).lower(), opted_out, self.work.now))

    def _base(self, prospect: Prospect, changed: Mapping[str, Value]) -> dict[str, Agreed]:
        base = dict(prospect.link.base)
        if prospect.link.record_id is None:
            return base
        for key, value in changed.items():
            if key == "assigned_user":
                continue
            agreed = base[key].value if key in base else prospect.values.get(key)
            if agreed == value:
                base.pop(key, None)
            else:
                base[key] = Agreed(agreed, iso(self.work.now), self.source)
        return base

    def write(self) -> int:
        """Write all queued edits; how many prospects changed."""
        if not self._asks:
            return 0
        now = self.work.now
        self._values.write(now)
        db.stage("t_ask", _ASKS, self._asks)
        db.execute(
            "UPDATE syncapp_prospectlink l SET base = t.base, pending_at = %(now)s, "
            "pending = CASE WHEN l.pending IN ('import', 'manual', 'send') "
            "AND %(trigger)s NOT IN ('manual', 'send') THEN l.pending ELSE %(trigger)s END, "
            "pending_consent = l.pending_consent OR t.consent, "
            "state = coalesce(t.state, l.state), reason = t.reason, "
            "consent_epoch = CASE WHEN t.first THEN -1 ELSE l.consent_epoch END "
            "FROM t_ask t WHERE l.prospect_id = t.prospect_id",
            {"now": now, "trigger": self.trigger.value},
        )
        consent.remember(self.unit_id, [row for row in self._addresses if row[1]], now)
        taken_away = [email for email, opted_out, _ in self._addresses if not opted_out]
        if taken_away:
            consent.forget(self.unit_id, taken_away, now)
        return len(self._asks)
