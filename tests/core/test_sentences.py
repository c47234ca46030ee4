"""Refusals and errors of the rules, word by word: what happened, to what, and what to do."""

import pytest

from syncapp.core import sharing
from syncapp.core.connector import Move, after
from syncapp.core.creation import new_prospect, new_record
from syncapp.core.known import NO_ADDRESS
from syncapp.core.mailability import Consent, Event, EventRefused, apply_event
from syncapp.core.mapping_rules import MappingContext, check_mapping
from syncapp.core.pair import merge_pair
from syncapp.core.refusals import Refusal
from syncapp.core.rules import Owners
from syncapp.core.send import check_send
from syncapp.core.sharing import SharingContext, SharingRule, check_sharing
from syncapp.core.types import (
    Behavior,
    ConflictKind,
    ConflictNote,
    ErrorNote,
    FieldType,
    LinkState,
    MailabilityModel,
    Rule,
    SalesforceField,
    Side,
)
from syncapp.core.users import owner_of_new_record
from tests.core.build import (
    CONTACT,
    LEAD,
    SCHEMA,
    known,
    linked,
    mapping,
    prospect,
    row,
    rules,
    text_field,
)

RULE, TWIN = (
    SharingRule("lead", "Region__c", ("EMEA",)),
    SharingRule("contact", "Region__c", ("UK",)),
)
REGION = {"Region__c": SalesforceField("Region__c", "picklist", updateable=False)}
FREE = {"Region__c": SalesforceField("Region__c", "picklist")}


def of_sharing(*given, **facts):
    usual = {"version": 2, "state": "paused", "mappings": [], "schema": {"Lead": FREE}}
    usual["schema"] |= {"Contact": FREE, "Opportunity": FREE}
    return check_sharing(given, SharingContext(**usual | facts))


# Asked for in the test: what is decided on import no mutant of a rule can change.
ONE_BY_ONE = [
    (
        lambda: of_sharing(RULE, TWIN, version=1),
        "sharing_needs_v2",
        "Marketing Data Sharing needs a version 2 connector.",
        "sharing",
    ),
    (
        lambda: of_sharing(RULE, TWIN, state="running"),
        "sharing_needs_pause",
        "Pause the connector before you change Marketing Data Sharing.",
        "sharing",
    ),
    (
        lambda: of_sharing(RULE, RULE, TWIN),
        "sharing_one_rule_per_object",
        "There is more than one rule for lead: use one rule with several values.",
        "sharing.lead",
    ),
    (
        lambda: of_sharing(RULE),
        "sharing_lead_and_contact",
        "Lead and contact need a rule each, or conversion would hide people: add both.",
        "sharing",
    ),
    (
        lambda: of_sharing(SharingRule("task", "X__c", ("a",))),
        "sharing_object",
        "task has no sharing: use lead, contact, opportunity.",
        "sharing.task",
    ),
    (
        lambda: of_sharing(SharingRule("opportunity", "X__c", ("a",)), schema={"Opportunity": {}}),
        "sharing_field_unknown",
        "The connector user sees no field Opportunity.X__c.",
        "sharing.opportunity",
    ),
    (
        lambda: of_sharing(RULE, TWIN, schema={"Lead": REGION, "Contact": FREE}),
        "sharing_field_read_only",
        "The connector user needs Edit access to Lead.Region__c.",
        "sharing.lead",
    ),
    (
        lambda: of_sharing(RULE, TWIN, mappings=[mapping("x", lead="Region__c", contact=None)]),
        "sharing_field_mapped",
        "Lead.Region__c is mapped to a prospect field: use another field.",
        "sharing.lead",
    ),
    (
        lambda: of_sharing(RULE, SharingRule("contact", "Region__c", ())),
        "sharing_values",
        "The rule on Contact.Region__c needs values, each once and none blank.",
        "sharing.contact",
    ),
    (
        lambda: of_sharing(RULE, TWIN, others=[RULE]),
        "sharing_not_unique",
        "Another business unit of this org has this rule on Lead.Region__c.",
        "sharing.lead",
    ),
    (
        lambda: sharing.check_integration_user(integration_user=True, others=["APAC"], rules=[]),
        "integration_user_needs_sharing",
        "APAC is connected to the same Salesforce org: the integration user may only be used with "
        "Marketing Data Sharing. Add sharing rules, or name an own connector user.",
        "connector.connector_user",
    ),
    (
        lambda: [after(2, "paused", Move.VERIFY)],
        "wrong_version",
        "A v2 connector has Pause and Resume Sync.",
        "connector.state",
    ),
    (
        lambda: [after(1, "verified", Move.VERIFY)],
        "wrong_state",
        "The connector is verified already.",
        "connector.state",
    ),
    (
        lambda: check_mapping(
            mapping("opted_out", lead="City", contact=None, words=("No", "no")),
            MappingContext(ampsea=False),
        ),
        "words_alike",
        "The word for opted out must differ from the one for opted in.",
        "fields.opted_out.words",
    ),
    (
        lambda: check_mapping(
            mapping("city", lead="Nope__c", contact=None),
            MappingContext(ampsea=False, schema=SCHEMA),
        ),
        "field_not_visible",
        "The connector user sees no field Lead.Nope__c. Give it Visible field-level security, "
        "create the field, or choose another.",
        "fields.city.lead",
    ),
]


@pytest.mark.parametrize(
    ("found", "code", "message", "where"), ONE_BY_ONE, ids=[one[1] for one in ONE_BY_ONE]
)
def test_a_refused_setting_says_why_and_where(found, code, message, where):
    assert found() == [Refusal(code, message, where)]


def asleep():
    someone = linked(number=7)
    someone.link.state = LinkState.DO_NOT_SYNC
    return someone


HIDDEN = {"extra": {"sharing": {LEAD: RULE}}}
NAME = f"Lead {row()['Id']}"


@pytest.mark.parametrize(
    ("fields", "about", "unit", "code", "message"),
    [
        (
            {},
            [],
            {"state": "unverified"},
            "connector_unverified",
            "The connector is not verified. Verify it first.",
        ),
        ({"IsDeleted": True}, [], {}, "record_gone", f"The {NAME} was deleted."),
        (
            {"IsConverted": True},
            [],
            {},
            "record_gone",
            f"The {NAME} was converted: send its contact.",
        ),
        ({}, [], HIDDEN, "not_shared", f"This business unit does not share the {NAME}."),
        (
            {},
            [asleep()],
            {},
            "do_not_sync",
            "Prospect 7 is flagged Do not sync with CRM. Lift the flag first.",
        ),
        (
            {"Email": None},
            [],
            {},
            "no_email",
            f"The {NAME} has no valid email address. Add one first.",
        ),
    ],
)
def test_a_record_that_cannot_be_sent_says_why(fields, about, unit, code, message):
    found = check_send(LEAD, row(**fields), known(*about), rules(**unit))
    assert found == Refusal(code, message)


@pytest.mark.parametrize(
    ("model", "event", "message"),
    [
        (
            MailabilityModel.UPGRADED,
            Event.RESUBSCRIBE,
            "This person complained: only an administrator may opt them in again.",
        ),
        (
            MailabilityModel.LEGACY,
            Event.RESET_BOUNCES,
            "Bounces are reset by correcting the email address until the unit is upgraded.",
        ),
    ],
)
def test_a_refused_email_event_says_who_or_what_helps(model, event, message):
    with pytest.raises(EventRefused) as refusal:
        apply_event(model, Consent(complained=True), event)
    assert str(refusal.value) == message


# errors on single fields, both ways and at creation
COLOR = mapping("color", label="Color", type=FieldType.DROPDOWN, sf="Title", values=("red",))
AGE = mapping("age", type=FieldType.NUMBER, sf="Phone")
NOT_READ = [
    ErrorNote("VALUE_NOT_PREDEFINED", "Color has no predefined value 'green'.", "color"),
    ErrorNote("UNREADABLE_VALUE", "Phone: 'many' is not a number", "age"),
]


def test_values_that_cannot_be_taken_over_are_named():
    record, unit = row(Title="green", Phone="many"), rules(COLOR, AGE)
    assert merge_pair(linked(record, color="red", age=1), LEAD, record, unit).errors == NOT_READ
    assert new_prospect(LEAD, record, unit, NO_ADDRESS).errors == NOT_READ


def test_values_that_salesforce_cannot_hold_are_named_with_their_field():
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "City": text_field("City", length=3)}}
    unit = rules(mapping("city", Behavior.AE), schema=shown)
    error = ErrorNote("STRING_TOO_LONG", "City: data value too large: Turku (max length=3)", "city")
    record = row(City="Åbo")
    assert merge_pair(linked(record, city="Turku"), LEAD, record, unit).errors == [error]
    plan = new_record(prospect(city="Turku"), unit, assignment_rules=False)
    assert plan.errors == [error]
    assert plan.conflicts == [
        ConflictNote(
            ConflictKind.UNSTORABLE, "city", "Turku", None, decided=Side.AE, rule=Rule.CREATED
        )
    ]


def test_a_word_that_is_neither_is_named_with_both():
    unit = rules(mapping("opted_out", Behavior.SF, sf="Title", words=("No mail", "Mail me")))
    record = row(Title="maybe")
    [error] = merge_pair(linked(record), LEAD, record, unit).errors
    assert error.message == "Title: 'maybe' is neither 'No mail' nor 'Mail me'"


def test_an_inactive_owner_is_named_with_two_ways_out():
    owners = Owners({}, {1: "005A"}, frozenset({"005A"}))
    assert owner_of_new_record(1, owners, "005C") == ErrorNote(
        "INACTIVE_OWNER_OR_USER",
        "The assigned user's Salesforce user 005A is inactive and cannot own a record. "
        "Assign the prospect to somebody else, or map the user to an active Salesforce user.",
        "assigned_user",
    )


def test_a_field_that_may_not_be_edited_is_named_with_what_to_do():
    shown = {**SCHEMA, CONTACT: {**SCHEMA[CONTACT], "Title": text_field("Title", updateable=False)}}
    unit = rules(mapping("job_title", Behavior.AE), schema=shown)
    record = row(CONTACT, Title="Countess")
    plan = merge_pair(linked(record, job_title="Lady"), CONTACT, record, unit)
    assert plan.errors == [
        ErrorNote(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "The connector user may not edit Title. Give it Edit access or change the mapping.",
            "job_title",
        )
    ]
