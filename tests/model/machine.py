"""Random histories of a unit and its org: what people do on both sides, and syncs in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from syncapp.core.mailability import Event
from syncapp.core.types import Trigger
from syncapp.models import BusinessUnit, OutboundChange, Prospect, SyncRun
from syncapp.services import mailability, runs
from syncapp.services.refused import Refused
from tests.model import checks
from tests.model.memory import Memory
from tests.model.place import FIELDS, PLAIN, Place, clean
from tests.model.vocabulary import (
    BEHAVIORS,
    EMAILS,
    FAULTS,
    PERMISSION,
    REPORTED,
    anyone,
    email,
    values,
    word,
)
from tests.services.world import Org


class History(RuleBasedStateMachine):
    """One unit on one org; every step says in its name who does what."""

    def __init__(self, org: Org) -> None:
        super().__init__()
        clean(org)
        org._tokens.clear()
        self.org = org

    @initialize(
        behaviors=st.fixed_dictionaries({key: st.sampled_from(BEHAVIORS) for key in PLAIN}),
        permission=st.sampled_from(PERMISSION),
        switches=st.fixed_dictionaries(
            {
                "change_emails_from_salesforce": st.booleans(),
                "delete_or_merge_prospects": st.booleans(),
                "blank_salesforce_values_overwrite": st.booleans(),
            }
        ),
        shared=st.booleans(),
    )
    def a_unit_begins(
        self, behaviors: dict[str, str], permission: str, switches: dict[str, bool], shared: bool
    ) -> None:
        tracked = {"Lead": ["HasOptedOutOfEmail"], "Contact": ["HasOptedOutOfEmail"]}
        self.org.control("history", tracked, method="PUT")
        self.place = Place.make(self.org, **switches)
        BusinessUnit.objects.update(allow_multiple_prospects_per_email=shared)
        self.place.unit.refresh_from_db()
        self.memory = Memory()
        self.behaviors = {**behaviors, "opted_out": permission}
        for key, behavior in self.behaviors.items():
            self.place.field(key, behavior=behavior)
        if shared:
            self.place.field("email", behavior="salesforce")
        self.users = [self.place.user("ann@example.com"), self.place.user("ben@example.com")]
        self.org.lead(EMAILS[0], City="a", Title="a")
        self.org.lead(EMAILS[1], HasOptedOutOfEmail=True)
        self.org.contact(EMAILS[2], MailingCity="a", Phone="a")
        self.org.contact(EMAILS[3], HasOptedOutOfEmail=True, pi__comments__c="a")
        self._sync(lambda: None)

    # In Salesforce

    def _record(self, pick: int, **wanted: Any) -> str | None:
        there = self.place.there()
        fits = [
            record
            for record, row in sorted(there.items())
            if not row["converted"] and all(row[key] == value for key, value in wanted.items())
        ]
        return fits[pick % len(fits)] if fits else None

    def _tick(self) -> None:
        """So that it can be told what came first."""
        self.place.pass_time(5)

    @rule(sobject=st.sampled_from(["Lead", "Contact"]), email=email, out=st.booleans(), given=word)
    def sales_creates(self, sobject: str, email: str, out: bool, given: str | None) -> None:
        self._tick()
        make = self.org.lead if sobject == "Lead" else self.org.contact
        city = FIELDS["city"][sobject == "Contact"]
        make(email, HasOptedOutOfEmail=out, **{city: given})

    @rule(pick=anyone, given=values)
    def sales_edits(self, pick: int, given: dict[str, str | None]) -> None:
        self._tick()
        if record := self._record(pick, deleted=False):
            names = {FIELDS[key][record[:3] == "003"]: value for key, value in given.items()}
            self.org.update(record, **names)

    @rule(pick=anyone)
    def sales_turns_opted_out(self, pick: int) -> None:
        self._tick()
        if record := self._record(pick, deleted=False):
            out = self.org.get(record)["HasOptedOutOfEmail"]
            self._set_permission_there(record, not out)

    def _set_permission_there(self, record: str, out: bool) -> None:
        if self.org.get(record)["HasOptedOutOfEmail"] == out:
            return
        self.org.update(record, HasOptedOutOfEmail=out)
        at = self.place.now().timestamp() + self.place.skew()
        self.memory.permission_there_at[record] = at

    @rule(pick=anyone, email=email)
    def sales_changes_the_email(self, pick: int, email: str) -> None:
        self._tick()
        if record := self._record(pick, deleted=False):
            self.org.update(record, Email=email)

    @rule(pick=anyone)
    def sales_deletes(self, pick: int) -> None:
        self._tick()
        if record := self._record(pick, deleted=False):
            self.org.delete(record)

    @rule(pick=anyone)
    def sales_undeletes(self, pick: int) -> None:
        self._tick()
        if record := self._record(pick, deleted=True):
            self.org.control("undelete", {"ids": [record]})
            self.memory.not_lost(record, self.place.here())

    @rule(pick=anyone, other=anyone)
    def sales_merges(self, pick: int, other: int) -> None:
        self._tick()
        master = self._record(pick, deleted=False)
        kind = {"object": self.place.there()[master]["object"]} if master else {}
        loser = master and self._record(other, deleted=False, **kind)
        if master and loser and master != loser:
            self.org.control("merge", {"master": master, "losers": [loser]})
            here = self.place.here()
            lost = {pk for pk, row in here.items() if row["record"] == loser}
            lost |= self.memory.losers.pop(loser, set())
            if lost:
                self.memory.losers[master] |= lost

    @rule(pick=anyone)
    def sales_converts(self, pick: int) -> None:
        self._tick()
        if lead := self._record(pick, deleted=False, object="Lead"):
            self.org.control("convert", {"lead": lead, "account": None})

    # Here

    def _prospect(self, pick: int) -> int | None:
        live = sorted(Prospect.objects.filter(merged_into=None).values_list("pk", flat=True))
        return live[pick % len(live)] if live else None

    def _do(self, act: Any) -> None:
        self._tick()
        before = self.place.here()
        act()
        now = self.place.now().timestamp()
        self.memory.changed_here(before, self.place.here(), now)

    def _change(self, pick: int, given: dict[str, Any], **more: Any) -> None:
        pk = self._prospect(pick)
        if pk is not None:
            self._do(lambda: self.place.change(pk, given, **more))

    @rule(pick=anyone, given=values)
    def marketing_edits(self, pick: int, given: dict[str, str | None]) -> None:
        self._change(pick, given)

    @rule(pick=anyone, out=st.booleans())
    def an_administrator_sets_opted_out(self, pick: int, out: bool) -> None:
        pk = self._prospect(pick)
        if pk is not None:
            self._set_permission_here(pk, out)

    def _set_permission_here(self, pk: int, out: bool) -> None:
        self._do(
            lambda: mailability.by_hand(
                unit=self.place.unit,
                prospect_id=pk,
                action=mailability.ByHand.OPT_OUT if out else mailability.ByHand.OPT_IN,
                actor="console",
                now=self.place.now(),
            )
        )

    @rule(pick=anyone, ticked=st.booleans())
    def marketing_sets_do_not_email(self, pick: int, ticked: bool) -> None:
        self._change(pick, {"do_not_email": ticked})

    @rule(pick=anyone, email=email)
    def marketing_changes_the_email(self, pick: int, email: str) -> None:
        pk = self._prospect(pick)
        if pk is not None and not self._taken(email, pk):
            self._do(lambda: self.place.change_email(pk, email))

    def _taken(self, email: str, pk: int) -> bool:
        if self.place.shared:
            return False
        others = Prospect.objects.filter(email_key=email, archived=False).exclude(pk=pk)
        return others.exists()

    @rule(email=email, event=st.sampled_from(REPORTED))
    def a_provider_reports(self, email: str, event: Event) -> None:
        told: list[str] = []

        def report() -> None:
            try:
                mailability.event(
                    unit=self.place.unit,
                    email=email,
                    event=event,
                    actor="console",
                    now=self.place.now(),
                )
            except Refused as refused:
                told.append(refused.code)

        self._do(report)
        assert set(told) <= {"complained"}

    @rule(email=email, assigned=st.booleans(), given=values)
    def a_prospect_is_added(self, email: str, assigned: bool, given: dict[str, str | None]) -> None:
        if self._taken(email, 0):
            return
        trigger = Trigger.EDIT if assigned else Trigger.IMPORT
        user = self.users[0].pk if assigned else None
        needed = {"last_name": "Roe", "company": "Acme"}
        self._do(lambda: self.place.insert(email, trigger, user, **needed, **given))

    @rule(pick=anyone)
    def marketing_assigns(self, pick: int) -> None:
        self._change(pick, {"assigned_user": self.users[1].pk})

    @rule(pick=anyone)
    def marketing_turns_do_not_sync(self, pick: int) -> None:
        pk = self._prospect(pick)
        if pk is None:
            return
        link = Prospect.objects.select_related("link").get(pk=pk).link
        if link.state in ("linked", "none", "do_not_sync"):
            linked = "linked" if link.lead_id or link.contact_id else "none"
            state = linked if link.state == "do_not_sync" else "do_not_sync"
            self._do(lambda: self.place.change(pk, {}, state=state))

    @rule(pick=anyone)
    def marketing_turns_the_recycle_bin(self, pick: int) -> None:
        pk = self._prospect(pick)
        if pk is None:
            return
        row = self.place.here()[pk]
        if row["archived"] and (row["email"] is None or self._taken(row["email"], pk)):
            return
        self._do(lambda: self.place.change(pk, {}, facts={"archived": not row["archived"]}))

    @rule(key=st.sampled_from(PLAIN), behavior=st.sampled_from(BEHAVIORS))
    def a_behavior_is_chosen(self, key: str, behavior: str) -> None:
        self.behaviors[key] = behavior
        self.place.field(key, behavior=behavior)

    @rule()
    def the_switch_to_hold_is_turned(self) -> None:
        self.place.connector.hold_remailable = not self.place.connector.hold_remailable
        self.place.connector.save(update_fields=["hold_remailable"])

    @rule(seconds=st.sampled_from([60, 3600]), here=st.booleans())
    def time_passes(self, seconds: int, here: bool) -> None:
        self.place.pass_time(seconds, here=here)

    # On both sides of one pair: where the rules have something to decide

    def _pair(self, pick: int) -> tuple[int, str] | None:
        there = self.place.there()
        pairs = [
            (pk, row["record"])
            for pk, row in sorted(self.place.here().items())
            if row["record"] and not row["archived"] and _editable(there[row["record"]])
        ]
        return pairs[pick % len(pairs)] if pairs else None

    @rule(pick=anyone, here=values, there=values, turned=st.booleans())
    def both_sides_edit(
        self, pick: int, here: dict[str, str | None], there: dict[str, str | None], turned: bool
    ) -> None:
        pair = self._pair(pick)
        if pair is None:
            return
        names = {FIELDS[key][pair[1][:3] == "003"]: value for key, value in there.items()}
        acts: list[Callable[[], object]] = [
            lambda: self._do(lambda: self.place.change(pair[0], here)),
            lambda: self.org.update(pair[1], **names),
        ]
        for act in reversed(acts) if turned else acts:
            self._tick()
            act()

    @rule(pick=anyone, here=st.booleans(), there=st.booleans(), turned=st.booleans())
    def both_sides_set_opted_out(self, pick: int, here: bool, there: bool, turned: bool) -> None:
        pair = self._pair(pick)
        if pair is None:
            return
        acts: list[Callable[[], object]] = [
            lambda: self._set_permission_here(pair[0], here),
            lambda: self._set_permission_there(pair[1], there),
        ]
        for act in reversed(acts) if turned else acts:
            self._tick()
            act()

    both_sides_edit_again = both_sides_edit
    both_sides_set_opted_out_again = both_sides_set_opted_out

    # Syncs

    @rule(fault=st.sampled_from([None, None, None, *range(len(FAULTS))]))
    def a_sync(self, fault: int | None) -> None:
        self._sync(lambda: None if fault is None else self._faulty_run(FAULTS[fault]))

    # Syncs are what a history is about: more of its steps are one.
    the_next_sync = another_sync = one_more_sync = a_sync

    @rule(pick=anyone)
    def somebody_syncs_one_with_crm(self, pick: int) -> None:
        pk = self._prospect(pick)
        if pk is not None:
            self._sync(lambda: self._manual_run(pk))

    def _sync(self, first: Callable[[], None]) -> None:
        """What `first` leaves undone, a clean run ends; then everything is checked."""
        self._tick()
        here, there = self.place.here(), self.place.there()
        self.memory.changed_there(there)
        newest = self.place.newest_told()
        first()
        self._clean_run()
        synced = checks.Synced(
            here,
            there,
            self.place.here(),
            self.place.there(),
            self.place.told_after(newest),
            dict(self.behaviors),
            self.place.connector.blank_salesforce_values_overwrite,
            self.place.connector.hold_remailable,
            self.place.skew(),
        )
        checks.check(synced, self.memory, self.place)
        self.memory.met |= set(there)
        self.memory.synced(synced.here, synced.here_after, synced.there_after)
        self._again_changes_nothing(synced)

    def _faulty_run(self, fault: dict[str, Any]) -> None:
        self.org.control("faults", [fault])
        checks.the_run_is_truthful(self.place.sync())
        self.org.control("faults", [])
        self.place.pass_time(3600)

    def _manual_run(self, pk: int) -> None:
        run = runs.open_manual(
            unit=self.place.unit,
            prospects=[pk],
            now=self.place.now(),
            trigger="cli",
            actor="tester",
        )
        checks.the_run_is_truthful(self.place.work(run))

    def _clean_run(self) -> SyncRun:
        run = self.place.sync()
        checks.the_run_is_truthful(run)
        assert run.state == "complete", f"{run.state}: {run.message} {run.counts}"
        assert not OutboundChange.objects.exists()
        return run

    def _again_changes_nothing(self, synced: checks.Synced) -> None:
        newest, conflicts = self.place.newest_told(), self.place.conflicts()
        self.place.forget_calls()
        self._clean_run()
        did = self.place.writes() + self.place.told_after(newest)
        assert did == [], f"a second sync did {did}"
        assert self.place.here() == synced.here_after
        again = set(self.place.conflicts()) - set(conflicts)
        assert not again, f"a second sync found {again}"

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self._sync(lambda: None)


def _editable(record: dict[str, Any]) -> bool:
    return not (record["deleted"] or record["converted"])
