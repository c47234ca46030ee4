"""What a screen saves: read and checked like a file, version-checked, audited with who and why."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import AuditEntry, BusinessUnit, Connector, Membership, SalesforceUser
from syncapp.services import settings
from syncapp.services.config_values import ConfigError
from syncapp.services.refused import ChangedMeanwhile, Refused
from tests.services.files import NOON, apply, audited, config, unit

pytestmark = pytest.mark.django_db
TEXT = {
    "type": "string",
    "label": "",
    "length": 80,
    "updateable": True,
    "createable": True,
    "restricted": False,
    "picklist": [],
    "digits": 0,
}
TICK = {**TEXT, "type": "boolean", "length": 0}
HOO = "HasOptedOutOfEmail"
SHOWN = {"City": TEXT, "Town__c": TEXT, "Fan__c": TICK, HOO: TICK, "OptedOut_Custom__c": TICK}


@pytest.fixture
def emea() -> BusinessUnit:
    """A unit whose org was looked at, and its administrator "ada"."""
    apply(config())
    Connector.objects.update(
        schema={"Lead": SHOWN, "Contact": {**SHOWN, "MailingCity": TEXT}},
        history_tracked={"Lead": {HOO: True}, "Contact": {HOO: True}},
    )
    ada = get_user_model().objects.create_user("ada")
    Membership.objects.create(user=ada, unit=unit(), role="administrator")
    return unit()


def save(actor: str = "ada", seen: dict[str, int | None] | None = None, why: str = "", **wanted):
    here = unit()
    known = {"business_unit": here.version, "connector": here.connector.version}
    for field in here.fields.all():
        known[f"fields.{field.key}"] = field.version
    known = {name: known[name] for name in _names(wanted) if name in known}
    return settings.save(
        unit=here, wanted=wanted, seen=seen or known, actor=actor, now=NOON, why=why
    )


def _names(wanted: dict[str, Any]) -> list[str]:
    return [
        name
        for section, values in wanted.items()
        for name in ([section] if section != "fields" else [f"fields.{key}" for key in values])
    ]


def field(key: str):
    return unit().fields.get(key=key)


def refused(**wanted: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as found:
        save(**wanted)
    return [(one.where, one.message) for one in found.value.reasons]


def test_a_save_is_audited_with_before_after_who_and_why(emea) -> None:
    changed = save(why=" Fewer calls ", connector={"interval_seconds": 600})
    assert [one.line for one in changed] == ["connector.interval_seconds: 120 → 600"]
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor, entry.why) == ("connector.changed", "ada", "Fewer calls")
    assert (entry.before, entry.after) == ({"interval_seconds": 120}, {"interval_seconds": 600})


def test_saving_what_is_so_already_changes_and_tells_nothing(emea) -> None:
    before = len(audited())
    assert save(connector={"interval_seconds": 120}, business_unit={"name": "EMEA"}) == []
    assert len(audited()) == before
    assert unit().connector.version == emea.connector.version


@pytest.mark.parametrize(
    ("wanted", "thing"),
    [
        ({"business_unit": {"name": "Mine"}}, "business_unit"),
        ({"connector": {"interval_seconds": 300}}, "connector"),
        ({"fields": {"city": {"lead": "Town__c"}}}, "fields.city"),
        ({"users": [{"email": "Ann@example.com", "name": "Mine"}]}, "users.ann@example.com"),
        ({"custom_fields": {"fan": {"label": "Mine"}}}, "custom_fields.fan"),
    ],
)
def test_nobody_saves_over_a_newer_save(emea, wanted, thing) -> None:
    apply(
        config(
            users=[{"email": "ann@example.com"}],
            custom_fields={"fan": {"type": "checkbox"}},
            connector={"interval_seconds": 240},
            business_unit={"name": "Theirs"},
            fields={"city": {"lead": None}},
        )
    )
    before = audited()
    with pytest.raises(ChangedMeanwhile, match=f"Somebody saved {thing} after you opened it"):
        save(seen={thing: -7}, **wanted)
    assert audited() == before


def test_a_new_thing_must_not_exist_yet(emea) -> None:
    save(seen={"custom_fields.fan": None}, custom_fields={"fan": {"type": "checkbox"}})
    with pytest.raises(ChangedMeanwhile):
        save(seen={"custom_fields.fan": None}, custom_fields={"fan": {"label": "Fan club"}})


def test_a_value_that_is_not_legal_is_told_with_its_setting(emea) -> None:
    assert refused(connector={"guards": {"max_remailable_percent": 101}}) == [
        ("connector.guards.max_remailable_percent", "101 is not between 0 and 100.")
    ]
    assert refused(business_unit={"name": " "}) == [("business_unit.name", "May not be empty.")]
    with pytest.raises(ConfigError, match="the model changes by `upgrade` alone"):
        save(business_unit={"mailability_model": "legacy"})


def test_only_administrators_save(emea) -> None:
    user = get_user_model().objects.create_user("mia")
    Membership.objects.create(user=user, unit=emea, role="marketing")
    with pytest.raises(Refused, match="mia is marketing in EMEA and may not: settings"):
        save(actor="mia", connector={"interval_seconds": 600})
    assert unit().connector.interval_seconds == 120


def test_a_typed_crm_field_id_is_found_without_case_and_ending(emea) -> None:
    save(fields={"opted_out": {"lead": "optedout_custom", "contact": " OptedOut_Custom__C "}})
    row = field("opted_out")
    assert (row.lead, row.contact) == ("OptedOut_Custom__c", "OptedOut_Custom__c")
    assert (row.changed_by, row.changed_at) == ("ada", NOON)


def test_a_changed_mapping_of_consent_makes_every_link_a_first_link(emea) -> None:
    before = emea.connector.consent_epoch
    save(fields={"opted_out": {"behavior": "salesforce"}})
    save(fields={"city": {"lead": "Town__c"}})
    assert unit().connector.consent_epoch == before
    save(fields={"do_not_email": {"lead": "Fan__c"}})
    assert unit().connector.consent_epoch == before + 1


def test_everything_that_is_wrong_about_a_mapping_is_told_at_once(emea) -> None:
    assert refused(fields={"do_not_email": {"lead": "Nope__c", "contact": "City"}}) == [
        (
            "fields.do_not_email.contact",
            "Do Not Email (checkbox) does not fit Contact.City (text). Ticked and not ticked "
            "cannot be told from its values, so each prospect would have a sync error; map it to a "
            "checkbox.",
        ),
        (
            "fields.do_not_email.lead",
            "The connector user sees no field Lead.Nope__c. Give it Visible field-level security, "
            "create the field, or choose another.",
        ),
    ]


def test_a_field_that_is_mapped_already_is_named(emea) -> None:
    [(where, message)] = refused(fields={"do_not_email": {"lead": HOO.lower()}})
    assert where == "fields.do_not_email.lead"
    assert message == f"Lead.{HOO} is mapped to Opted Out already."


def test_what_was_hidden_before_does_not_stop_another_change(emea) -> None:
    save(fields={"state": {"behavior": "account_engagement"}})  # Lead.State is not shown
    assert field("state").behavior == "account_engagement"
    save(fields={"state": {"lead": None, "contact": None}})
    assert field("state").lead is None


def test_most_recently_updated_field_is_refused_until_history_is_known_and_tracked(emea) -> None:
    chosen = {"opted_out": {"behavior": "most_recent_field"}}
    Connector.objects.update(history_tracked={"Lead": {HOO: False}})
    assert refused(fields=chosen) == [
        (
            "fields.opted_out.behavior",
            f"Turn on Field History Tracking for Lead.{HOO} in Salesforce.",
        ),
        (
            "fields.opted_out.behavior",
            f"Whether the history of Contact.{HOO} is tracked is not known yet: use Refresh "
            "Salesforce Fields, and save again when it has ended.",
        ),
    ]
    Connector.objects.update(history_tracked={"Lead": {HOO: True}, "Contact": {HOO: True}})
    save(fields=chosen)
    assert field("opted_out").behavior == "most_recent_field"
    [(_, message)] = refused(fields={"opted_out": {"contact": None}})
    assert message == "Map Opted Out on Contact too."
    save(fields={"opted_out": {"lead": None, "contact": None}})


def test_an_org_that_nobody_looked_at_shows_nothing_to_choose(emea) -> None:
    Connector.objects.update(schema={})
    [(_, message)] = refused(fields={"opted_out": {"behavior": "most_recent_field"}})
    assert message.startswith("The fields of the org are not known yet: use Refresh")
    save(fields={"city": {"lead": "Anything__c"}})
    assert field("city").lead == "Anything__c"


def test_an_unmapped_do_not_email_keeps_what_it_had_until_somebody_chooses(emea) -> None:
    save(fields={"do_not_email": {"lead": "Fan__c", "behavior": "salesforce"}})
    save(fields={"do_not_email": {"lead": None}})
    [(where, _)] = refused(fields={"do_not_email": {"behavior": "most_recent_record"}})
    assert where == "fields.do_not_email.behavior"


def test_a_new_user_gets_the_salesforce_user_with_the_same_email(emea) -> None:
    for name, active in (("ann", True), ("ben", False)):
        SalesforceUser.objects.create(
            connector=emea.connector,
            user_id=f"005{name}",
            username=f"{name}@org.example",
            email=f"{name.title()}@example.com",
            is_active=active,
        )
    users = [{"email": f"{name}@example.com"} for name in ("ann", "ben")]
    save(seen={}, users=users)
    assert list(emea.users.values_list("email", "salesforce_username")) == [
        ("ann@example.com", "ann@org.example"),
        ("ben@example.com", None),
    ]
    [told] = [after for action, target, _, after in audited() if target == "ann@example.com"]
    assert told["salesforce_username"] == "ann@org.example"


def test_a_unit_with_four_eyes_lets_nobody_remap_alone_at_a_screen_either(emea) -> None:
    apply(config(business_unit={"four_eyes": True}))
    with pytest.raises(Refused, match="second person approves"):
        save(fields={"city": {"lead": "Town__c"}})
    assert field("city").lead == "City"
