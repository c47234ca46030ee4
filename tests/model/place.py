"""Both sides as a history's steps use them, with one clock that runs ahead of the real one.

Every snapshot is plain dicts: prospects by id as this database has them, records by id as a sales
person's query over everything, the recycle bin included, answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from syncapp import wiring
from syncapp.core.ports import Identity
from syncapp.core.types import Rule, Trigger
from syncapp.models import AddressState, Conflict, Connector, FieldChange, Prospect, SyncRun
from syncapp.salesforce.gateway import Gateway
from syncapp.services import sync
from syncapp.store.creations import OwnProspect, insert_own
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.work import work
from tests.services.world import Org, World

FIELDS = {  # field here -> its name on Lead, on Contact
    "city": ("City", "MailingCity"),
    "job_title": ("Title", "Title"),
    "phone": ("Phone", "Phone"),
    "comments": ("pi__comments__c", "pi__comments__c"),
    "opted_out": ("HasOptedOutOfEmail", "HasOptedOutOfEmail"),
    "email": ("Email", "Email"),
}
PLAIN = ("city", "job_title", "phone", "comments")
CONNECTOR = "integration@syncline.example"
Snapshot = dict[Any, dict[str, Any]]
_STANDARD = (
    "Id, IsDeleted, MasterRecordId, CreatedDate, CreatedById, LastModifiedDate, LastModifiedById"
)
_FACTS = ("hard_bounced", "soft_bounces", "complained", "archived", "assigned_user_id")


class Place(World):
    """One unit and its org, at the history's own time."""

    @staticmethod
    def now() -> datetime:
        return wiring.clock().now()

    def work(self, run: SyncRun) -> SyncRun:
        """As ever, but without the pauses between repeated calls."""
        sync.run(run.pk, clock=wiring.clock(), gateways=gateway)
        run.refresh_from_db()
        return run

    def pass_time(self, seconds: float, *, here: bool = True) -> None:
        """Time goes by in Salesforce, and here unless only their clock jumps."""
        self.org.control("clock", {"advance_seconds": seconds})
        if here:
            settings.CLOCK_OFFSET_SECONDS += seconds

    def skew(self) -> float:
        """How far Salesforce's clock is ahead of ours, in seconds."""
        theirs = self.org.control("clock", method="GET")["offset_seconds"]
        return float(theirs) - float(settings.CLOCK_OFFSET_SECONDS)

    def here(self) -> Snapshot:
        """Every prospect of the unit."""
        rows = Prospect.objects.filter(unit=self.unit).select_related("link")
        return {row.pk: _prospect(row) for row in rows}

    def there(self) -> Snapshot:
        """Every record of the org."""
        return {**self._records("Lead", 0), **self._records("Contact", 1)}

    def _records(self, sobject: str, place: int) -> Snapshot:
        names = {key: fields[place] for key, fields in FIELDS.items()}
        more = "IsConverted, ConvertedContactId, " if sobject == "Lead" else ""
        query = f"SELECT {_STANDARD}, {more}{', '.join(names.values())} FROM {sobject}"
        rows = self.org.call("GET", f"/queryAll?q={query}")["records"]
        ours = self.connector_user
        return {row["Id"]: _record(row, sobject, names, ours) for row in rows}

    @property
    def connector_user(self) -> str:
        if "connector" not in self.__dict__.setdefault("_ids", {}):
            self.__dict__["_ids"]["connector"] = self.org.user_id(CONNECTOR)
        return str(self.__dict__["_ids"]["connector"])

    def change(self, pk: int, values: Mapping[str, Any], **more: Any) -> None:
        """Somebody edits a prospect: fields, facts that are no fields, or Do not sync with CRM."""
        with work(self.unit.pk, self.now(), actor="tester") as current:
            loaded = Loader(self.unit.pk, PLAIN).by_ids([pk], lock=True)[0]
            editor = Editor(current, self.unit.pk, Rule.MANUAL, "manual", Trigger.EDIT, {})
            editor.add(Edit(loaded, values, **more))
            editor.write()

    def change_email(self, pk: int, email: str) -> None:
        """The new address's consent and bounces come with it (product.md §5, §6)."""
        known = AddressState.objects.filter(unit=self.unit, email_key=email).first()
        values: dict[str, Any] = {"email": email}
        if known is not None and known.opted_out:
            values["opted_out"] = True
        facts = {
            "hard_bounced": known is not None and known.hard_bounced,
            "soft_bounces": known.soft_bounces if known else 0,
        }
        self.change(pk, values, facts=facts)

    def insert(self, email: str, trigger: Trigger, user: int | None, **values: Any) -> None:
        """An import, or a prospect made by hand: permission kept for its address applies."""
        known = AddressState.objects.filter(unit=self.unit, email_key=email).first()
        if known is not None and known.opted_out:
            values["opted_out"] = True
        made = OwnProspect({"email": email, **values}, assigned_user=user)
        with work(self.unit.pk, self.now(), actor="tester"):
            insert_own(self.unit.pk, [made], shared=self.shared, trigger=trigger, now=self.now())

    @property
    def shared(self) -> bool:
        return bool(self.unit.allow_multiple_prospects_per_email)

    def told_after(self, newest: int) -> list[dict[str, Any]]:
        """What history was told since, one entry a changed field."""
        rows = FieldChange.objects.filter(id__gt=newest).order_by("id")
        return [{"prospect": row.prospect_id, **c} for row in rows for c in row.changes]

    def conflicts(self) -> list[tuple[Any, ...]]:
        """Every conflict: whose, its kind and field, both values, whether it is open."""
        rows = Conflict.objects.filter(unit=self.unit).order_by("id")
        return list(
            rows.values_list("prospect_id", "kind", "field", "ae_value", "sf_value", "state")
        )

    @staticmethod
    def newest_told() -> int:
        return FieldChange.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def writes(self) -> list[dict[str, Any]]:
        """The connector's calls that change something, since the calls were last forgotten."""
        calls = self.org.control("calls", method="GET")
        mine = [call for call in calls if call["user"] == self.connector_user]
        return [call for call in mine if "sobjects" in call["resource"] and _changes(call)]

    def forget_calls(self) -> None:
        self.org.control("calls", method="DELETE")


def gateway(connector: Connector) -> Gateway:
    known = None
    if connector.organization_id:
        known = Identity(
            connector.organization_id, connector.salesforce_user_id, connector.salesforce_username
        )
    told = wiring.gateway_settings(connector)
    return Gateway(told, wiring.clock(), known=known, sleep=lambda _seconds: None)


def _changes(call: Mapping[str, Any]) -> bool:
    """Reading many records by Id is a POST too, to the object's own collection."""
    creating = call["resource"] == "/composite/sobjects"
    return call["method"] in ("PATCH", "DELETE") or (call["method"] == "POST" and creating)


def _prospect(row: Prospect) -> dict[str, Any]:
    link = row.link
    return {
        **{key: getattr(row, key) for key in (*FIELDS, "do_not_email", *_FACTS)},
        "email": (row.email or "").lower() or None,
        "state": link.state,
        "reason": link.reason,
        "record": link.contact_id or link.lead_id,
        "merged_into": row.merged_into_id,
    }


def _record(
    row: Mapping[str, Any], sobject: str, names: Mapping[str, str], connector_user: str
) -> dict[str, Any]:
    theirs = row["LastModifiedById"] != connector_user
    return {
        **{key: row[name] for key, name in names.items()},
        "email": (row["Email"] or "").lower() or None,
        "object": sobject,
        "deleted": row["IsDeleted"],
        "master": row["MasterRecordId"],
        "converted": row.get("ConvertedContactId") if row.get("IsConverted") else None,
        "created": _seconds(row["CreatedDate"]),
        "ours": row["CreatedById"] == connector_user,
        "touched": _seconds(row["LastModifiedDate"]) if theirs else None,
    }


def _seconds(stamp: str) -> float:
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


TABLES: list[str] = []


def clean(org: Org) -> None:
    """Both sides empty, both clocks right: what every history begins with."""
    org.control("faults", [])
    org.reset()
    back = org.control("clock", method="GET")["offset_seconds"]
    org.control("clock", {"advance_seconds": -back})
    settings.CLOCK_OFFSET_SECONDS = 0.0
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_tables())} RESTART IDENTITY CASCADE")


def _tables() -> list[str]:
    if not TABLES:
        names = connection.introspection.table_names()
        TABLES.extend(name for name in names if name.startswith("syncapp_"))
    return TABLES
