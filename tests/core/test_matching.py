"""Which record? product.md §4 and seed 001 ("the first record it finds")."""

from syncapp.core.matching import Candidate, choose
from tests.core.build import CONTACT, LEAD, at, row

FREE: frozenset[str] = frozenset()


def lead(number, **fields):
    return Candidate(LEAD, row(LEAD, number, **fields))


def contact(number, **fields):
    return Candidate(CONTACT, row(CONTACT, number, **fields))


def test_contacts_come_before_leads_even_when_younger():
    match = choose([lead(1, created=at(-900)), contact(2, created=at(-1))], FREE)
    assert match.record.id == contact(2).id
    assert match.others == (lead(1).id,)


def test_then_the_oldest_then_the_lowest_id():
    old, young = lead(5, created=at(-90)), lead(1, created=at(-10))
    assert choose([young, old], FREE).record is old
    twin = lead(4, created=at(-90))
    assert choose([old, twin], FREE).record is twin
    assert choose([young, old, twin], FREE).others == (old.id, young.id)


def test_converted_deleted_and_taken_records_never_match():
    converted, deleted, taken = lead(1, IsConverted=True), lead(2, IsDeleted=True), lead(3)
    assert choose([converted, deleted, taken], {taken.id}) is None
    free = lead(4)
    match = choose([converted, deleted, taken, free], frozenset({taken.id}))
    assert match.record is free
    assert match.others == ()


def test_the_record_that_send_to_account_engagement_names_comes_before_all_others():
    named = Candidate(LEAD, row(LEAD, 5, created=at(-1)), asked_for=True)
    assert choose([contact(1), lead(2), named], FREE).record is named
