"""What must hold after every sync, whatever the history: figures, edits, consent, links."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from syncapp.models import Conflict, SyncRun
from syncapp.store import chain_check
from tests.model import reference
from tests.model.memory import Memory
from tests.model.place import PLAIN, Place, Snapshot
from tests.model.reference import Both

GUARD_FLOOR = 10  # so many loosenings a day always pass


@dataclass
class Synced:
    """Both sides before and after what one sync (and its repair after a fault) did."""

    here: Snapshot
    there: Snapshot
    here_after: Snapshot
    there_after: Snapshot
    told: list[dict[str, Any]]
    behaviors: dict[str, str]
    blank_overwrites: bool
    hold: bool
    skew: float

    def stable(self) -> list[tuple[int, str]]:
        """(prospect, record) that were linked before, with nothing that changes the link."""
        return [(pk, row["record"]) for pk, row in self.here.items() if self._stable(row)]

    def _stable(self, row: dict[str, Any]) -> bool:
        record = self.there.get(row["record"] or "")
        if record is None or row["archived"] or row["state"] != "linked":
            return False
        return not (record["deleted"] or record["converted"])

    def emails_agree(self, pk: int, record: str) -> bool:
        """Neither side's email has anything to decide."""
        return self.here[pk]["email"] == self.there[record]["email"]


def the_run_is_truthful(run: SyncRun) -> None:
    counts = run.counts
    accounted = sum(counts[name] for name in ("applied", "unchanged", "held", "failed"))
    assert accounted == counts["seen"], f"run {run.pk} {run.state}: {counts}"
    assert all(value >= 0 for value in counts.values()), f"run {run.pk}: {counts}"
    assert run.state in ("complete", "partial", "failed"), run.state
    assert (run.state == "complete") <= (counts["failed"] == 0), f"run {run.pk}: {counts}"
    assert "were read, but" not in run.message, run.message


def the_chain_is_whole() -> None:
    assert chain_check.verify() is None


def every_link_is_unique(synced: Synced) -> None:
    records = Counter(
        row["record"] for row in synced.here_after.values() if row["record"] is not None
    )
    assert [record for record, count in records.items() if count > 1] == []
    made = {r for r, row in synced.there_after.items() if row["ours"] and r not in synced.there}
    assert made <= set(records), f"records made for nobody: {made - set(records)}"


def one_live_prospect_an_address(synced: Synced, place: Place) -> None:
    if place.shared:
        return
    live = Counter(
        row["email"] for row in synced.here_after.values() if row["email"] and not row["archived"]
    )
    assert [email for email, count in live.items() if count > 1] == []


def nothing_is_lost(synced: Synced, place: Place) -> None:
    """Rule 7 of the architecture: what disappeared is an `old` in history, or in a conflict."""
    known = {(e["prospect"], e["side"], e["field"], _plain(e["old"])) for e in synced.told}
    kept = {
        (c.prospect_id, side, c.field, _plain(value))
        for c in Conflict.objects.filter(unit=place.unit)
        for side, value in (("ae", c.ae_value), ("sf", c.sf_value))
    }
    for pk, old in synced.here.items():
        new = synced.here_after[pk]
        for key in (*PLAIN, "opted_out", "do_not_email", "email"):
            if _plain(old[key]) != _plain(new[key]):
                entry = (pk, "ae", key, _plain(old[key]))
                assert entry in known | kept, f"lost here: {entry}, now {new[key]!r}"
    _nothing_is_lost_there(synced, known | kept)


def _nothing_is_lost_there(synced: Synced, known: set[tuple[Any, ...]]) -> None:
    for record, old in synced.there.items():
        new = synced.there_after[record]
        holders = [
            pk
            for side in (synced.here, synced.here_after)
            for pk, row in side.items()
            if row["record"] == record
        ]
        for key in (*PLAIN, "opted_out", "email"):
            if _plain(old[key]) != _plain(new[key]):
                entries = {(pk, "sf", key, _plain(old[key])) for pk in holders}
                assert entries & known, f"lost there: {record} {key} {old[key]!r} -> {new[key]!r}"


def _plain(value: Any) -> Any:
    return (value.lower() if isinstance(value, str) else value) or None


def plain_fields_follow_their_behavior(synced: Synced, memory: Memory) -> None:
    for pk, record in synced.stable():
        if not synced.emails_agree(pk, record) or not _syncs_on(synced, pk, record):
            continue
        for key in PLAIN:
            now = Both(synced.here[pk][key], synced.there[record][key])
            allowed = reference.plain(
                synced.behaviors[key],
                now,
                blank_overwrites=synced.blank_overwrites,
                ae_times=memory.ae_times(pk, synced.skew),
                sf_time=memory.touched.get(record),
            )
            after = Both(synced.here_after[pk][key], synced.there_after[record][key])
            what = f"{key} ({synced.behaviors[key]}) of {pk} and {record}: {now} became {after}"
            assert (after.ae or None) == (after.sf or None), what
            assert (after.ae or None) in allowed, f"{what}, expected {allowed}"


def both_changed_is_a_conflict(synced: Synced, memory: Memory) -> None:
    for pk, record in synced.stable():
        if pk in memory.first or memory.losers.get(record) or not _syncs_on(synced, pk, record):
            continue
        if not synced.emails_agree(pk, record):
            continue
        for key in PLAIN:
            now = Both(synced.here[pk][key], synced.there[record][key])
            if key in memory.agreed[pk] and reference.conflicts(memory.agreed[pk][key], now):
                kept = Conflict.objects.filter(prospect_id=pk, kind="both_changed", field=key)
                values = [(_plain(c.ae_value), _plain(c.sf_value)) for c in kept]
                assert (_plain(now.ae), _plain(now.sf)) in values, f"{pk} {key} {now}: {values}"


def _syncs_on(synced: Synced, pk: int, record: str) -> bool:
    return synced.here_after[pk]["record"] == record


def links_stay(synced: Synced) -> None:
    """Nothing but Salesforce's own doings takes a record away from its prospect."""
    for pk, record in synced.stable():
        if synced.emails_agree(pk, record):
            after = synced.here_after[pk]
            assert (after["record"], after["state"]) == (record, "linked"), f"{pk}: {after}"


def consent_follows_its_rule(synced: Synced, memory: Memory) -> None:
    explained: set[Any] = set()
    for pk, record in synced.stable():
        if not _syncs_on(synced, pk, record):
            continue
        now = Both(synced.here[pk]["opted_out"], synced.there[record]["opted_out"])
        after = Both(synced.here_after[pk]["opted_out"], synced.there_after[record]["opted_out"])
        allowed = _allowed(synced, memory, pk, record, now)
        what = f"Opted Out of {pk} and {record}: {now} became {after}, expected {allowed}"
        assert after in allowed, what
        if True in (now.ae, now.sf) and after == Both(False, False):
            explained |= {pk, record}
            memory.loosened += 1
    _nobody_else_is_loosened(synced, explained)


def _allowed(
    synced: Synced, memory: Memory, pk: int, record: str, now: Both
) -> set[reference.Both]:
    behavior = synced.behaviors["opted_out"]
    first = pk in memory.first or bool(memory.losers.get(record))
    at = memory.permission_at.get(pk)
    sf_time = memory.permission_there_at.get(record, synced.there[record]["created"])
    options = {
        "first": first,
        "by_hand": pk in memory.freely,
        # a time that a sync carried over is the record's own, or that of another record
        "ae_times": [sf_time] if at is None else [at + synced.skew],
        "sf_time": sf_time,
    }
    held = synced.hold or _has_sibling(synced, pk, now)
    allowed = reference.consent(behavior, now, held=held, **options)
    if memory.loosened >= GUARD_FLOOR - 2 or memory.waiting.get(pk) == now:
        allowed |= reference.consent(behavior, now, held=True, **options)
    losers = memory.losers.get(record, ())
    if _address_opted_out(synced, pk) or any(_opted_out_somewhere(synced, it) for it in losers):
        allowed.add(Both(True, True))
    # told here; Salesforce's own opt-in then waits, also when the email goes back in this sync
    if any(_others_opted_out(synced.here_after, pk, of) for of in (synced.here, synced.here_after)):
        allowed.add(Both(True, now.sf))
    if not synced.emails_agree(pk, record):  # the opt-out of the new address comes with it
        allowed.add(Both(True, True))
    return allowed


def _opted_out_somewhere(synced: Synced, pk: int) -> bool:
    """Here or in the record that it lost: either makes the winner so (§2, first link)."""
    row = synced.here[pk]
    record = synced.there.get(row["record"] or "")
    return bool(row["opted_out"] or (record and record["opted_out"]))


def _has_sibling(synced: Synced, pk: int, now: Both) -> bool:
    """Somebody else with the address is opted out: an opt-in of Salesforce waits (§6).

    The address is the one that the prospect ends with; the one that the sync takes away is left.
    """
    return bool(now.ae) and _others_opted_out(synced.here, pk, synced.here_after)


def _address_opted_out(synced: Synced, pk: int) -> bool:
    return _others_opted_out(synced.here, pk) or _others_opted_out(synced.here_after, pk)


def _others_opted_out(here: Snapshot, pk: int, of: Snapshot | None = None) -> bool:
    email = (of or here)[pk]["email"]
    return any(
        row["opted_out"] for other, row in here.items() if other != pk and row["email"] == email
    )


def _nobody_else_is_loosened(synced: Synced, explained: set[Any]) -> None:
    for side, after in (
        (synced.here, synced.here_after),
        (synced.there, synced.there_after),
    ):
        for key, row in side.items():
            if row["opted_out"] and not after[key]["opted_out"]:
                assert key in explained, f"{key} was opted in without a rule: {row}"
    for pk, row in synced.here.items():
        if row["do_not_email"]:
            assert synced.here_after[pk]["do_not_email"], f"{pk}: Do Not Email was taken away"


def new_links_are_safe(synced: Synced, memory: Memory) -> None:
    """First links: whoever was opted out on either side is on both; creation is a copy."""
    for pk, row in synced.here_after.items():
        record = row["record"]
        old = synced.here.get(pk)
        moved = old is None or old["record"] != record or old["state"] != "linked"
        if record is None or row["state"] != "linked" or row["archived"] or not moved:
            continue
        there, after = synced.there.get(record), synced.there_after.get(record)
        if after is None:
            continue
        out = bool(old and old["opted_out"]) or bool(there and there["opted_out"])
        before = [o for o in synced.here.values() if o["record"] == record and o is not old]
        out = out or any(o["opted_out"] for o in before)
        both = (row["opted_out"], after["opted_out"])
        what = f"link of {pk} to {record} is {both}; before: {old} and {there}"
        assert both == (True, True) or not out, what
        waits = _others_opted_out(synced.here_after, pk)  # an opt-out of the address came with it
        assert row["opted_out"] == after["opted_out"] or waits, what
        if old is None and there is not None:
            for key in PLAIN:
                assert _plain(row[key]) == _plain(there[key]), f"{pk} is no copy: {key}"


def deleted_records_are_followed(synced: Synced) -> None:
    for pk, row in synced.here.items():
        record = synced.there.get(row["record"] or "")
        if record is None or not record["deleted"] or row["state"] != "linked":
            continue
        after = synced.here_after[pk]
        gone = after["state"] == "crm_deleted"
        assert gone or after["record"] != row["record"], f"{pk} does not know: {after}"


def assigned_prospects_have_records(synced: Synced) -> None:
    """§3 rows 10 and 12: an assigned prospect with an email links or creates a lead."""
    for pk, row in synced.here_after.items():
        waits = row["state"] == "none" and not row["archived"] and row["reason"] is None
        if pk in synced.here and waits and row["assigned_user_id"]:
            assert row["record"] is not None, f"{pk} was not linked: {row}"


def new_records_have_prospects(synced: Synced, memory: Memory) -> None:
    """§4: a new record with an email links to a prospect or makes one."""
    live = {row["email"] for row in synced.here_after.values() if not row["archived"]}
    linked = {row["record"] for row in synced.here_after.values()}
    for record, row in synced.there_after.items():
        gone = row["deleted"] or row["converted"] or not row["email"]
        if gone or record in linked or record in memory.met:
            continue
        assert row["email"] in live, f"{record} {row['email']} has no prospect"


def check(synced: Synced, memory: Memory, place: Place) -> None:
    """Everything but the run's own figures."""
    every_link_is_unique(synced)
    one_live_prospect_an_address(synced, place)
    links_stay(synced)
    consent_follows_its_rule(synced, memory)
    new_links_are_safe(synced, memory)
    plain_fields_follow_their_behavior(synced, memory)
    both_changed_is_a_conflict(synced, memory)
    nothing_is_lost(synced, place)
    deleted_records_are_followed(synced)
    assigned_prospects_have_records(synced)
    new_records_have_prospects(synced, memory)
    the_chain_is_whole()
