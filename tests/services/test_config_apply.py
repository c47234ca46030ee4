"""A configuration file makes a unit what it says, once: interface.md §4."""

import pytest
import yaml

from syncapp.core.catalog import BY_KEY
from syncapp.models import Connector, Prospect, SharingRule, UnitUser
from syncapp.services import config_export, config_file
from syncapp.store.chain_check import verify
from tests.services.files import NOON, SAMPLE, apply, audited, config, exported, unit

pytestmark = pytest.mark.django_db


def test_the_sample_of_the_manual_is_exported_as_it_was_applied() -> None:
    apply(SAMPLE)
    said, found = yaml.safe_load(SAMPLE), exported()
    for section in ("business_unit", "connector", "users", "sharing", "custom_fields"):
        assert found[section] == said[section], section
    for key, field in said["fields"].items():
        assert found["fields"][key] == {"behavior": "account_engagement", **field}
    assert list(found["fields"]) == list(BY_KEY)


def test_applying_the_same_file_again_changes_nothing() -> None:
    apply(SAMPLE)
    entries = len(audited())
    assert apply(SAMPLE).lines == []
    assert len(audited()) == entries


def test_an_exported_file_makes_no_difference() -> None:
    apply(SAMPLE)
    text = config_export.as_yaml(unit())
    assert config_file.diff(source=text, actor="console").lines == []
    assert "syncline-secret" not in text
    assert "client_secret_env: SYNCLINE_SF_SECRET" in text


def test_an_exported_file_makes_an_equal_unit_elsewhere() -> None:
    apply(SAMPLE)
    text = config_export.as_yaml(unit())
    other = text.replace("slug: emea", "slug: apac").replace("Region__c", "Zone__c")
    apply(other)
    assert exported("apac") == yaml.safe_load(other)


def test_a_new_unit_starts_with_the_defaults_of_the_manual() -> None:
    apply(config("apac"))
    found = exported("apac")
    assert found["business_unit"] == {
        "slug": "apac",
        "name": "APAC",
        "allow_multiple_prospects_per_email": False,
        "mailability_model": "upgraded",
        "legacy_sync_behavior": False,
        "require_assigned_user_for_email_match": True,
        "use_active_assignment_rules": False,
        "four_eyes": False,
        "allow_self_approval_when_alone": False,
    }
    assert found["connector"] == yaml.safe_load(SAMPLE)["connector"] | {"state": "paused"}
    assert (found["users"], found["sharing"], found["custom_fields"]) == ([], [], {})


def test_default_fields_start_with_their_default_mappings_and_behaviors() -> None:
    apply(config())
    fields = exported()["fields"]
    assert fields["city"] == {"lead": "City", "contact": "MailingCity", "behavior": "salesforce"}
    assert fields["do_not_email"]["lead"] is None
    of_ae = {key for key, field in fields.items() if field["behavior"] == "account_engagement"}
    chosen_by_rule = {"email", "campaign", "score", "grade", "do_not_email"}
    assert of_ae - chosen_by_rule == {"opted_out", "comments", "notes"}


def test_with_several_prospects_per_address_the_email_starts_as_a_normal_field() -> None:
    apply(config(business_unit={"allow_multiple_prospects_per_email": True}))
    assert exported()["fields"]["email"]["behavior"] == "salesforce"
    assert config_file.diff(source=config(), actor="console").lines == []


def test_a_new_v2_connector_is_made_paused_and_runs_only_at_the_end() -> None:
    apply(SAMPLE)
    actions = [action for action, *_ in audited()]
    assert actions[0] == "business_unit.created"
    assert actions[-1] == "connector.resumed"
    assert "sharing.changed" in actions
    assert unit().connector.state == "running"


def test_a_v1_connector_is_made_unverified() -> None:
    apply(config(connector={"version": 1}))
    assert (unit().connector.kind, unit().connector.state) == (1, "unverified")
    apply(config(connector={"version": 1, "state": "verified"}))
    assert unit().connector.state == "verified"


def test_the_diff_of_a_new_unit_names_what_differs_from_its_defaults() -> None:
    assert config_file.diff(source=SAMPLE, actor="console").lines == [
        "business_unit emea: will be created",
        "business_unit.mailability_model: upgraded → legacy",
        "business_unit.legacy_sync_behavior: no → yes",
        "connector.state: paused → running",
        "users.ann@example.com.email: (none) → ann@example.com",
        "users.ann@example.com.salesforce_username: (none) → ann@example.com",
        "sharing.lead.field: (none) → Region__c",
        "sharing.lead.values: (none) → EMEA",
        "custom_fields.favourite_color.label: (none) → Favourite Color",
        "custom_fields.favourite_color.type: (none) → text",
        "custom_fields.favourite_color.lead: (none) → Color__c",
        "custom_fields.favourite_color.contact: (none) → Color__c",
        "custom_fields.favourite_color.behavior: (none) → most_recent_record",
    ]


def test_absent_keys_stay_as_they_are() -> None:
    apply(SAMPLE)
    before = exported()
    apply(config(connector={"guards": {"max_remailable_count": 7}}))
    after = exported()
    assert after["connector"]["guards"].pop("max_remailable_count") == 7
    assert before["connector"]["guards"].pop("max_remailable_count") == 100
    assert after == before


def test_null_unmaps_a_field_and_keeps_it() -> None:
    apply(SAMPLE)
    apply(config(fields={"city": None}, custom_fields={"favourite_color": {"lead": None}}))
    found = exported()
    assert found["fields"]["city"] == {"lead": None, "contact": None, "behavior": "salesforce"}
    color = found["custom_fields"]["favourite_color"]
    assert (color["lead"], color["contact"], color["label"]) == (
        None,
        "Color__c",
        "Favourite Color",
    )


def test_users_merge_by_email_whatever_its_case() -> None:
    apply(SAMPLE)
    apply(
        config(
            users=[
                {"email": "ANN@example.com", "salesforce_username": None},
                {"email": "ben@example.com", "salesforce_username": "ann@example.com"},
            ]
        )
    )
    found = UnitUser.objects.order_by("email").values_list("email", "salesforce_username")
    assert list(found) == [("ANN@example.com", None), ("ben@example.com", "ann@example.com")]


def test_salesforce_users_may_change_hands_within_one_file() -> None:
    names = ["ann@example.com", "ben@example.com"]
    apply(config(users=[{"email": n, "salesforce_username": n} for n in names]))
    swapped = zip(names, reversed(names), strict=True)
    apply(config(users=[{"email": a, "salesforce_username": b} for a, b in swapped]))
    found = UnitUser.objects.order_by("email").values_list("salesforce_username", flat=True)
    assert list(found) == list(reversed(names))


def test_mappings_may_change_hands_within_one_file() -> None:
    apply(config())
    apply(
        config(
            fields={
                "opted_out": {"lead": "OptedOut_Custom__c", "contact": "OptedOut_Custom__c"},
                "do_not_email": {"lead": "HasOptedOutOfEmail", "contact": "HasOptedOutOfEmail"},
            }
        )
    )
    assert exported()["fields"]["do_not_email"]["lead"] == "HasOptedOutOfEmail"


def test_sharing_replaces_all_rules() -> None:
    apply(SAMPLE)
    apply(config(connector={"state": "paused"}))
    rules = [{"object": "contact", "field": "Zone__c", "values": ["North", "South"]}]
    apply(config(sharing=rules))
    assert list(SharingRule.objects.values_list("sobject", "field", "values")) == [
        ("contact", "Zone__c", ["North", "South"])
    ]
    apply(config(sharing=[]))
    assert not SharingRule.objects.exists()


def test_sharing_may_change_in_the_file_that_pauses_the_connector() -> None:
    apply(SAMPLE)
    apply(config(connector={"state": "paused"}, sharing=[]))
    assert not SharingRule.objects.exists()


def test_a_custom_field_needs_only_its_key() -> None:
    apply(config(custom_fields={"shoe_size": {"type": "number"}}))
    assert exported()["custom_fields"]["shoe_size"] == {
        "label": "Shoe Size",
        "type": "number",
        "lead": None,
        "contact": None,
        "behavior": "salesforce",
    }


def describe(**fields: str) -> None:
    """The connector's last describe showed these fields, of these types, on both objects."""
    fact = {"label": "", "length": 0, "updateable": True, "createable": True}
    fact |= {"restricted": False, "picklist": [], "digits": 0}
    shown = {name: {"type": kind, **fact} for name, kind in fields.items()}
    Connector.objects.update(schema={"Lead": shown, "Contact": shown})


@pytest.mark.parametrize(
    ("change", "raised"),
    [
        ({"opted_out": {"lead": "OptedOut_Custom__c"}}, 1),
        ({"do_not_email": {"contact": "NoMail__c"}}, 1),
        ({"opted_out": None}, 1),
        ({"opted_out": {"behavior": "salesforce"}}, 0),
        ({"city": {"lead": "Town__c"}}, 0),
    ],
)
def test_a_changed_consent_mapping_makes_every_link_a_first_link(
    change: dict[str, object], raised: int
) -> None:
    apply(config())
    before = unit().connector.consent_epoch
    apply(config(fields=change))
    assert unit().connector.consent_epoch - before == raised


def test_a_remapped_field_is_no_longer_on_hold_for_its_old_mapping() -> None:
    apply(config())
    unit().fields.filter(key="city").update(hold_reason="hidden Lead.City", hold_since=NOON)
    apply(config(fields={"city": {"behavior": "account_engagement"}}))
    assert unit().fields.get(key="city").hold_reason == "hidden Lead.City"
    apply(config(fields={"city": {"lead": "Town__c"}}))
    assert unit().fields.get(key="city").hold_reason is None


def test_every_change_is_audited_with_before_and_after() -> None:
    apply(SAMPLE)
    seen = len(audited())
    apply(
        config(
            business_unit={"name": "Europe"},
            connector={"interval_seconds": 300, "login": {"client_id": "other"}},
            users=[{"email": "ann@example.com", "salesforce_username": None}],
            fields={"city": {"lead": "Town__c"}},
        )
    )
    assert audited()[seen:] == [
        ("business_unit.changed", "business_unit", {"name": "EMEA"}, {"name": "Europe"}),
        (
            "connector.changed",
            "connector",
            {"login.client_id": "syncline", "interval_seconds": 120},
            {"login.client_id": "other", "interval_seconds": 300},
        ),
        (
            "user.changed",
            "ann@example.com",
            {"salesforce_username": "ann@example.com"},
            {"salesforce_username": None},
        ),
        ("field.changed", "city", {"lead": "City"}, {"lead": "Town__c"}),
    ]
    assert verify() is None


def test_typed_names_become_those_of_the_last_describe() -> None:
    apply(config())
    describe(City="string", OptedOut_Custom__c="boolean")
    source = config(fields={"city": {"lead": "CITY"}, "opted_out": {"lead": "optedout_custom"}})
    assert apply(source).lines == ["fields.opted_out.lead: HasOptedOutOfEmail → OptedOut_Custom__c"]
    assert apply(source).lines == []


def test_a_field_in_use_keeps_its_type() -> None:
    apply(config(custom_fields={"shoe_size": {"type": "text"}}))
    apply(config(custom_fields={"shoe_size": {"type": "number"}}))
    Prospect.objects.create(
        unit=unit(),
        email="a@example.com",
        custom={"shoe_size": 42},
        created_at=NOON,
        updated_at=NOON,
    )
    with pytest.raises(config_file.Refused, match=r"custom_fields\.shoe_size\.type: .*number"):
        apply(config(custom_fields={"shoe_size": {"type": "text"}}))


def test_a_field_that_the_last_describe_lacks_may_be_mapped_ahead() -> None:
    apply(config())
    describe(City="string")
    apply(config(fields={"city": {"lead": "Later__c"}}))
    assert exported()["fields"]["city"]["lead"] == "Later__c"


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"fields": {"opted_out": {"lead": "Color__c"}}},
            r"fields\.opted_out\.lead: .*does not fit",
        ),
        ({"fields": {"city": {"contact": "OwnerId"}}}, r"fields\.city\.contact: .*does not fit"),
        (
            {"custom_fields": {"size": {"type": "number", "lead": "Mobile__c"}}},
            r"custom_fields\.size\.lead: .*does not fit",
        ),
        ({"fields": {"city": {"lead": "Owner.City"}}}, r"fields\.city\.lead: .*another object"),
    ],
)
def test_a_mapping_to_what_cannot_hold_the_field_is_refused(
    sections: dict[str, object], message: str
) -> None:
    apply(config())
    describe(Color__c="string", OwnerId="reference", Mobile__c="phone")
    with pytest.raises(config_file.Refused, match=message):
        apply(config(**sections))
