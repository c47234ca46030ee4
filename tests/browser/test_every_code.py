"""Every code that a prospect can meet, read on its page in a browser: in words, none as it is.

The lists come from the rules themselves, so that a new code fails here until it has words.
"""

import re
from dataclasses import fields
from itertools import product

import pytest
from playwright.sync_api import Page

from dashboard.ui import problem_words, words
from dashboard.ui.badges import BADGES
from syncapp.core import holds
from syncapp.core.catalog import BY_KEY
from syncapp.core.eligibility import Situation, Verdict, check
from syncapp.core.mailability import Consent, reasons
from syncapp.core.types import ConflictKind, LinkState, Rule, Trigger
from syncapp.models import Connector, Prospect, ProspectField
from tests.browser.conftest import OPEN_ALL
from tests.screens.conftest import add_conflict, add_prospect, change, linked, tell

pytestmark = pytest.mark.django_db(transaction=True)
UNLINKED = {"state": "none"}
RAW = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")

# product.md §3: what makes each answer true, as (the connector, the link, the prospect).
NOT_SYNCING = {
    "connector_unverified": ("unverified", linked(1), {}),
    "connector_paused": ("paused", linked(2), {}),
    "in_recycle_bin": ("running", linked(3), {"archived": True}),
    "do_not_sync": ("running", linked(4) | {"state": "do_not_sync"}, {}),
    "crm_deleted": ("running", linked(5) | {"state": "crm_deleted"}, {}),
    "not_visible": ("running", linked(6) | {"state": "not_visible"}, {}),
    "not_shared": ("running", linked(7) | {"reason": "not_shared"}, {}),
    "email_moved": ("running", UNLINKED | {"reason": "email_moved"}, {}),
    "no_email": ("running", UNLINKED, {"email": None}),
    "needs_assigned_user": ("running", UNLINKED | {"known_match": True}, {}),
    "no_record_and_unassigned": ("running", UNLINKED, {}),
}
# product.md §6: everything that counts against somebody, at once.
SUPPRESSED = {fact.name: True for fact in fields(Consent)} | {"soft_bounces": 5}


def verdicts() -> list[Verdict]:
    """What the checklist answers to everything that it can be asked (two triggers may link)."""
    connectors = ("unverified", "paused", "running")
    links = product(LinkState, (None, "not_shared", "email_moved"))
    asked = product(
        connectors, (None, Trigger.IMPORT, Trigger.MANUAL), links, product((True, False), repeat=7)
    )
    return [
        check(Situation(connector, trigger, facts[0], state, reason, *facts[1:]))
        for connector, trigger, (state, reason), facts in asked
    ]


class Reader:
    """Somebody who opens page after page of prospects and reads all that is on them."""

    def __init__(self, page: Page, unit: str) -> None:
        self.page, self.unit = page, unit

    def reads(self, prospect: Prospect, tab: str = "") -> str:
        """The text of a tab with every "Why?" opened; fails on a code that is printed raw."""
        self.page.goto(f"/u/{self.unit}/prospects/{prospect.pk}/{tab}")
        self.page.evaluate(OPEN_ALL)
        told = re.sub(r"\s+", " ", self.page.locator("main").inner_text())
        assert RAW.findall(told) == [], self.page.url
        return told


@pytest.fixture
def reader(enter, world) -> Reader:
    return Reader(enter("support"), world.unit.slug)


def test_every_reason_rule_and_kind_of_conflict_is_in_plain_words_on_the_prospects_page(
    reader, world
) -> None:
    everybody_who_does_not_sync(reader, world)
    somebody_with_every_reason_not_to_be_mailed(reader, world)
    every_rule_and_every_hold(reader, world)
    every_kind_of_conflict(reader, world)


def everybody_who_does_not_sync(reader, world) -> None:
    answers = verdicts()
    assert {answer.reason for answer in answers} == {None, *NOT_SYNCING}
    assert {line.code for answer in answers for line in answer.checks} == set(NOT_SYNCING)
    for code, (state, link, facts) in NOT_SYNCING.items():
        somebody = {"email": f"{code.replace('_', '-')}@example.com", **facts}
        prospect = add_prospect(world.unit, link=link, **somebody)
        Connector.objects.update(state=state)
        told = reader.reads(prospect)
        assert f"No. {words.SYNC_REASONS[code]}" in told
        _, crossed = words.CHECKS[code]
        assert crossed in told
    Connector.objects.update(state="running")


def somebody_with_every_reason_not_to_be_mailed(reader, world) -> None:
    told = reader.reads(add_prospect(world.unit, "cy@example.com", link=linked(8), **SUPPRESSED))
    for code in reasons(Consent(**SUPPRESSED)):
        assert words.MAILABILITY_REASONS[code] in told


def every_rule_and_every_hold(reader, world) -> None:
    ada = add_prospect(world.unit, "ada@example.com", link=linked(9))
    decided = dict(zip(BY_KEY, Rule, strict=False))
    assert set(decided.values()) == set(Rule)
    for key, rule in decided.items():
        tell(ada, change(key, "Oslo", "Turku", rule), now=world.now())
    codes = {value for name, value in vars(holds).items() if name.isupper()}
    held = dict(zip(BY_KEY, sorted(codes), strict=False))
    for key, code in held.items():
        text = holds.hold_text([holds.HoldReason(code, "Lead", "City")])
        ProspectField.objects.filter(key=key).update(hold_reason=text)
    reader.reads(ada)
    for key, rule in decided.items():
        row = reader.page.locator(f"#field-{key}").inner_text()
        assert words.RULES[rule] in row
        assert key not in held or f"{words.HOLDS[held[key]]}: Lead City." in row
    told = reader.reads(ada, "history/")
    assert [rule for rule in Rule if words.RULES[rule] not in told] == []


def every_kind_of_conflict(reader, world) -> None:
    bob = add_prospect(world.unit, "bob@example.com", link=linked(10))
    for kind in ConflictKind:
        add_conflict(bob, kind)
    told = reader.reads(bob, "problems/")
    for kind in ConflictKind:
        assert problem_words.CONFLICTS[kind] in told
        assert BADGES["conflict_kind"][kind].word in told
