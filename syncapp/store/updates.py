"""Write decided values to prospects: one UPDATE for a page, naming exactly the columns it needs."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from syncapp.core.types import Prospect, Value
from syncapp.store import db
from syncapp.store.columns import split, sql_type

_EXTRA = {
    "assigned_user": ("assigned_user_id", "bigint"),
    "archived": ("archived", "boolean"),
    "opted_out_changed_at": ("opted_out_changed_at", "timestamptz"),
    "held_opt_out": ("held_opt_out", "boolean"),
    "complained": ("complained", "boolean"),
    "merged_into": ("merged_into_id", "bigint"),
    "record_changed_at": ("record_changed_at", "timestamptz"),
    "hard_bounced": ("hard_bounced", "boolean"),
    "soft_bounces": ("soft_bounces", "smallint"),
}


class ProspectWrites:
    """Collects new values of a page's prospects, then writes them all at once."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[Prospect, dict[str, Any]]] = {}

    def set(self, prospect: Prospect, **values: Any) -> None:
        """These fields of the prospect get these values."""
        self._rows.setdefault(prospect.id, (prospect, {}))[1].update(values)

    def __len__(self) -> int:
        return len(self._rows)

    def write(self, now: datetime) -> None:
        """Write all; raises the version, so that an edit by hand notices."""
        with self.writing(now):
            pass

    @contextmanager
    def writing(self, now: datetime) -> Iterator[None]:
        """Write all while the block computes, which must not use the database."""
        if not self._rows:
            yield
            return
        self._give_up_emails()
        keys = dict.fromkeys(key for _, values in self._rows.values() for key in values)
        extra = [key for key in keys if key in _EXTRA]
        default, custom = split(key for key in keys if key not in _EXTRA)
        columns = [("id", "bigint")]
        columns += [(key, sql_type(key)) for key in default]
        columns += [_EXTRA[key] for key in extra]
        if custom:
            columns.append(("custom", "jsonb"))
        db.stage("t_prospect", columns, self._staged(default, extra, custom))
        sets = [f'"{name}" = t."{name}"' for name, _ in columns[1:] if name != "custom"]
        if custom:
            sets.append("custom = p.custom || t.custom")
        sets += ["updated_at = %s", "version = p.version + 1"]
        update = f"UPDATE syncapp_prospect p SET {', '.join(sets)} FROM t_prospect t"
        with db.meanwhile(f"{update} WHERE p.id = t.id", [now]):
            yield

    def _give_up_emails(self) -> None:
        """First of all those that another prospect takes, or two had one email for a moment."""
        moves = [(p, values["email"]) for p, values in self._rows.values() if "email" in values]
        taken = {(new or "").lower(): prospect.id for prospect, new in moves}
        given = [p.id for p, _ in moves if taken.get((p.email or "").lower(), p.id) != p.id]
        if given:
            sql = "UPDATE syncapp_prospect SET email = NULL WHERE id = ANY(%s)"
            db.execute(sql, [given])

    def _staged(
        self, default: Sequence[str], extra: Sequence[str], custom: Sequence[str]
    ) -> Iterable[list[Any]]:
        for prospect, values in self._rows.values():
            row: list[Any] = [prospect.id]
            row += [values.get(key, prospect.values.get(key)) for key in default]
            row += [values[key] if key in values else _current(prospect, key) for key in extra]
            if custom:
                row.append(db.dumps({key: values[key] for key in custom if key in values}))
            yield row


def _current(prospect: Prospect, key: str) -> Value | datetime:
    value: Value | datetime = getattr(prospect, key, None)  # merged_into is never un-set
    return value
