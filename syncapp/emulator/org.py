"""The org: its data, clock, schema, sessions, permissions, rules, faults and limits in one place.

What must survive a restart is in the database's settings; `reset` starts everything over but the
tokens, under a new organization id.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .access import Access
from .bulk.jobs import Jobs, Pace
from .clock import Clock, moment_of, stamp_of
from .database import Database
from .faults import Faults
from .ids import make_id, number_of
from .limits import Limits
from .login.apps import Apps
from .login.sessions import Sessions
from .permission_rows import rewrite
from .query import Locators
from .rules import Rules
from .schema.objects import SObject
from .schema.registry import Changes, Schema
from .seeds.plant import known, plant
from .users import API_USERS

Seed = str | int


class Org:
    """One emulated Salesforce org."""

    def __init__(self, folder: Path | None, seed: Seed) -> None:
        self.db = Database(folder)
        self.clock = Clock(self.db.load("clock", 0.0))
        self.sessions, self.apps = Sessions(self.db), Apps(self.db)
        self.faults = Faults()
        self.limits = Limits(self.clock)
        self.locators = Locators()
        self.pace = Pace()
        self.jobs = Jobs(self.db, self.clock, self.pace)
        self._numbers: dict[str, int] = {}
        self._forget()
        if self.db.load("organization") is None:
            self._build(seed)
        else:
            self._restore()

    def _forget(self) -> None:
        """Everything an administrator set goes back to how an org begins."""
        self.access = Access(self.clock, API_USERS)
        self.rules = Rules(self.access)
        self.history: dict[str, frozenset[str]] = {}
        self.schema = self.access.schema
        self.organization_id = ""
        self.schema_changed = self.clock.now()
        self._numbers.clear()

    def _build(self, seed: Seed) -> None:
        self.organization_id = make_id("00D", secrets.randbelow(62**6) + 1)
        self.db.create_tables(self.schema, indexes=False)
        plant(self, seed)
        with self.db.transaction():
            for sobject in self.schema.objects.values():
                self.db.create_indexes(sobject)
        rewrite(self)
        self.touch_schema()
        self.remember()

    def _restore(self) -> None:
        self.organization_id = self.db.load("organization")
        persons = bool(self.db.load("person_accounts"))
        self.schema = self.access.schema = Schema(
            self.db.load("schema", {}), person_accounts=persons
        )
        self.db.create_tables(self.schema)
        self.access.permissions = self.db.load("permissions", {})
        self.access.visibility = self.db.load("visibility", {})
        self.access.hard_delete = bool(self.db.load("hard_delete"))
        self.access.customize = bool(self.db.load("customize", True))
        self.rules.replace(self.db.load("rules", {}))
        self.track({name: list(f) for name, f in self.db.load("history", {}).items()})
        self.schema_changed = moment_of(self.db.load("schema_changed"))

    def remember(self) -> None:
        """Writes the settings down."""
        self.db.save("organization", self.organization_id)
        self.db.save("clock", self.clock.offset_seconds)
        self.db.save("schema", self.schema.changes)
        self.db.save("person_accounts", self.schema.person_accounts)
        self.db.save("permissions", self.access.permissions)
        self.db.save("visibility", self.access.visibility)
        self.db.save("hard_delete", self.access.hard_delete)
        self.db.save("customize", self.access.customize)
        self.db.save("rules", self.rules.given)
        self.db.save("history", {name: sorted(fields) for name, fields in self.history.items()})
        self.db.save("schema_changed", stamp_of(self.schema_changed))

    def reset(self, seed: Seed) -> None:
        """A new org with the seed's records; tokens stay valid."""
        known(seed)
        self.db.wipe()
        self.clock.offset_seconds = 0.0
        self._forget()
        self.faults.replace([])
        self.limits = Limits(self.clock)
        self.locators = Locators()
        self.pace.set(paused=False, seconds_per_chunk=0)
        self.jobs = Jobs(self.db, self.clock, self.pace)
        self._build(seed)
        self.sessions.remember()
        self.apps.remember()

    def change_schema(self, changes: Changes) -> None:
        """Adds, alters and deletes fields."""
        self._take_schema(self.schema.merged(changes))

    def use_person_accounts(self, wanted: bool) -> None:
        """Turns person accounts on (or off, which leaves the ones there are as they are)."""
        self._take_schema(Schema(self.schema.changes, person_accounts=wanted))

    def _take_schema(self, schema: Schema) -> None:
        self.db.create_tables(schema)
        self.schema = self.access.schema = schema
        self.touch_schema()
        rewrite(self)

    def touch_schema(self) -> None:
        """Describe answers change; stamps go up by whole seconds so that none is ever missed."""
        next_second = math.ceil(self.clock.now().timestamp() + 0.001)
        after_last = self.schema_changed + timedelta(seconds=1)
        self.schema_changed = max(
            datetime.fromtimestamp(next_second, UTC), after_last.replace(microsecond=0)
        )

    def track(self, fields: dict[str, Iterable[str]]) -> None:
        """Which fields keep a history; an object that is named loses the fields that are not."""
        for name, tracked in fields.items():
            sobject = self.schema.get(name)
            if sobject is not None:
                known = (sobject.field(field) for field in tracked)
                self.history[sobject.name] = frozenset(f.name for f in known if f is not None)

    def next_id(self, sobject: SObject) -> str:
        """A fresh record id."""
        if sobject.name not in self._numbers:
            sql = f'SELECT MAX("Id") FROM "{sobject.name}"'
            last = self.db.write.execute(sql).fetchone()[0]
            self._numbers[sobject.name] = number_of(last) if last else 0
        self._numbers[sobject.name] += 1
        return make_id(sobject.key_prefix, self._numbers[sobject.name])

    def person(self, user_id: str) -> dict[str, Any] | None:
        """A user's row, or None."""
        row = self.db.read.execute(
            'SELECT "Id", "Username", "Name", "IsActive" FROM "User" WHERE "Id" = ?', [user_id]
        ).fetchone()
        keys = ("Id", "Username", "Name", "IsActive")
        return dict(zip(keys, row, strict=True)) if row else None

    def find_user(self, username: str) -> str | None:
        """A user's id by username."""
        row = self.db.read.execute(
            'SELECT "Id" FROM "User" WHERE "Username" = ?', [username]
        ).fetchone()
        return row[0] if row else None
