"""What of a backup goes back into a prospect, field by field (product.md F20, §6, §9)."""

from typing import Any

import pytest

from syncapp.core.restore import RestorePlan, plan_restore
from syncapp.core.types import Value
from tests.core.build import prospect

FIELDS = frozenset({"email", "city", "opted_out", "do_not_email"})
USERS = {"ann@example.com": 7}


def restored(differing: dict[str, tuple[Value, Value]], **facts: Any) -> RestorePlan:
    """The plan for field -> (backup's value, value now)."""
    return plan_restore(prospect(), differing, fields=FIELDS, users=USERS, **facts)


def kept(plan: RestorePlan) -> dict[str, str]:
    return {key: reason.value for key, _, _, reason in plan.stays}


def test_values_bounces_and_the_recycle_bin_go_back_as_the_backup_has_them() -> None:
    plan = restored(
        {
            "city": ("Oslo", "Turku"),
            "assigned_user": ("ann@example.com", None),
            "archived": (True, False),
            "hard_bounced": (True, False),
            "soft_bounces": (3, 0),
        }
    )
    assert plan.prospect.id == 1
    assert plan.values == {"city": "Oslo", "assigned_user": 7}
    assert plan.facts == {"archived": True, "hard_bounced": True, "soft_bounces": 3}
    assert (plan.loosenings, plan.stays) == ([], [])


def test_nobody_assigned_is_a_value_too() -> None:
    assert restored({"assigned_user": (None, "ann@example.com")}).values == {"assigned_user": None}


@pytest.mark.parametrize(
    "key",
    [
        "id",
        "merged_into_id",
        "opted_out_changed_at",
        "record_changed_at",
        "created_at",
        "hard_bounced_at",
        "held_opt_out",
        "complained",
    ],
)
def test_what_the_product_keeps_for_itself_is_neither_restored_nor_listed(key: str) -> None:
    plan = restored({key: (1, 2), "city": ("Oslo", None)})
    assert (plan.values, plan.facts, plan.stays) == ({"city": "Oslo"}, {}, [])


@pytest.mark.parametrize(
    ("key", "before", "taken", "reason"),
    [
        ("crm_lead_id", "00Q1", False, "follows_salesforce"),
        ("favourite_color", "Blue", False, "not_a_field"),
        ("assigned_user", "gone@example.com", False, "no_such_user"),
        ("email", "old@example.com", True, "address_taken"),
        ("archived", False, True, "address_taken"),
    ],
)
def test_a_value_stays_with_its_reason(key: str, before: Value, taken: bool, reason: str) -> None:
    plan = restored({key: (before, "now"), "city": ("Oslo", "Turku")}, address_taken=taken)
    assert [(k, b, n, r.value) for k, b, n, r in plan.stays] == [(key, before, "now", reason)]
    assert (plan.values, plan.facts) == ({"city": "Oslo"}, {})


def test_a_taken_address_is_no_reason_to_stay_out_of_the_bin_nor_to_keep_a_value() -> None:
    plan = restored({"archived": (True, False), "city": ("Oslo", "Turku")}, address_taken=True)
    assert (plan.facts, plan.values, plan.stays) == ({"archived": True}, {"city": "Oslo"}, [])


def test_a_free_address_goes_back_and_takes_its_prospect_out_of_the_bin() -> None:
    plan = restored({"email": ("old@example.com", "new@example.com"), "archived": (False, True)})
    assert (plan.values, plan.facts) == ({"email": "old@example.com"}, {"archived": False})


CONSENT = ["opted_out", "do_not_email"]


@pytest.mark.parametrize("key", CONSENT)
@pytest.mark.parametrize("opt_ins", [True, False])
def test_an_opt_out_of_the_backup_comes_back_at_once(key: str, opt_ins: bool) -> None:
    plan = restored({key: (True, False)}, opt_ins=opt_ins)
    assert (plan.values, plan.loosenings, plan.stays) == ({key: True}, [], [])


@pytest.mark.parametrize("key", CONSENT)
def test_an_opt_out_that_the_backup_does_not_have_stays_without_the_tick(key: str) -> None:
    plan = restored({key: (False, True), "city": ("Oslo", "Turku")})
    assert (plan.values, plan.loosenings) == ({"city": "Oslo"}, [])
    assert kept(plan) == {key: "would_opt_in"}


def test_with_the_tick_opt_outs_wait_for_the_guard() -> None:
    plan = restored({**dict.fromkeys(CONSENT, (False, True)), "city": ("Oslo", None)}, opt_ins=True)
    assert (plan.values, plan.loosenings, plan.stays) == ({"city": "Oslo"}, CONSENT, [])


def test_a_consent_field_that_the_unit_lost_is_no_opt_in() -> None:
    plan = plan_restore(
        prospect(), {"do_not_email": (False, True)}, fields=frozenset(), users={}, opt_ins=True
    )
    assert (plan.loosenings, kept(plan)) == ([], {"do_not_email": "not_a_field"})


def test_an_address_that_is_opted_out_opts_out_whoever_gets_it_whatever_the_tick() -> None:
    back = {"email": ("old@example.com", "new@example.com")}
    loose = {**back, **dict.fromkeys(CONSENT, (False, True))}
    plan = restored(loose, opt_ins=True, address_opted_out=True)
    assert plan.values == {"email": "old@example.com", "opted_out": True}
    assert plan.loosenings == ["do_not_email"]
    assert restored(back, address_opted_out=False).values == {"email": "old@example.com"}
    kept_email = restored(loose, opt_ins=True, address_opted_out=True, address_taken=True)
    assert (kept_email.values, kept_email.loosenings) == ({}, CONSENT)
