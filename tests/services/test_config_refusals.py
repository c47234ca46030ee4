"""A file that cannot be applied is refused with the path of what is wrong, and changes nothing."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import BusinessUnit, Connector, Membership
from syncapp.services import config_file
from syncapp.services.config_values import ConfigError
from syncapp.services.refused import Refused
from tests.services.files import SAMPLE, apply, audited, config, exported, unit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("business_unit: {slug: emea", "line 1: not readable as YAML"),
        ("- a list", "file: .* is not a mapping"),
        ("", "file: None is not a mapping"),
        ("connector: {}", "business_unit.slug: is missing"),
        ("business_unit: {slug: Not A Slug}", "business_unit.slug: .* is not a slug"),
        ("business_unit: {slug: a, slug: b}", "slug: is written twice"),
        ("business_unit: {slug: a}\nconector: {}", "conector: unknown key. Known here: "),
        ("business_unit: {slug: a, four_eyes: 1}", "business_unit.four_eyes: 1 is not true"),
        ("business_unit: {slug: a, name: ''}", "business_unit.name: may not be empty"),
        ("business_unit: {slug: a, mailability_model: new}", "is not one of: legacy, upgraded"),
    ],
)
def test_a_file_is_refused_with_the_place_of_the_mistake(source: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        apply(source)
    assert not BusinessUnit.objects.exists()


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        ({"connector": {"speed": 1}}, "connector.speed"),
        ({"connector": {"version": 3}}, "connector.version"),
        ({"connector": {"version": True}}, "connector.version"),
        ({"connector": {"login": {"secret": "x"}}}, "connector.login.secret"),
        ({"connector": {"login": {"url": "http://example.com"}}}, "connector.login.url"),
        ({"connector": {"login": {"url": "ftp://example.com"}}}, "connector.login.url"),
        ({"connector": {"login": {"method": "guess"}}}, "connector.login.method"),
        (
            {"connector": {"login": {"client_secret_env": "a b"}}},
            "connector.login.client_secret_env",
        ),
        ({"connector": {"interval_seconds": "120"}}, "connector.interval_seconds"),
        ({"connector": {"interval_seconds": 5}}, "connector.interval_seconds"),
        (
            {"connector": {"guards": {"max_remailable_percent": 101}}},
            "connector.guards.max_remailable_percent",
        ),
        (
            {"connector": {"guards": {"max_remailable_percent": "5"}}},
            "connector.guards.max_remailable_percent",
        ),
        ({"connector": {"create_records_as": "account"}}, "connector.create_records_as"),
        ({"users": [{"name": "Ann"}]}, "users[0].email"),
        ({"users": [{"email": "ann"}]}, "users[0].email"),
        ({"users": [{"email": "a@example.com"}, {"email": "A@example.com"}]}, "users[1]"),
        ({"users": {"email": "a@example.com"}}, "users"),
        ({"sharing": [{"object": "lead", "field": "Zone__c", "values": []}]}, "sharing[0].values"),
        ({"sharing": [{"object": "account", "field": "Z", "values": ["a"]}]}, "sharing[0].object"),
        (
            {"sharing": [{"object": "lead", "field": "Z", "values": ["a", "a"]}]},
            "sharing[0].values",
        ),
        ({"sharing": [{"object": "lead", "field": "City", "values": ["a"]}]}, "sharing.lead.field"),
        ({"fields": {"town": {"lead": "City"}}}, "fields.town"),
        ({"fields": {"city": {"label": "Town"}}}, "fields.city.label"),
        ({"fields": {"city": {"lead": "Ci ty"}}}, "fields.city.lead"),
        ({"fields": {"city": {"lead": "State"}}}, "fields.state.lead"),
        ({"custom_fields": {"city": {"type": "text"}}}, "custom_fields.city"),
        ({"custom_fields": {"email_2": {"lead": "email"}}}, "custom_fields.email_2.lead"),
        ({"custom_fields": {"version": {}}}, "custom_fields.version"),
        ({"custom_fields": {"assigned_user": {}}}, "custom_fields.assigned_user"),
        ({"custom_fields": {"2nd": {}}}, "custom_fields.2nd"),
        ({"custom_fields": {"size": {"type": "shoe"}}}, "custom_fields.size.type"),
        ({"custom_fields": {"size": {"label": "City"}}}, "custom_fields.size.label"),
        ({"custom_fields": {"size": {"values": ["S", "M"]}}}, "custom_fields.size.values"),
    ],
)
def test_a_value_that_is_not_legal_is_named_by_its_path(
    sections: dict[str, Any], path: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        apply(config(**sections))
    assert str(refused.value).startswith(f"{path}: ")
    assert not BusinessUnit.objects.exists()


@pytest.mark.parametrize(
    ("key", "behavior", "legal"),
    [
        ("opted_out", "most_recent_field", True),
        ("opted_out", "salesforce", True),
        ("opted_out", "most_recent_record", False),
        ("do_not_email", "most_recent_record", True),
        ("do_not_email", "most_recent_field", False),
        ("city", "most_recent_record", True),
        ("city", "most_recent_field", False),
        ("email", "salesforce", False),
        ("score", "salesforce", False),
        ("score", "account_engagement", True),
        ("campaign", "most_recent_record", False),
        ("grade", "salesforce", False),
    ],
)
def test_only_the_behaviors_of_the_field_are_legal(key: str, behavior: str, legal: bool) -> None:
    source = config(fields={key: {"behavior": behavior}})
    if legal:
        apply(source)
        assert exported()["fields"][key]["behavior"] == behavior
    else:
        with pytest.raises(ConfigError, match=rf"fields\.{key}\.behavior: .*Legal: "):
            apply(source)


def test_email_is_a_normal_field_where_addresses_are_shared() -> None:
    shared = {"allow_multiple_prospects_per_email": True}
    apply(config(business_unit=shared, fields={"email": {"behavior": "most_recent_record"}}))
    assert exported()["fields"]["email"]["behavior"] == "most_recent_record"


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        (
            {"business_unit": {"allow_multiple_prospects_per_email": True}},
            "business_unit.allow_multiple_prospects_per_email",
        ),
        ({"business_unit": {"mailability_model": "upgraded"}}, "business_unit.mailability_model"),
        ({"business_unit": {"legacy_sync_behavior": False}}, "business_unit.legacy_sync_behavior"),
        ({"connector": {"version": 1}}, "connector.version"),
        ({"connector": {"state": "verified"}}, "connector.state"),
        ({"sharing": []}, "sharing"),
    ],
)
def test_what_is_fixed_or_running_is_not_changed(sections: dict[str, Any], path: str) -> None:
    apply(SAMPLE)
    before, entries = exported(), len(audited())
    with pytest.raises(ConfigError) as refused:
        apply(config(**sections))
    assert str(refused.value).startswith(f"{path}: ")
    assert (exported(), len(audited())) == (before, entries)


@pytest.mark.parametrize(
    ("version", "state"), [(1, "running"), (1, "paused"), (2, "verified"), (2, "unverified")]
)
def test_each_version_has_its_own_states(version: int, state: str) -> None:
    with pytest.raises(ConfigError, match=f"connector.state: a v{version} connector is "):
        apply(config(connector={"version": version, "state": state}))


@pytest.mark.parametrize(
    ("method", "lacks", "enough"),
    [
        ("jwt", "username", {"username": "a@b.example", "private_key_env": "KEY"}),
        ("password", "username", {"username": "a@b.example", "password_env": "WORD"}),
        ("client_credentials", "client_secret_env", {"client_secret_env": "SECRET"}),
    ],
)
def test_a_login_that_lacks_something_is_kept_but_does_not_run(method, lacks, enough) -> None:
    apply(config(connector={"login": {"method": method, "client_secret_env": None}}))
    assert unit().connector.login_method == method
    with pytest.raises(ConfigError, match=rf"connector\.login\.{lacks}: is needed"):
        apply(config(connector={"state": "running"}))
    if method == "password":  # without a client ID it is SOAP, which needs no app's secret
        enough = {**enough, "client_id": ""}
    apply(config(connector={"login": enough, "state": "running"}))
    assert unit().connector.state == "running"


def test_sharing_needs_a_v2_connector() -> None:
    rules = [{"object": "lead", "field": "Zone__c", "values": ["North"]}]
    with pytest.raises(ConfigError, match="sharing: Marketing Data Sharing needs a v2"):
        apply(config(connector={"version": 1}, sharing=rules))


def test_two_units_of_one_org_have_different_sharing_rules() -> None:
    rules = [{"object": "lead", "field": "Zone__c", "values": ["North"]}]
    apply(config("north", sharing=rules))
    apply(config("south"))
    Connector.objects.update(organization_id="00D000000000001EAA")
    with pytest.raises(ConfigError, match=r"sharing\.lead: NORTH has the same rule"):
        apply(config("south", sharing=rules))
    apply(config("south", sharing=[{**rules[0], "values": ["South"]}]))


def test_one_salesforce_user_belongs_to_one_user() -> None:
    users = [{"email": f"{n}@example.com", "salesforce_username": "x@example.com"} for n in "ab"]
    with pytest.raises(ConfigError, match=r"users: x@example\.com is mapped twice"):
        apply(config(users=users))


def test_nothing_is_half_applied() -> None:
    apply(SAMPLE)
    before = exported()
    with pytest.raises(Refused):
        apply(config(business_unit={"name": "New"}, fields={"score": {"behavior": "salesforce"}}))
    assert exported() == before


def test_a_unit_with_four_eyes_refuses_yes() -> None:
    apply(config(business_unit={"four_eyes": True}))
    with pytest.raises(Refused, match="four eyes, which refuses --yes"):
        apply(config(business_unit={"four_eyes": False}), confirmed_by_option=True)
    apply(config(business_unit={"four_eyes": True}), confirmed_by_option=True)


def test_a_unit_with_four_eyes_lets_nobody_remap_alone() -> None:
    apply(config(business_unit={"four_eyes": True}))
    with pytest.raises(Refused, match="propose changed mappings"):
        apply(config(fields={"city": {"lead": "Town__c"}}))
    apply(config(connector={"interval_seconds": 600}))
    assert unit().connector.interval_seconds == 600


def test_a_file_lets_go_of_four_eyes_only_where_nobody_else_could_approve() -> None:
    apply(config(business_unit={"four_eyes": True}))
    for name in ("ada", "ben"):
        user = get_user_model().objects.create_user(name)
        Membership.objects.create(user=user, unit=unit(), role="administrator")
    for looser in ({"four_eyes": False}, {"allow_self_approval_when_alone": True}):
        with pytest.raises(Refused, match="rules of approval with `changes propose`"):
            apply(config(business_unit=looser), actor="ada")
    Membership.objects.filter(user__username="ben").update(role="marketing")
    apply(config(business_unit={"four_eyes": False}), actor="ada")
    assert not unit().four_eyes


def test_only_administrators_of_the_unit_apply_a_file() -> None:
    apply(config())
    for name, role in (("ada", "administrator"), ("mia", "marketing"), ("sam", "support")):
        user = get_user_model().objects.create_user(name)
        Membership.objects.create(user=user, unit=unit(), role=role)
    for name in ("mia", "sam", "nobody"):
        with pytest.raises(Refused, match=f"{name} .* may not: settings"):
            apply(config(connector={"interval_seconds": 600}), actor=name)
    apply(config(connector={"interval_seconds": 600}), actor="ada")
    assert unit().connector.interval_seconds == 600


def test_making_a_unit_takes_a_superuser() -> None:
    get_user_model().objects.create_user("mia")
    get_user_model().objects.create_superuser("root", password="x")
    with pytest.raises(Refused, match="mia may not make business units"):
        apply(config(), actor="mia")
    apply(config(), actor="root")
    assert unit().slug == "emea"


def test_a_unit_is_read_by_its_people_only() -> None:
    apply(config())
    with pytest.raises(Refused, match="nobody has no role"):
        config_file.diff(source=config(), actor="nobody")
    assert config_file.diff(source=config("other"), actor="nobody").is_new
