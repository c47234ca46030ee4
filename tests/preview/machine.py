"""Random units with random changes: each is previewed, then done, and both must be the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from syncapp import wiring
from syncapp.models import BusinessUnit, Connector, SyncRun
from syncapp.services import config_file, config_live, preview, preview_changes, upgrade_moves
from syncapp.services.refused import Refused
from tests.model.machine import History
from tests.model.memory import Memory
from tests.model.place import PLAIN, Place, gateway
from tests.model.vocabulary import BEHAVIORS, EMAILS, PERMISSION
from tests.preview import compare
from tests.preview.compare import Moment
from tests.preview.drawn import HOO, OPT_OUT, SCHEMA, files

CASES: list[str] = []
MODELS = [
    {"mailability_model": "upgraded"},
    {"mailability_model": "legacy"},
    {"mailability_model": "legacy", "legacy_sync_behavior": True},
]


@dataclass
class Really:
    """The unit itself, where a preview has its shadow."""

    place: Place
    runs: list[SyncRun]

    @property
    def unit(self) -> BusinessUnit:
        return BusinessUnit.objects.select_related("connector").get(pk=self.place.unit.pk)

    def now(self) -> datetime:
        return self.place.now()

    def look(self) -> None:
        """The unit has seen the org's schema."""

    def full_sync(self) -> None:
        self.runs.append(self.place.sync(full=True))


class Previewed(History):
    """What people do is as in every history; a sync is previewed first, often with a change."""

    @initialize(
        behaviors=st.fixed_dictionaries({key: st.sampled_from(BEHAVIORS) for key in PLAIN}),
        permission=st.sampled_from(PERMISSION),
        model=st.sampled_from(MODELS),
        kind=st.sampled_from([1, 2]),
        shared=st.booleans(),
    )
    def a_unit_begins(
        self,
        behaviors: dict[str, str],
        permission: str,
        model: dict[str, Any],
        kind: int,
        shared: bool,
    ) -> None:
        tracked = [HOO, OPT_OUT]
        self.org.control("schema", SCHEMA, method="PUT")
        self.org.control("history", {"Lead": tracked, "Contact": tracked}, method="PUT")
        self.place = Place.make(self.org, kind=kind)
        Connector.objects.update(state="running" if kind == 2 else "verified")
        BusinessUnit.objects.update(allow_multiple_prospects_per_email=shared, **model)
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
        self.place.sync()

    @rule(source=files())
    def a_change_is_previewed_and_made(self, source: str) -> None:
        asked = preview_changes.config(source)

        def make(really: Really) -> None:
            now = really.now()
            found = config_file.diff(source=source, actor="console")
            config_live.refuse_unmet(found=found, gateways=gateway)  # as the command does
            config_file.apply(source=source, actor="console", now=now, confirmed_by_option=True)

        self._preview_and_do(asked, make)

    another_change_is_previewed_and_made = a_change_is_previewed_and_made

    @precondition(lambda self: self.place.unit.mailability_model == "legacy")
    @rule(preserve=st.booleans())
    def the_upgrade_is_previewed_and_made(self, preserve: bool) -> None:
        path = "preserve" if preserve and self.place.unit.legacy_sync_behavior else "new"
        field = OPT_OUT if path == "preserve" else None
        self._preview_and_do(
            preview_changes.upgrade(path, field), upgrade_moves.change(path, field)
        )

    def _preview_and_do(self, asked: dict[str, Any], make: Any) -> None:
        self._tick()
        start = Moment.of(self.place)
        previewed = self._preview(asked)
        really = Really(self.place, [])
        try:
            make(really)
        except Refused:
            assert previewed is None or previewed.state == "failed"
            return
        assert previewed is not None
        assert previewed.state == "complete", previewed.message
        really.full_sync()
        compare.happened_as_planned(self.place, previewed, really.runs, start)
        CASES.append(str(asked))
        self.place.unit.refresh_from_db()
        self.place.connector.refresh_from_db()

    def _preview(self, asked: dict[str, Any]) -> SyncRun | None:
        unit = BusinessUnit.objects.select_related("connector").get(pk=self.place.unit.pk)
        try:
            run = preview.open_preview(
                unit=unit, asked=asked, actor="console", now=self.place.now(), trigger="cli"
            )
        except Refused:
            return None
        preview.work(run.pk, clock=wiring.clock(), gateways=gateway)
        run.refresh_from_db()
        return run

    def _sync(self, first: Any) -> None:
        """Here a sync only brings the history on; what it must keep is proved elsewhere."""
        self._tick()
        first()
        self.place.sync()

    def _faulty_run(self, fault: dict[str, Any]) -> None:
        self.org.control("faults", [fault])
        self.place.sync()
        self.org.control("faults", [])

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self._preview_and_do(
                preview_changes.config("business_unit: {slug: emea}"), lambda _really: None
            )
