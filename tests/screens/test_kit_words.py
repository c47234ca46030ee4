"""Every code a person can meet has words, every status a badge, every icon a drawing."""

import re
from pathlib import Path

import pytest

from dashboard.ui import problem_words, words
from dashboard.ui.badges import BADGES, TONES, badge
from dashboard.ui.navigation import MENU
from syncapp.core import eligibility, holds, mailability, storable, writing
from syncapp.core.catalog import DEFAULT_FIELDS
from syncapp.core.types import Behavior, ConflictKind, LinkState, Rule, Side, Trigger
from syncapp.models import Connector, Membership, SyncRun
from syncapp.services import refusals

ROOT = Path(__file__).resolve().parents[2]
SYMBOLS = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (ROOT / "static/icons.svg").read_text()))


def _quoted(module, function_call: str) -> set[str]:
    return set(re.findall(function_call, Path(module.__file__).read_text()))


def test_every_rule_behavior_side_and_trigger_has_words():
    assert not {rule.value for rule in Rule} - set(words.RULES)
    assert not {behavior.value for behavior in Behavior} - set(words.BEHAVIORS)
    assert not {side.value for side in Side} - set(words.SIDES)
    assert not {trigger.value for trigger in Trigger} - set(words.TRIGGERS)
    assert not {kind.value for kind in ConflictKind} - set(problem_words.CONFLICTS)


def test_every_check_of_the_checklist_has_words_for_yes_no_and_the_answer():
    codes = _quoted(eligibility, r'Check\("(\w+)"')
    assert len(codes) == 11
    assert not codes - set(words.CHECKS)
    assert not codes - set(words.SYNC_REASONS)
    for code in codes:
        assert words.check_words(code, True) != words.check_words(code, False)


def test_every_mailability_reason_and_kind_of_mail_has_words():
    everything = mailability.Consent(True, True, True, 9, True, True, True)
    assert not set(mailability.reasons(everything)) - set(words.MAILABILITY_REASONS)
    assert set(mailability.ALL_MAIL) == set(words.MAY_SEND)


def test_every_reason_of_a_hold_has_words_and_names_the_field():
    codes = {value for name, value in vars(holds).items() if name.isupper()}
    assert codes == set(words.HOLDS)
    text = holds.hold_text([holds.HoldReason(holds.HIDDEN, "Lead", "Region__c")])
    assert words.hold_words(text)[0].endswith("deleted: Lead Region__c.")
    assert words.hold_words(None) == []


def test_every_error_code_that_the_product_names_itself_says_what_to_do():
    own = set(refusals.TRANSIENT | refusals.GONE)
    for module in (writing, storable):
        own |= _quoted(module, r'"([A-Z]+(?:_[A-Z]+)+)"')
    assert {"STRING_TOO_LONG", "VALUE_NOT_PREDEFINED"} <= own
    assert not own - set(problem_words.ERRORS)


def test_every_default_field_is_called_by_its_label():
    for field in DEFAULT_FIELDS:
        assert words.field_words(field.key) == field.label
    assert words.field_words("favourite_color", "Favourite Color") == "Favourite Color"


def test_an_unknown_code_is_spelled_out_and_breaks_nothing():
    assert words.reason_words("brand_new_reason") == "Brand new reason"
    assert words.rule_words("") == ""
    assert words.check_words("brand_new", False) == "Brand new"
    assert problem_words.error_words("NEW_CODE")[0] == "NEW CODE."
    assert badge("run_state", "half_done").word == "Half done"


def test_a_value_is_shown_as_a_person_reads_it():
    assert words.value_words(True) == "Yes"
    assert words.value_words(None) == words.value_words("") == "(empty)"
    assert words.value_words(["a", False]) == "a, No"
    assert words.value_words(0) == "0"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("mailability", [status.value for status in mailability.Status]),
        ("run_state", [value for value, _ in SyncRun.STATES]),
        ("connector_state", [value for value, _ in Connector.STATES]),
        ("crm_state", [state.value for state in LinkState]),
        ("conflict_kind", [kind.value for kind in ConflictKind]),
        ("conflict_state", ["open", "resolved"]),
        ("error_state", ["open", "retrying", "quarantined", "resolved"]),
        ("prospect_state", ["active", "recycle_bin"]),
        ("role", [value for value, _ in Membership.ROLES]),
        ("side", [side.value for side in Side]),
    ],
)
def test_every_status_has_a_badge(kind, values):
    assert not set(values) - set(BADGES[kind])


def test_every_badge_has_a_tone_an_icon_that_exists_and_a_word_of_its_own():
    for kind, table in BADGES.items():
        shown = list(table.values())
        assert len({one.word for one in shown}) == len(shown), kind
        for one in shown:
            assert one.tone in TONES
            assert one.icon in SYMBOLS, one


def test_a_tick_counts_as_yes_and_no():
    assert badge("check", True) == BADGES["check"]["yes"]
    assert badge("check", False) == BADGES["check"]["no"]


def test_every_icon_that_a_page_uses_is_in_the_sprite():
    used = {entry.icon for section in MENU for entry in section.entries}
    for template in (ROOT / "templates").rglob("*.html"):
        used |= set(re.findall(r'{% icon "([a-z0-9-]+)"', template.read_text()))
    assert not used - SYMBOLS
