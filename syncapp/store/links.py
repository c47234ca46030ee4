"""Write links set-wise: what a plan decided about how prospects hang on their records."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from syncapp.core.pair import LinkChange, PairPlan
from syncapp.core.types import Agreed, LinkState, Prospect
from syncapp.store import db

COLUMNS = [
    ("prospect_id", "bigint"),
    ("state", "text"),
    ("lead_id", "text"),
    ("contact_id", "text"),
    ("account_id", "text"),
    ("reason", "text"),
    ("known_match", "boolean"),
    ("created_by_connector", "boolean"),
    ("record_created_at", "timestamptz"),
    ("others_changed_at", "timestamptz"),
    ("consent_epoch", "integer"),
    ("base", "jsonb"),
    ("answered", "timestamptz"),
    ("answers", "boolean"),
]
_NAMES = [name for name, _ in COLUMNS[1:-2]]


class LinkWrites:
    """Collects the new link of each prospect of a page, then writes them all at once."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Any]] = {}
        self._lost: list[int] = []  # prospects whose record another one may take

    def of(self, prospect: Prospect) -> dict[str, Any]:
        """The prospect's link as it will be; change the values in place."""
        row = self._rows.get(prospect.id)
        if row is None:
            link = prospect.link
            row = self._rows[prospect.id] = {
                "state": link.state,
                "lead_id": link.lead_id,
                "contact_id": link.contact_id,
                "account_id": link.account_id,
                "reason": link.reason,
                "known_match": link.known_match,
                "created_by_connector": link.created_by_connector,
                "record_created_at": link.record_created_at,
                "others_changed_at": link.others_changed_at,
                "consent_epoch": link.consent_epoch,
                "base": link.base,
                "answered": link.pending_at,
                "answers": False,
            }
        return row

    def change(self, change: LinkChange) -> None:
        """Take over a link change; a change that clears `pending` answers it."""
        row = self.of(change.prospect)
        if change.values.get("state") == LinkState.NONE:
            self._lost.append(change.prospect.id)
        for key, value in change.values.items():
            if key == "pending":
                row["answers"] = True
            else:
                row[key] = value

    def merged(self, pair: PairPlan, epoch: int) -> None:
        """A merge that waits for no answer from Salesforce settles its link at once."""
        prospect = pair.prospect
        link = prospect.link
        stale = pair.others_changed_at is not None and (
            link.others_changed_at is None or pair.others_changed_at > link.others_changed_at
        )
        account = pair.row.get("AccountId")
        if not (
            stale
            or pair.settled
            or link.pending
            or link.consent_epoch != epoch
            or (account and account != link.account_id)
        ):
            return
        row = self.of(prospect)
        row["answers"] = True
        row["consent_epoch"] = epoch
        if stale:
            row["others_changed_at"] = pair.others_changed_at
        if account:
            row["account_id"] = account
        drop = set(pair.settled)
        drop.update(w.field for w in pair.writes)
        if drop and row["base"]:
            row["base"] = {k: v for k, v in row["base"].items() if k not in drop}

    def write(self, now: datetime) -> int:
        """Write all; `pending` is only cleared when nobody asked again since we looked."""
        if not self._rows:
            return 0
        if self._lost:  # first of all, or a record had two prospects for a moment
            db.execute(
                "UPDATE syncapp_prospectlink SET lead_id = NULL, contact_id = NULL "
                "WHERE prospect_id = ANY(%s)",
                [self._lost],
            )
        db.stage("t_link", COLUMNS, self._staged())
        sets = ", ".join(f'"{name}" = t."{name}"' for name in _NAMES)
        same = "t.answers AND l.pending_at IS NOT DISTINCT FROM t.answered"
        return db.execute(
            f"UPDATE syncapp_prospectlink l SET {sets}, synced_at = %s, "
            f"pending = CASE WHEN {same} THEN NULL ELSE l.pending END, "
            f"pending_consent = l.pending_consent AND NOT ({same}) "
            "FROM t_link t WHERE l.prospect_id = t.prospect_id",
            [now],
        )

    def _staged(self) -> Iterable[tuple[Any, ...]]:
        for prospect_id, row in self._rows.items():
            yield (
                prospect_id,
                *(row[name] for name in _NAMES[:-1]),
                base_text(row["base"]),
                row["answered"],
                row["answers"],
            )


def base_text(base: dict[str, Agreed]) -> str:
    """The `base` column's JSON."""
    return db.dumps({key: list(entry) for key, entry in base.items()}) if base else "{}"
