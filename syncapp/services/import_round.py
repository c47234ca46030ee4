"""One transaction of an import: rows about different prospects, matched, checked and written.

A row is written as a whole or not at all. Consent may be taken away from nobody: an opt-out
concerns the whole address, Do Not Email the row's prospect (product.md §6, §9).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncapp.core.addresses import NO_ADDRESS, AddressFacts, suppressed_by
from syncapp.core.mailability import Consent, Event, apply_event
from syncapp.core.types import FieldWrite, MailabilityModel, Prospect, Rule, Side, Trigger, Value
from syncapp.models import BusinessUnit
from syncapp.services.import_rows import Line, RowError
from syncapp.services.mailability import consent_of
from syncapp.services.refused import Refused
from syncapp.store import addresses, consent, prospects
from syncapp.store.creations import OwnProspect, insert_own
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.telling import changes
from syncapp.store.work import Work


@dataclass(frozen=True, slots=True)
class Place:
    """What all rows of an import share."""

    unit: BusinessUnit
    keys: Sequence[str]
    users: Mapping[int, str]
    restore: bool

    @property
    def model(self) -> MailabilityModel:
        """Decides what an opt-out ticks."""
        return MailabilityModel(self.unit.mailability_model)


class Round:
    """Applies rows, each about another prospect, and counts what became of them."""

    def __init__(self, current: Work, place: Place, lines: Sequence[Line]) -> None:
        self.current = current
        self.place = place
        self.lines = lines
        self.counts: Counter[str] = Counter()
        self.errors: list[RowError] = []
        unit_id, users = place.unit.pk, place.users
        self._edits = Editor(current, unit_id, Rule.IMPORT, "import", Trigger.IMPORT, users)
        # who shares an address was not imported: its opt-out travels, but links nobody
        self._shared = Editor(current, unit_id, Rule.IMPORT, "import", Trigger.EVENT, users)
        self._made: list[OwnProspect] = []
        self._opted_out: list[str] = []
        self._waiting: list[int] = []

    def run(self) -> None:
        """Match, check and write all rows."""
        self._load()
        for line in self.lines:
            try:
                self._apply(line)
            except Refused as error:
                self.errors.append(RowError(line.number, line.email or "", error.message))
        self._write()

    def _load(self) -> None:
        unit_id = self.place.unit.pk
        emails = [line.email.lower() for line in self.lines if line.email]
        ids = [line.prospect_id for line in self.lines if line.prospect_id]
        named = prospects.named(unit_id, ids, emails)
        loaded = Loader(unit_id, self.place.keys).by_ids(named, lock=True)
        self._by_id = {prospect.id: prospect for prospect in loaded}
        self._by_email: dict[str, list[Prospect]] = {}
        for prospect in loaded:
            self._by_email.setdefault((prospect.email or "").lower(), []).append(prospect)
        self._addresses = prospects.addresses(unit_id, emails)

    def _apply(self, line: Line) -> None:
        found = self._match(line)
        if found is None:
            self._create(line)
            return
        changed = self._update(line, found)
        self.counts["updated" if changed else "unchanged"] += 1
        if "opted_out" in line.wanted.consent and found.email:
            self._opt_out_others(found)

    def _match(self, line: Line) -> Prospect | None:
        """By id where it fits the email (ids of other systems mean nothing), else by email."""
        own = self._by_id.get(line.prospect_id or 0)
        if own is not None and line.email and line.email.lower() != (own.email or "").lower():
            own = None
        if own is None and line.email is None:
            raise Refused("no_such_prospect", f"There is no prospect {line.prospect_id}.")
        if own is not None and (
            self.place.unit.allow_multiple_prospects_per_email or not own.email
        ):
            return own
        email = line.email or (own.email if own else None) or ""
        holders = self._by_email.get(email.lower(), [])
        return max(holders, key=_latest, default=None)

    def _update(self, line: Line, found: Prospect) -> bool:
        values: dict[str, Value] = {**line.wanted.values, **_user(line)}
        facts: dict[str, Any] = {}
        if found.archived:
            if not self.place.restore:
                raise Refused(
                    "in_recycle_bin",
                    "The prospect is in the recycle bin. Import with --restore to take it out.",
                )
            facts["archived"] = False
        _company_is_its_own(found, values)
        after = self._consent(consent_of(found), line)
        values |= {"opted_out": after.opted_out, "do_not_email": after.do_not_email}
        if self._edits.add(Edit(found, values, facts)):
            return True
        if found.link.record_id is None:
            self._waiting.append(found.id)
        return False

    def _consent(self, before: Consent, line: Line) -> Consent:
        after = before
        if "opted_out" in line.wanted.consent:
            after = apply_event(self.place.model, after, Event.UNSUBSCRIBE)
        if "do_not_email" in line.wanted.consent:
            after = replace(after, do_not_email=True)
        return after

    def _opt_out_others(self, found: Prospect) -> None:
        email = (found.email or "").lower()
        self._opted_out.append(email)
        for other in self._by_email[email]:
            if other.id != found.id:
                after = apply_event(self.place.model, consent_of(other), Event.UNSUBSCRIBE)
                values = {"opted_out": after.opted_out, "do_not_email": after.do_not_email}
                self._shared.add(Edit(other, values))

    def _create(self, line: Line) -> None:
        email = str(line.email)
        address: AddressFacts = self._addresses.get(email.lower(), NO_ADDRESS)
        ticked = suppressed_by(address, self.place.model)
        known = Consent("opted_out" in ticked, "do_not_email" in ticked)
        after = self._consent(known, line)
        values: dict[str, Value] = {"email": email, **line.wanted.values}
        values |= {"opted_out": after.opted_out, "do_not_email": after.do_not_email}
        user = _user(line).get("assigned_user")
        self._made.append(OwnProspect(values, assigned_user=user, address=address))
        if after.opted_out:
            self._opted_out.append(email.lower())
        self.counts["created"] += 1

    def _write(self) -> None:
        now, unit = self.current.now, self.place.unit
        self._edits.write()
        self._shared.write()
        shared = unit.allow_multiple_prospects_per_email
        made = self._made
        ids = insert_own(unit.pk, made, shared=shared, trigger=Trigger.IMPORT, now=now)
        for prospect_id, new in zip(ids, made, strict=True):
            self.current.changed(prospect_id, changes(_told(new), self.place.users), now)
        addresses.date_bounces(ids, now)
        prospects.mark_pending(self._waiting, Trigger.IMPORT, now)
        consent.remember(unit.pk, [(email, True, now) for email in self._opted_out], now)


def _latest(prospect: Prospect) -> tuple[bool, float, int]:
    """Of several with an email: outside the recycle bin, then the one changed last."""
    changed = prospect.record_changed_at
    return not prospect.archived, changed.timestamp() if changed else 0.0, prospect.id


def _user(line: Line) -> dict[str, int | None]:
    if "assigned_user" not in line.wanted.special:
        return {}
    user = line.wanted.special["assigned_user"]
    return {"assigned_user": user if isinstance(user, int) else None}


def _company_is_its_own(found: Prospect, values: Mapping[str, Value]) -> None:
    """Product.md §2: the account's name wins for a contact that has one."""
    locked = found.link.contact_id and found.link.account_id
    if locked and "company" in values and values["company"] != found.values["company"]:
        raise Refused(
            "company_from_account",
            "Company is the name of the contact's account in Salesforce; change it there.",
        )


def _told(new: OwnProspect) -> list[FieldWrite]:
    told: dict[str, Value] = {**new.values, "assigned_user": new.assigned_user}
    return [
        FieldWrite(key, Side.AE, None, value, Side.AE, Rule.IMPORT)
        for key, value in told.items()
        if value is not None
    ]
