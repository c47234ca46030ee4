"""Mailability in SQL is mailability in core (product.md §6)."""

from collections import Counter
from datetime import UTC, datetime
from itertools import product

import pytest

from syncapp.core.mailability import Status
from syncapp.core.types import MailabilityModel
from syncapp.models import BusinessUnit, Prospect
from syncapp.services.lists import count_statuses, mailability_of, statuses, with_status

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FLAGS = ("archived", "opted_out", "do_not_email", "hard_bounced", "held_opt_out", "complained")


def every_combination(unit: BusinessUnit) -> list[Prospect]:
    facts = product((False, True), repeat=len(FLAGS))
    return Prospect.objects.bulk_create(
        Prospect(
            unit=unit,
            email=f"p{number}-{soft}@example.com",
            soft_bounces=soft,
            created_at=T0,
            updated_at=T0,
            **dict(zip(FLAGS, flags, strict=True)),
        )
        for number, flags in enumerate(facts)
        for soft in (0, 4, 5)
    )


@pytest.mark.parametrize("model", list(MailabilityModel))
def test_sql_and_core_give_every_combination_of_facts_the_same_status(model) -> None:
    unit = BusinessUnit.objects.create(slug="emea", name="EMEA", mailability_model=model)
    decided = {p.pk: mailability_of(p, model).status for p in every_combination(unit)}
    for status in Status:
        found = Prospect.objects.filter(with_status(model, status)).values_list("pk", flat=True)
        wanted = {pk for pk, code in decided.items() if code is status}
        assert set(found) == wanted, status
    counted = Counter(decided.values())
    assert count_statuses(unit) == {status: counted[status] for status in statuses(model)}
    assert set(statuses(model)) == set(decided.values())


def test_a_status_that_the_model_does_not_have_is_nobodys() -> None:
    unit = BusinessUnit.objects.create(slug="emea", name="EMEA")
    every_combination(unit)
    legacy_only = with_status(MailabilityModel.UPGRADED, Status.UNMAILABLE)
    assert not Prospect.objects.filter(legacy_only).exists()
