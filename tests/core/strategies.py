"""Random prospects, records and rules, and a plain reference of what applying a plan means."""

from copy import deepcopy

from hypothesis import strategies as st

from syncapp.core.pair import PairPlan
from syncapp.core.rules import Rules
from syncapp.core.types import Behavior, FieldType, Prospect, Row
from syncapp.core.values import stamp
from tests.core.build import CONNECTOR, EPOCH, SOMEBODY, at, edited, linked, mapping, row, rules

BEHAVIORS = st.sampled_from([Behavior.AE, Behavior.SF, Behavior.RECORD])
CONSENT_BEHAVIORS = st.sampled_from(list(Behavior))
MINUTES = st.one_of(st.none(), st.integers(-5, 5))
TEXTS = st.sampled_from([None, "", "a", "a ", "b", "ab"])
SOURCES = st.sampled_from(["manual", "event", "import", "sync"])

TEXT_FIELDS = {"city": "City", "title": "Title", "phone": "Phone"}
EITHER = st.booleans()
NUMBERS = st.sampled_from([None, 0, 1, 2.5])
HOLDS = st.sampled_from([None, None, None, "history_not_tracked"])


@st.composite
def units(draw, hold=HOLDS) -> Rules:
    """A unit with text, number, checkbox and both consent fields mapped, every behavior."""
    fields = [mapping("city", draw(BEHAVIORS), hold=draw(hold))]
    fields += [mapping(k, draw(BEHAVIORS), sf=TEXT_FIELDS[k]) for k in ("title", "phone")]
    fields += [
        mapping("age", draw(BEHAVIORS), sf="AnnualRevenue", type=FieldType.NUMBER),
        mapping("flag", draw(BEHAVIORS), sf="DoNotCall", type=FieldType.CHECKBOX),
        mapping("opted_out", draw(CONSENT_BEHAVIORS), hold=draw(hold)),
        mapping("do_not_email", draw(BEHAVIORS), sf="DNE__c", hold=draw(hold)),
    ]
    return rules(*fields, blank_overwrites=draw(st.booleans()))


def _time(minutes: int | None):
    return None if minutes is None else at(minutes)


@st.composite
def pairs(draw, first_link=EITHER) -> tuple[Prospect, Row]:
    """A prospect and its record that differ in some fields, with edits since the last sync."""
    record = row(
        by=draw(st.sampled_from([SOMEBODY, CONNECTOR])),
        modified=at(draw(st.integers(-5, 5))),
        AnnualRevenue=draw(NUMBERS),
        DoNotCall=draw(st.booleans()),
        HasOptedOutOfEmail=draw(st.booleans()),
        DNE__c=draw(st.booleans()),
        **{sf: draw(TEXTS) for sf in TEXT_FIELDS.values()},
    )
    values = {key: (draw(TEXTS) or "").rstrip() or None for key in TEXT_FIELDS}
    values |= {"age": draw(NUMBERS), "flag": draw(st.booleans())}
    values |= {"opted_out": draw(st.booleans()), "do_not_email": draw(st.booleans())}
    base = {k: edited(draw(st.sampled_from([None, "a", "c"])), "manual") for k in draw(some_keys())}
    for key in ("opted_out", "do_not_email"):
        if draw(st.booleans()):
            base[key] = edited(not values[key], draw(SOURCES))
    epoch = -1 if draw(first_link) else EPOCH
    someone = linked(record, base=base, epoch=epoch, **values)
    someone.record_changed_at = _time(draw(MINUTES))
    someone.opted_out_changed_at = _time(draw(MINUTES))
    someone.link.others_changed_at = _time(draw(MINUTES))
    return someone, record


def some_keys():
    return st.sets(st.sampled_from(list(TEXT_FIELDS)))


def applied(plan: PairPlan, unit: Rules) -> tuple[Prospect, Row]:
    """Prospect and record after everything in the plan was done, loosenings included."""
    someone, record = deepcopy(plan.prospect), dict(plan.row)
    record |= plan.sf_fields
    slots = {slot.key: slot for slot in unit.slots[plan.sobject]}
    for write in plan.writes + plan.loosenings:
        if write.side == "ae":
            someone.values[write.field] = write.new
        elif write in plan.loosenings:
            record[slots[write.field].sf] = write.new
        someone.link.base.pop(write.field, None)
    for key in plan.settled:
        someone.link.base.pop(key, None)
    if plan.sf_fields or any(write.side == "sf" for write in plan.loosenings):
        record |= {"LastModifiedById": CONNECTOR, "LastModifiedDate": stamp(at(6))}
    someone.link.others_changed_at = plan.others_changed_at or someone.link.others_changed_at
    if plan.ends_first_link:
        someone.link.consent_epoch = unit.consent_epoch
    return someone, record
