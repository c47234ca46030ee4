"""Why is this value what it is? product.md F32, from history alone."""

from syncapp.core.explain import Told, explain
from syncapp.core.types import Rule, Side
from tests.core.build import at

NOON = "2026-11-22T12:00:00Z"


def told(minutes, side, old, new, by, **more):
    change = {"field": more.pop("field", "city"), "side": side, "old": old, "new": new}
    winner, _, rule = by.partition(" ")
    change |= {"winner": winner, "rule": rule or "salesforce"} | more.pop("change", {})
    return Told(at(minutes), more.pop("run", 7), change, **more)


def test_a_value_from_salesforce_shows_both_values_rule_run_and_times():
    entry = told(
        0, "ae", "Oslo", "Turku", "sf", change={"ae_at": "2026-11-22T11:00:00Z", "sf_at": NOON}
    )
    found = explain("city", "Turku", [entry])
    why = found.decided
    assert (why.rule, why.winner, why.written) == (Rule.SF, Side.SF, Side.AE)
    assert (why.ae_value, why.sf_value) == ("Oslo", "Turku")
    assert (why.ae_known, why.sf_known) == (True, True)
    assert (why.ae_at, why.sf_at) == (at(-60), at(0))
    assert (why.at, why.run) == (at(0), 7)
    assert found.origin == why
    assert not found.stale


def test_a_value_that_was_written_to_salesforce_shows_what_it_replaced_there():
    entry = told(0, "sf", "Turku", "Oslo", "ae most_recent_record")
    why = explain("city", "Oslo", [entry]).decided
    assert (why.written, why.ae_value, why.sf_value) == (Side.SF, "Oslo", "Turku")
    assert (why.ae_known, why.sf_known) == (True, True)


def test_an_edit_by_hand_says_nothing_of_salesforce():
    entry = told(0, "ae", "Oslo", "Turku", "ae manual", run=None, actor="ann")
    why = explain("city", "Turku", [entry]).decided
    assert (why.ae_value, why.sf_value) == ("Oslo", None)
    assert (why.ae_known, why.sf_known) == (True, False)
    assert (why.run, why.actor) == (None, "ann")
    taken_over = told(0, "sf", "x", "y", "sf")
    why = explain("city", "y", [taken_over]).decided
    assert (why.ae_known, why.sf_known, why.ae_value, why.sf_value) == (False, True, None, "x")


def test_the_newest_decision_counts_and_its_origin_is_the_newest_change_here():
    edit = told(0, "ae", "Oslo", "Turku", "ae manual")
    sent = told(5, "sf", "Oslo", "Turku", "ae account_engagement")
    other = told(9, "ae", 1, 2, "sf", field="score")
    older = told(-9, "ae", None, "Oslo", "sf created")
    found = explain("city", "Turku", [sent, other, older, edit])
    assert (found.decided.rule, found.origin.rule) == (Rule.AE, Rule.MANUAL)
    assert not found.stale


def test_a_value_that_history_does_not_lead_to_is_stale():
    found = explain("city", "Bergen", [told(0, "ae", "Oslo", "Turku", "sf")])
    assert found.stale
    assert found.decided is not None
    only_sent = explain("city", "Bergen", [told(0, "sf", "Oslo", "Turku", "ae")])
    assert (only_sent.stale, only_sent.origin) == (False, None)


def test_a_field_without_history_is_unexplained():
    found = explain("city", "Oslo", [])
    assert (found.decided, found.origin, found.stale) == (None, None, False)


def test_times_of_the_whole_row_are_used_where_the_change_has_none():
    why = explain("city", "x", [told(0, "ae", 1, "x", "sf", ae_at=at(-1), sf_at=at(-2))]).decided
    assert (why.ae_at, why.sf_at) == (at(-1), at(-2))
    assert explain("city", "x", [told(0, "ae", 1, "x", "sf")]).decided.ae_at is None
