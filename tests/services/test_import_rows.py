"""Which rows of a CSV file become which prospects (product.md F18, §5, §9)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from syncapp import wiring
from syncapp.core.types import Trigger
from syncapp.models import AddressState, Membership, Prospect, ProspectField
from syncapp.services import mailability
from syncapp.services.prospect_edit import change
from syncapp.services.prospect_import import Report, import_csv
from syncapp.services.refused import Refused
from syncapp.store.creations import OwnProspect, insert_own
from syncapp.store.work import work
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def bring(world: World, *lines: str, actor: str = "console", **options: bool) -> Report:
    return import_csv(
        unit=world.unit,
        lines=[f"{line}\r\n" for line in lines],
        name="file.csv",
        actor=actor,
        clock=wiring.clock(),
        **options,
    )


def counts(report: Report) -> tuple[int, int, int, int]:
    told = report.as_json()
    assert told["rows"] == sum(told[k] for k in ("created", "updated", "unchanged", "failed"))
    return told["created"], told["updated"], told["unchanged"], told["failed"]


def reasons(report: Report) -> dict[int, str]:
    return {error["line"]: error["reason"] for error in report.as_json()["errors"]}


def test_a_new_email_makes_a_prospect_that_waits_as_imported(world: World) -> None:
    ann = world.user("ann@example.com")
    report = bring(world, "Email,First Name,Score,User", "ada@example.com,Ada,7,ANN@example.com")
    assert counts(report) == (1, 0, 0, 0)
    ada = world.prospect("ada@example.com")
    assert (ada.first_name, ada.score, ada.assigned_user) == ("Ada", 7, ann)
    assert ada.link.pending == "import"
    told = {row["field"]: row for row in world.history("ada@example.com")}
    assert told["first_name"]["rule"] == "import"
    assert (told["assigned_user"]["new"], told["assigned_user"]["run"]) == ("ann@example.com", None)


def test_a_known_email_changes_its_prospect_whatever_its_case(world: World) -> None:
    world.add("ada@example.com", city="Oslo", company="Acme")
    report = bring(world, "city,EMAIL", "Turku, Ada@Example.com ")
    assert counts(report) == (0, 1, 0, 0)
    ada = world.prospect("ada@example.com")
    assert (ada.city, ada.company) == ("Turku", "Acme")
    change_ = world.history("ada@example.com")[-1]
    assert (change_["field"], change_["old"], change_["new"]) == ("city", "Oslo", "Turku")


def test_the_same_file_again_changes_nothing(world: World) -> None:
    lines = ("Email,City,Opted Out", "ada@example.com,Oslo,1", "bob@example.com,Turku,0")
    assert counts(bring(world, *lines)) == (2, 0, 0, 0)
    before = world.prospect("ada@example.com").version
    assert counts(bring(world, *lines)) == (0, 0, 2, 0)
    assert world.prospect("ada@example.com").version == before


def test_the_last_row_of_an_email_wins(world: World) -> None:
    report = bring(
        world,
        "Email,City",
        "ada@example.com,Oslo",
        "bob@example.com,Espoo",
        "ADA@example.com,Turku",
        "ada@example.com,Lahti",
    )
    assert counts(report) == (2, 2, 0, 0)
    assert world.prospect("ada@example.com").city == "Lahti"
    assert world.prospect("bob@example.com").city == "Espoo"


def test_rows_that_cannot_be_imported_are_listed_and_the_others_are_imported(world: World) -> None:
    report = bring(
        world,
        "Email,Score,User,City",
        "ada@example.com,7,,Oslo",
        "no-email,1,,Oslo",
        'bob@example.com,many,,"two',
        'lines"',
        ",3,,Oslo",
        "eve@example.com,3,nobody@example.com,Oslo",
        "kim@example.com,3,,Oslo,more",
        "max@example.com,99999999999,,Oslo",
        "nul@example.com,3,,Os\0lo",
        "bad@example.com,3,,Os\udce4lo",
        "",
        "zoe@example.com",
    )
    assert counts(report) == (2, 0, 0, 8)
    found = reasons(report)
    assert list(found) == [3, 4, 6, 7, 8, 9, 10, 11]
    assert "not an email address" in found[3]
    assert found[4] == "Score: 'many' is not a number."
    assert "names no prospect" in found[6]
    assert "no user 'nobody@example.com'" in found[7]
    assert "5 cells, the header 4" in found[8]
    assert "larger than" in found[9]
    assert "no UTF-8 text" in found[10]
    assert "no UTF-8 text" in found[11]
    assert set(world.unit.prospects.values_list("email", flat=True)) == {
        "ada@example.com",
        "zoe@example.com",
    }


def test_an_empty_cell_leaves_the_field_unless_it_is_told_to_clear_it(world: World) -> None:
    world.add("ada@example.com", city="Oslo", opted_out=True, do_not_email=True)
    lines = ("Email,City,Opted Out,Do Not Email", "ada@example.com,,,0")
    assert counts(bring(world, *lines)) == (0, 0, 1, 0)
    assert counts(bring(world, *lines, clear_blanks=True)) == (0, 1, 0, 0)
    ada = world.prospect("ada@example.com")
    assert (ada.city, ada.opted_out, ada.do_not_email) == (None, True, True)


def test_opted_out_suppresses_the_address_and_do_not_email_only_the_prospect(world: World) -> None:
    bring(world, "Email,Opted Out,Do Not Email", "ada@example.com,1,0", "bob@example.com,0,1")
    ada, bob = world.prospect("ada@example.com"), world.prospect("bob@example.com")
    assert (ada.opted_out, ada.do_not_email) == (True, False)
    assert (bob.opted_out, bob.do_not_email) == (False, True)
    assert list(
        AddressState.objects.filter(opted_out=True).values_list("email_key", flat=True)
    ) == ["ada@example.com"]
    assert mailability.status_of(ada, world.unit).reasons == ("opted_out",)


def test_an_imported_opt_out_also_ticks_do_not_email_in_the_legacy_model(world: World) -> None:
    world.unit.mailability_model = "legacy"
    world.unit.save()
    world.add("bob@example.com")
    bring(world, "Email,Opted Out", "ada@example.com,1", "bob@example.com,1")
    for email in ("ada@example.com", "bob@example.com"):
        found = world.prospect(email)
        assert (found.opted_out, found.do_not_email) == (True, True)


def test_an_opt_out_reaches_everybody_with_the_address_but_links_only_the_imported(
    world: World,
) -> None:
    world.unit.allow_multiple_prospects_per_email = True
    world.unit.save()
    first, second = (twin(world, "Ada@example.com") for _ in range(2))
    report = bring(world, "Prospect Id,Email,Opted Out", f"{first.pk},ada@example.com,1")
    assert counts(report) == (0, 1, 0, 0)
    found = Prospect.objects.select_related("link").order_by("pk")
    assert [(p.opted_out, p.link.pending) for p in found] == [(True, "import"), (True, "event")]
    assert second in found


def test_of_several_with_an_email_the_one_changed_last_is_imported_over(world: World) -> None:
    world.unit.allow_multiple_prospects_per_email = True
    world.unit.save()
    first, second = (twin(world, "ada@example.com") for _ in range(2))
    Prospect.objects.filter(pk=first.pk).update(record_changed_at=world.now())
    assert counts(bring(world, "Email,City", "ada@example.com,Oslo")) == (0, 1, 0, 0)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.city, second.city) == ("Oslo", None)


def twin(world: World, email: str) -> Prospect:
    """One of several prospects with an email, as a unit with AMPSEA has them."""
    with work(world.unit.pk, world.now(), actor="tester"):
        made = [OwnProspect({"email": email})]
        ids = insert_own(world.unit.pk, made, shared=True, trigger=Trigger.EDIT, now=world.now())
    return Prospect.objects.get(pk=ids[0])


def test_an_address_that_opted_out_before_stays_opted_out_for_whoever_is_imported(
    world: World,
) -> None:
    AddressState.objects.create(
        unit=world.unit,
        email_key="ada@example.com",
        opted_out=True,
        hard_bounced=True,
        updated_at=world.now(),
    )
    bring(world, "Email,Opted Out", "Ada@example.com,0")
    ada = world.prospect("ada@example.com")
    assert (ada.opted_out, ada.hard_bounced) == (True, True)


def test_a_prospect_in_the_recycle_bin_comes_back_only_when_asked(world: World) -> None:
    ada = world.add("ada@example.com", city="Oslo")
    change(
        unit=world.unit,
        prospect_id=ada.pk,
        given={"archived": True},
        actor="console",
        now=world.now(),
    )
    lines = ("Email,City", "ada@example.com,Turku")
    report = bring(world, *lines)
    assert counts(report) == (0, 0, 0, 1)
    assert "recycle bin" in reasons(report)[2]
    assert counts(bring(world, *lines, restore=True)) == (0, 1, 0, 0)
    ada = world.prospect("ada@example.com")
    assert (ada.archived, ada.city) == (False, "Turku")


def test_an_id_counts_only_where_it_fits_the_email(world: World) -> None:
    ada = world.add("ada@example.com", city="Oslo")
    bring(
        world,
        "Prospect Id,Email,City",
        f"{ada.pk},bob@example.com,Espoo",
        f"{ada.pk},,Turku",
    )
    assert world.prospect("ada@example.com").city == "Turku"
    assert world.prospect("bob@example.com").city == "Espoo"
    report = bring(world, "Prospect Id,City", f"{ada.pk + 1000},Lahti")
    assert "no prospect" in reasons(report)[2]


def test_the_company_of_an_account_is_not_imported_over(world: World) -> None:
    account = world.org.create("Account", Name="Acme")
    world.org.contact("ada@example.com", AccountId=account)
    world.sync()
    report = bring(world, "Email,Company", "ada@example.com,Other")
    assert "account in Salesforce" in reasons(report)[2]
    assert counts(bring(world, "Email,Company", "ada@example.com,Acme")) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("First Name,City", "no column Email"),
        ("Email,Shoe Size,City", "'Shoe Size'"),
        ("Email,City,city", "Two columns"),
        ("", "no column Email"),
    ],
)
def test_a_header_that_cannot_be_used_refuses_the_file(
    world: World, header: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        bring(world, header, "ada@example.com,1,2")
    assert not Prospect.objects.exists()


def test_custom_fields_are_named_by_label_or_key(world: World) -> None:
    for key, label in (("color", "Favourite Color"), ("shoe", "Shoe Size")):
        ProspectField.objects.create(
            unit=world.unit, key=key, label=label, type="text", custom=True, behavior="salesforce"
        )
    report = bring(
        world,
        "Email,favourite color,shoe,Lists,Score - Widgets,CRM Lead FID",
        "ada@example.com,blue,42,a;b,3,00Q000000000001",
    )
    assert world.prospect("ada@example.com").custom == {"color": "blue", "shoe": "42"}
    assert report.ignored == ["Lists", "Score - Widgets", "CRM Lead FID"]


def test_an_imported_unassigned_prospect_links_but_never_makes_a_record(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    world.connector.create_prospects_from_records = False
    world.connector.save()
    world.sync()
    bring(world, "Email", "ada@example.com", "bob@example.com")
    world.sync()
    assert world.prospect("ada@example.com").link.lead_id == lead
    assert world.org.leads("bob@example.com") == []


def test_who_may_not_import_is_told_so(world: World, django_user_model: type) -> None:
    sam = django_user_model.objects.create(username="sam")
    Membership.objects.create(unit=world.unit, user=sam, role="support")
    with pytest.raises(Refused, match="may not: import"):
        bring(world, "Email", "ada@example.com", actor="sam")


def test_many_rows_take_as_many_queries_as_few(world: World) -> None:
    def queries(count: int, city: str) -> int:
        rows = [f"p{number}@example.com,{city},{number % 2}" for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            bring(world, "Email,City,Opted Out", *rows)
        return len(captured)

    bring(world, "Email", *(f"p{number}@example.com" for number in range(300)))
    assert queries(4, "Oslo") == queries(300, "Turku")


def test_an_id_of_somebody_else_is_not_followed_where_emails_are_shared(world: World) -> None:
    world.unit.allow_multiple_prospects_per_email = True
    world.unit.save()
    ada = twin(world, "ada@example.com")
    report = bring(world, "Prospect Id,Email,City", f"{ada.pk},bob@example.com,Espoo")
    assert counts(report) == (1, 0, 0, 0)
    ada.refresh_from_db()
    assert (ada.email, ada.city) == ("ada@example.com", None)


def test_importing_a_known_prospect_without_a_record_asks_for_its_link(world: World) -> None:
    world.add("ada@example.com")
    assert counts(bring(world, "Email", "ada@example.com")) == (0, 0, 1, 0)
    assert world.prospect("ada@example.com").link.pending == "import"
