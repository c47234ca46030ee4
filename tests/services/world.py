"""Helpers to read as sentences: an org one can edit as a sales person, a unit one can sync."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from syncapp import wiring
from syncapp.core.catalog import DEFAULT_FIELDS
from syncapp.core.types import Rule, Trigger
from syncapp.models import (
    BusinessUnit,
    Connector,
    FieldChange,
    Prospect,
    ProspectField,
    SyncRun,
    UnitUser,
)
from syncapp.services import runs, sync
from syncapp.store.creations import OwnProspect, insert_own
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.work import work

API = "/services/data/v64.0"


class Org:
    """The emulated org as a sales person and as the test's control see it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._tokens: dict[str, str] = {}

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        answer = requests.request(method, f"{self.url}/__emulator__/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def reset(self, seed: str | int = "empty") -> None:
        self.control("reset", {"seed": seed})

    def call(self, method: str, path: str, body: Any = None, user: str = "sales") -> Any:
        username = f"{user}@syncline.example"
        if username not in self._tokens:
            self._tokens[username] = self.control("token", {"username": username})["access_token"]
        answer = requests.request(
            method,
            self.url + API + path,
            json=body,
            headers={"Authorization": f"Bearer {self._tokens[username]}"},
            timeout=30,
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def create(self, sobject: str, **fields: Any) -> str:
        return str(self.call("POST", f"/sobjects/{sobject}", fields)["id"])

    def lead(self, email: str, **fields: Any) -> str:
        required = {"LastName": "Doe", "Company": "Acme", "Email": email}
        return self.create("Lead", **{**required, **fields})

    def contact(self, email: str, **fields: Any) -> str:
        return self.create("Contact", **{"LastName": "Doe", "Email": email, **fields})

    def update(self, record_id: str, **fields: Any) -> None:
        self.call("PATCH", f"/sobjects/{sobject_of(record_id)}/{record_id}", fields)

    def delete(self, record_id: str) -> None:
        self.call("DELETE", f"/sobjects/{sobject_of(record_id)}/{record_id}")

    def get(self, record_id: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/sobjects/{sobject_of(record_id)}/{record_id}"))

    def leads(self, email: str) -> list[dict[str, Any]]:
        query = f"SELECT Id, OwnerId, CreatedById FROM Lead WHERE Email = '{email}'"
        return list(self.call("GET", f"/query?q={query}")["records"])

    def user_id(self, username: str) -> str:
        query = f"SELECT Id FROM User WHERE Username = '{username}'"
        return str(self.call("GET", f"/query?q={query}")["records"][0]["Id"])

    def pass_time(self, seconds: int) -> None:
        self.control("clock", {"advance_seconds": seconds})

    def calls(self) -> list[dict[str, Any]]:
        found = self.control("calls", method="GET")
        return list(found["calls"] if isinstance(found, dict) else found)


def sobject_of(record_id: str) -> str:
    return {"00Q": "Lead", "003": "Contact", "001": "Account", "005": "User"}[record_id[:3]]


@dataclass
class World:
    """One unit on one org."""

    org: Org
    unit: BusinessUnit
    connector: Connector

    @classmethod
    def make(cls, org: Org, slug: str = "emea", **connector: Any) -> World:
        unit = BusinessUnit.objects.create(slug=slug, name=slug.upper())
        row = Connector.objects.create(
            unit=unit,
            state="running",
            login_url=org.url,
            client_id="syncline",
            client_secret_env="SYNCLINE_SF_SECRET",
            **connector,
        )
        ProspectField.objects.bulk_create(
            ProspectField(
                unit=unit,
                key=f.key,
                label=f.label,
                type=f.type,
                lead=f.lead,
                contact=f.contact,
                behavior=f.behavior,
            )
            for f in DEFAULT_FIELDS
        )
        return cls(org, unit, row)

    def sync(self, *, full: bool = False) -> SyncRun:
        run = runs.open_sync(unit=self.unit, now=self.now(), trigger="cli", full=full)
        return self.work(run)

    def work(self, run: SyncRun) -> SyncRun:
        sync.run(run.pk, clock=wiring.clock(), gateways=wiring.gateway)
        run.refresh_from_db()
        return run

    def sync_with_crm(self, email: str) -> SyncRun:
        ids = [self.prospect(email).pk]
        run = runs.open_manual(
            unit=self.unit, prospects=ids, now=self.now(), trigger="cli", actor="tester"
        )
        return self.work(run)

    def field(self, key: str, **values: Any) -> None:
        ProspectField.objects.filter(unit=self.unit, key=key).update(**values)

    def user(self, email: str) -> UnitUser:
        return UnitUser.objects.create(unit=self.unit, email=email)

    def prospect(self, email: str) -> Prospect:
        return Prospect.objects.select_related("link").get(unit=self.unit, email_key=email.lower())

    def add(self, email: str, trigger: Trigger = Trigger.EDIT, **values: Any) -> Prospect:
        user = values.pop("assigned_user", None)
        made = OwnProspect({"email": email, **values}, assigned_user=user.pk if user else None)
        with work(self.unit.pk, self.now(), actor="tester"):
            insert_own(self.unit.pk, [made], shared=False, trigger=trigger, now=self.now())
        return self.prospect(email)

    def edit(self, email: str, /, **values: Any) -> None:
        keys = list(values)
        with work(self.unit.pk, self.now(), actor="tester") as current:
            pk = self.prospect(email).pk
            loaded = Loader(self.unit.pk, keys).by_ids([pk], lock=True)[0]
            editor = Editor(current, self.unit.pk, Rule.MANUAL, "manual", Trigger.EDIT, {})
            editor.add(Edit(loaded, values))
            editor.write()

    def history(self, email: str) -> list[dict[str, Any]]:
        rows = FieldChange.objects.filter(prospect_id=self.prospect(email).pk).order_by("id")
        return [{"run": row.run_id, **change} for row in rows for change in row.changes]

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)
