"""A custom field of type CRM User syncs with a lookup to User, by the unit's user mapping."""

import pytest

from syncapp.models import ProspectField, SyncError, SyncRun, UnitUser
from syncapp.services import preview_answer, preview_changes, prospect_edit
from syncapp.services.refused import Refused
from tests.services.files import apply, config
from tests.services.test_preview import worked
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SALES = "sales@syncline.example"
LOOKUP = {"Rep__c": {"type": "reference", "referenceTo": ["User"], "label": "Rep"}}


@pytest.fixture
def rep(world: World) -> World:
    """Rep, mapped on Lead and Contact; `sales` of the unit is `sales` of the org."""
    world.org.control("schema", {"Lead": LOOKUP, "Contact": LOOKUP}, "PUT")
    ProspectField.objects.create(
        unit=world.unit,
        key="rep",
        label="Rep",
        type="user",
        custom=True,
        lead="Rep__c",
        contact="Rep__c",
        behavior="account_engagement",
    )
    world.user(SALES)
    return world


def complete(run: SyncRun) -> SyncRun:
    assert run.state == "complete", run.message
    return run


def choose(world: World, who: str | None) -> None:
    prospect_edit.change(
        unit=world.unit,
        prospect_id=world.prospect("ada@example.com").pk,
        given={"rep": who},
        actor="console",
        now=world.now(),
    )


def test_salesforces_user_arrives_by_email_and_ours_by_id(rep: World) -> None:
    sales, manager = rep.org.user_id(SALES), rep.org.user_id("manager@syncline.example")
    lead = rep.org.lead("ada@example.com", Rep__c=sales)
    complete(rep.sync())
    assert rep.prospect("ada@example.com").custom == {"rep": SALES}
    UnitUser.objects.create(
        unit=rep.unit, email="ann@example.com", salesforce_username="manager@syncline.example"
    )
    choose(rep, "ANN@example.com")
    assert rep.prospect("ada@example.com").custom == {"rep": "ann@example.com"}
    complete(rep.sync())
    assert rep.org.get(lead)["Rep__c"] == manager
    told = rep.history("ada@example.com")[-1]
    assert (told["field"], told["side"], told["new"]) == ("rep", "sf", "ann@example.com")
    assert rep.sync().counts["outbound"] == 0
    assert not SyncError.objects.exists()


def test_nobody_clears_the_lookup_only_where_blanks_may(rep: World) -> None:
    ProspectField.objects.filter(key="rep").update(behavior="salesforce")
    lead = rep.org.lead("ada@example.com", Rep__c=rep.org.user_id(SALES))
    rep.sync()
    rep.org.update(lead, Rep__c=None)
    rep.sync()
    assert rep.org.get(lead)["Rep__c"] == rep.org.user_id(SALES)
    rep.connector.blank_salesforce_values_overwrite = True
    rep.connector.save()
    rep.org.update(lead, Rep__c=None)
    complete(rep.sync())
    assert rep.prospect("ada@example.com").custom.get("rep") is None


@pytest.fixture
def waiting(rep: World) -> World:
    """A lead whose Rep is mapped to nobody: a sync error that no cycle reads again by itself."""
    manager = rep.org.user_id("manager@syncline.example")
    rep.sync()
    rep.org.lead("ada@example.com", Rep__c=manager, City="Oslo")
    rep.sync()
    rep.org.pass_time(3600)
    rep.sync()
    ada = rep.prospect("ada@example.com")
    assert (ada.city, ada.custom) == ("Oslo", {})
    error = SyncError.objects.get()
    assert (error.code, error.field, error.state) == ("USER_NOT_MAPPED", "rep", "open")
    assert "The Salesforce user manager@syncline.example is mapped to no user" in error.message
    return rep


def test_an_unmapped_user_arrives_when_somebody_maps_them(waiting: World) -> None:
    ann = {"email": "ann@example.com", "salesforce_username": "manager@syncline.example"}
    apply(config(users=[ann]))
    complete(waiting.sync())
    assert waiting.prospect("ada@example.com").custom == {"rep": "ann@example.com"}
    assert not SyncError.objects.filter(state__in=["open", "retrying"]).exists()


def test_an_unmapped_user_arrives_when_a_sync_maps_them_by_equal_email(waiting: World) -> None:
    waiting.user("mia@example.com")
    manager = waiting.org.user_id("manager@syncline.example")
    email = {"Email": "mia@example.com"}
    waiting.org.call("PATCH", f"/sobjects/User/{manager}", email, user="manager")
    complete(waiting.sync())
    assert waiting.prospect("ada@example.com").custom == {"rep": "mia@example.com"}


def test_only_users_of_the_unit_can_be_chosen(rep: World) -> None:
    rep.add("ada@example.com")
    with pytest.raises(Refused, match="Rep: EMEA has no user 'nobody@example"):
        choose(rep, "nobody@example.com")


def test_a_preview_of_a_user_field_says_what_the_sync_then_does(rep: World) -> None:
    rep.sync()
    rep.org.lead("ada@example.com", Rep__c=rep.org.user_id(SALES))
    ProspectField.objects.filter(key="rep").update(lead=None)
    rep.sync()
    source = config(custom_fields={"rep": {"lead": "Rep__c", "behavior": "salesforce"}})
    run = complete(worked(rep, preview_changes.config(source)))
    [told] = preview_answer.as_json(run)["changes"]
    assert (told["field"], told["side"], told["new"]) == ("rep", "ae", SALES)
    apply(source)
    complete(rep.sync(full=True))
    assert rep.prospect("ada@example.com").custom == {"rep": SALES}
