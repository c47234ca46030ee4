"""Salesforce as a preview sees it: read for real, written only in the shadow.

Calls are counted as the real sync would make them. Beyond what describe tells (required fields)
nobody can know here what the org would refuse.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from syncapp.core import person_accounts
from syncapp.core.ports import (
    ChangeQuery,
    Clock,
    FieldGrants,
    Identity,
    ItemError,
    ItemResult,
    ObjectSchema,
    RangeQuery,
    Salesforce,
    SalesforceError,
    Usage,
    Watched,
    Write,
)
from syncapp.core.types import Row, SObject
from syncapp.core.values import stamp
from syncapp.services.laid_over import LaidOver, is_invented, new_id, person_fields, person_of
from syncapp.services.tape import Tape

Answer = TypeVar("Answer")
COLLECTION = 200  # records that one real call would write


class DryGateway:
    """Implements core.ports.Salesforce over a real one, for one shadow.

    `wider` names the fields that pages must have besides those asked for, so that a later sync
    with other mappings can be played from the same tape.
    """

    def __init__(self, real: Salesforce, schema: str, tape: Tape, clock: Clock) -> None:
        self.usage = Usage()
        self.wider: Mapping[str, Sequence[str]] = {}
        self._real = real
        self._tape = tape
        self._clock = clock
        self._numbers = count(1)
        self._ends: dict[str, tuple[str, str] | None] = {}
        self.laid = LaidOver(schema, lambda: real.identity().user_id, self._stamp)

    def _stamp(self) -> str:
        return stamp(self._clock.now() + timedelta(seconds=self._real.clock_offset()))

    # Reading

    def consent_lane(self) -> AbstractContextManager[None]:
        """A preview has no lanes."""
        return nullcontext()

    def identity(self) -> Identity:
        """Who the connector is."""
        return self._counted("login", self._real.identity)

    def clock_offset(self) -> float:
        """Seconds to add to our clock to get the org's."""
        return self._real.clock_offset()

    def describe(self, sobject: str, *, fresh: bool = False) -> ObjectSchema:
        """As the org is."""
        return self._counted("describe", lambda: self._real.describe(sobject, fresh=fresh))

    def field_grants(self, fields: Sequence[str]) -> FieldGrants:
        """As the org is."""
        return self._counted("composite", lambda: self._real.field_grants(fields))

    def create_checkbox(self, sobject: str, name: str, label: str) -> None:
        """A preview makes no fields: no change that it tries asks for one."""
        text = f"A preview does not make {sobject}.{name} ({label})."
        raise SalesforceError("NOT_IN_A_PREVIEW", text)

    def watch(
        self,
        queries: Sequence[ChangeQuery],
        *,
        since: datetime | None,
        sobjects: Sequence[SObject],
        tracked: Mapping[SObject, Sequence[str]],
    ) -> Watched:
        """As the org is; nothing that was written changes its schema."""
        return self._counted(
            "composite",
            lambda: self._real.watch(queries, since=since, sobjects=sobjects, tracked=tracked),
        )

    def changed_since(self, queries: Sequence[ChangeQuery]) -> list[list[Row]]:
        """Rows per query with what was written."""
        pages = self._counted("composite", lambda: self._real.changed_since(queries))
        return [self.laid.over(page) for page in pages]

    def ranges(self, queries: Sequence[RangeQuery]) -> list[list[Row]]:
        """Rows per range, from the tape when it has them; behind the last, what was made here."""
        return [self._range(query) for query in queries]

    def _range(self, query: RangeQuery) -> list[Row]:
        rows: list[Row] = []
        if not is_invented(query.after):
            more = self.wider.get(query.sobject, ())
            whole = replace(query, fields=tuple(dict.fromkeys([*query.fields, *more])))
            question = (query.sobject, query.after, query.last, query.limit)
            rows = self._taped(
                question,
                lambda: self._real.ranges([whole])[0],
                lambda page: not page or set(query.fields) <= page[0].keys(),
            )
            self.laid.over(rows)
        ends = self._ends.get(query.sobject)
        if ends is None or query.last != ends[1]:
            return rows
        after = query.after if is_invented(query.after) else ""
        room = query.limit - len(rows)
        return rows + self.laid.made_after(query.sobject, after, query.fields, room)

    def id_bounds(self, sobjects: Sequence[str]) -> dict[str, tuple[str, str] | None]:
        """First and last Id; of an object that the org has none of, those made here."""
        question = ("bounds", *sobjects)
        known = self._taped(question, lambda: self._real.id_bounds(sobjects), lambda _ends: True)
        for name, ends in known.items():
            self._ends[name] = (ends[0], ends[1]) if ends else self.laid.ends(name)
        return {name: self._ends[name] for name in sobjects}

    def retrieve(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Row | None]:
        """Records by Id with what was written."""
        asked = [record_id for record_id in ids if not is_invented(record_id)]
        rows: list[Row | None] = []
        if asked:
            rows = self._counted("retrieve", lambda: self._real.retrieve(sobject, asked, fields))
        self.laid.over([row for row in rows if row])
        found = dict(zip(asked, rows, strict=True))
        found.update(self.laid.made([i for i in ids if is_invented(i)], fields))
        return [_live(found.get(record_id)) for record_id in ids]

    def find_by_email(
        self, emails: Sequence[str], fields: dict[str, tuple[str, ...]]
    ) -> dict[str, list[Row]]:
        """Live records with one of the emails, by the emails that they have now."""
        found = self._counted("composite", lambda: self._real.find_by_email(emails, fields))
        wanted = {email.strip().lower() for email in emails}
        return {
            sobject: self._with_emails(sobject, wanted, rows, fields[sobject])
            for sobject, rows in found.items()
        }

    def _with_emails(
        self, sobject: str, wanted: set[str], rows: list[Row], fields: Sequence[str]
    ) -> list[Row]:
        rows = self.laid.over(rows)
        kept = [r for r in rows if _live(r) and str(r["Email"] or "").lower() in wanted]
        known = {row["Id"] for row in kept}
        moved = [i for i in self.laid.with_emails(sobject, wanted) if i not in known]
        others = self.retrieve(sobject, moved, ["Email", *fields]) if moved else []
        return kept + [row for row in others if row]

    def deleted_state(self, sobject: str, ids: Sequence[str]) -> dict[str, Row]:
        """Deleted records by Id, those deleted here included."""
        asked = [record_id for record_id in ids if not is_invented(record_id)]
        found: dict[str, Row] = {}
        if asked:
            found = self._counted("composite", lambda: self._real.deleted_state(sobject, asked))
        return {**found, **self.laid.deleted(ids)}

    def field_history(
        self, wanted: Mapping[SObject, Sequence[str]], fields: Mapping[SObject, str]
    ) -> dict[SObject, list[Row]]:
        """As the org is: rules leave the connector's own rows out."""
        asked = {s: [i for i in ids if not is_invented(i)] for s, ids in wanted.items()}
        asked = {sobject: ids for sobject, ids in asked.items() if ids}
        if not asked:
            return {}
        return self._counted("composite", lambda: self._real.field_history(asked, fields))

    # Writing

    def create(
        self, sobject: str, writes: Sequence[Write], *, assignment_rules: bool = False
    ) -> list[ItemResult]:
        """A result per write, in order, with Ids that no org has given out."""
        self._charge(writes)
        results = [self._created(sobject, write) for write in writes]
        pairs = zip(results, writes, strict=True)
        made = {str(result.record_id): write.fields for result, write in pairs if result.ok}
        if sobject == person_accounts.OBJECT:
            people = {person_of(i): person_fields(i, fields) for i, fields in made.items()}
            self.laid.write(SObject.CONTACT.value, people, made=True)
            made = {i: {**fields, "PersonContactId": person_of(i)} for i, fields in made.items()}
        self.laid.write(sobject, made, made=True)
        return results

    def _created(self, sobject: str, write: Write) -> ItemResult:
        missing = [n for n in self._required(sobject) if write.fields.get(n) in (None, "")]
        if missing:
            return _refused(write, missing)
        return ItemResult(write.key, new_id(sobject, next(self._numbers)))

    def update(self, sobject: str, writes: Sequence[Write]) -> list[ItemResult]:
        """A result per write, in order."""
        self._charge(writes)
        required = set(self._required(sobject))
        kept: dict[str, Row] = {}
        results = []
        for write in writes:
            blank = [n for n, v in write.fields.items() if n in required and v in (None, "")]
            if blank:
                results.append(_refused(write, blank))
                continue
            record_id = str(write.record_id)
            kept[record_id] = {**kept.get(record_id, {}), **write.fields}
            results.append(ItemResult(write.key, record_id))
        self.laid.write(sobject, kept)
        return results

    def delete(self, sobject: str, ids: Sequence[str]) -> list[ItemResult]:
        """A result per Id, in order."""
        self._charge(ids)
        self.laid.write(sobject, {record_id: {"IsDeleted": True} for record_id in ids})
        return [ItemResult(number, record_id) for number, record_id in enumerate(ids)]

    def _required(self, sobject: str) -> list[str]:
        """Fields without which Salesforce saves no record, as describe tells."""
        account = sobject == person_accounts.OBJECT
        described = self.laid.schemas.get(SObject.CONTACT if account else SObject(sobject), {})
        names = [field.name for field in described.values() if field.required]
        return [person_accounts.account_field(name) for name in names] if account else names

    # What it costs

    def _taped(
        self, question: tuple[Any, ...], ask: Callable[[], Any], fits: Callable[[Any], bool]
    ) -> Any:
        def for_real() -> tuple[Any, int]:
            before = self._real.usage.calls
            answer = ask()
            return answer, self._real.usage.calls - before

        answer, calls = self._tape.answer(question, for_real, fits)
        self._add("composite", calls)
        return answer

    def _counted(self, resource: str, ask: Callable[[], Answer]) -> Answer:
        before = self._real.usage.calls
        answer = ask()
        self._add(resource, self._real.usage.calls - before)
        return answer

    def _charge(self, writes: Sequence[Any]) -> None:
        self._add("composite/sobjects", -(-len(writes) // COLLECTION))

    def _add(self, resource: str, calls: int) -> None:
        counts = self.usage.by_resource
        self.usage.calls += calls
        counts[resource] = counts.get(resource, 0) + calls
        self.usage.used, self.usage.allowed = self._real.usage.used, self._real.usage.allowed


def _live(row: Row | None) -> Row | None:
    return None if row is None or row.get("IsDeleted") else row


def _refused(write: Write, missing: Sequence[str]) -> ItemResult:
    text = f"Required fields are missing: [{', '.join(missing)}]"
    error = ItemError("REQUIRED_FIELD_MISSING", text, tuple(missing))
    return ItemResult(write.key, write.record_id, (error,))
