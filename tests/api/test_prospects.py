"""Prospects in the shape of Account Engagement's API v5: all of a request is done, or nothing."""

import pytest

from dashboard.api.schemas import SCHEMAS
from syncapp.models import AuditEntry, FieldChange, Prospect
from tests.screens.conftest import add_prospect, linked, make_unit

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "v5/objects/prospects"


def custom(unit, key: str, kind: str = "text") -> None:
    unit.fields.create(key=key, label=key, type=kind, custom=True, behavior="salesforce")


def written() -> tuple:
    """Everything that a request could have written."""
    people = list(Prospect.objects.order_by("pk").values())
    return people, FieldChange.objects.count(), AuditEntry.objects.count()


def test_a_prospect_is_created_read_updated_deleted_and_undeleted(program, emea) -> None:
    ask = program("marketing", name="shop")
    emea.users.create(email="ann@example.com")
    custom(emea, "shoe_size", "number")
    sent = {"email": "Ada@example.com", "firstName": "Ada", "assignedTo": "ann@example.com",
            "shoeSize": 38.5, "isDoNotCall": True}  # fmt: skip
    made = ask.send("POST", f"{PATH}?fields=id,firstName,assignedTo,shoeSize", sent, 201)
    one = f"{PATH}/{made.pop('id')}"
    assert made == {"firstName": "Ada", "assignedTo": "ann@example.com", "shoeSize": 38.5}
    told = ask.get(one)
    assert set(told) == {*SCHEMAS["Prospect"], "shoeSize"}
    assert (told["email"], told["isDoNotCall"], told["isDeleted"]) == (
        "Ada@example.com", True, False,
    )  # fmt: skip
    assert ask.send("PATCH", one, {"city": "Turku"})["city"] == "Turku"
    assert ask.send("DELETE", one, status=204) is None
    assert ask.get(one)["isDeleted"] is True
    assert ask.get(PATH)["values"] == []
    assert ask.send("POST", f"{one}/do/undelete")["isDeleted"] is False
    ask.send("DELETE", one, status=204)
    pk = int(one.rpartition("/")[2])
    assert ask.send("POST", f"{PATH}/do/undelete?fields=id", {"id": pk}) == {"id": pk}
    actors = set(FieldChange.objects.values_list("actor", flat=True))
    assert actors == {"api:shop"}


def test_the_answer_has_the_schema_of_the_document_and_its_types(program, emea) -> None:
    add_prospect(emea, "ada@example.com", link=linked(1))
    told = program("reader").get(PATH)["values"][0]
    assert set(told) == set(SCHEMAS["Prospect"])
    assert told["salesforceId"] == told["salesforceLeadId"] == linked(1)["lead_id"]
    for name, kind in SCHEMAS["Prospect"].items():
        if kind == "boolean":
            assert isinstance(told[name], bool), name


def test_pages_follow_each_other_in_every_order_and_none_is_told_twice(program, emea) -> None:
    ask = program("reader")
    ids = [add_prospect(emea, f"p{n}@example.com").pk for n in range(7)]
    Prospect.objects.filter(pk__in=ids[:3]).update(updated_at="2026-11-22T00:00:00.123456Z")
    add_prospect(make_unit("apac"), "stranger@example.com")
    wanted = {
        "id": ids,
        "id DESC": ids[::-1],
        "updatedAt": [*ids[3:], *ids[:3]],
        "updatedAt DESC": [*ids[2::-1], *ids[:2:-1]],
        "createdAt ASC": ids,
    }
    for order, expected in wanted.items():
        query = f"{PATH}?orderBy={order.replace(' ', '%20')}&limit=2&fields=id"
        page, got = ask.get(query), []
        while True:
            got += [row["id"] for row in page["values"]]
            if page["nextPageToken"] is None:
                break
            again = f"&nextPageToken={page['nextPageToken']}"
            start = query if len(got) < 4 else f"{PATH}?"  # with the same words, then alone
            page = ask.get(start + again)
        assert got == expected, order


def test_a_page_token_serves_its_own_query_and_unit_only(program, emea) -> None:
    ask = program("reader")
    for n in range(3):
        add_prospect(emea, f"p{n}@example.com")
    token = ask.get(f"{PATH}?limit=1")["nextPageToken"]
    assert ask.get(f"{PATH}?nextPageToken={token}&limit=2", 400)["code"] == "other_query"
    assert ask.get(f"{PATH}?nextPageToken={token}x", 400)["code"] == "bad_page_token"
    other = program("reader", make_unit("apac"))
    assert other.get(f"{PATH}?nextPageToken={token}", 400)["code"] == "bad_page_token"


def test_filters_find_what_they_say(program, emea) -> None:
    ask = program("reader")
    ada = add_prospect(emea, "Ada@example.com", link=linked(1))
    bob = add_prospect(emea, "bob@example.com", archived=True)
    cat = add_prospect(emea, "cat@example.com")
    Prospect.objects.filter(pk=cat.pk).update(updated_at="2026-11-25T00:00:00Z")
    for query, expected in (
        ("email=ADA@example.com", [ada]),
        ("deleted=true", [bob]),
        ("deleted=all", [ada, bob, cat]),
        (f"idGreaterThan={ada.pk}", [cat]),
        (f"idLessThanOrEqualTo={ada.pk}", [ada]),
        ("updatedAtAfter=2026-11-24T00:00:00Z", [cat]),
        ("updatedAtBefore=2026-11-24T00:00:00Z", [ada]),
        (f"salesforceId={linked(1)['lead_id'][:15]}", [ada]),
        ("createdAtAfter=2030-01-01T00:00:00Z", []),
    ):
        found = [row["id"] for row in ask.get(f"{PATH}?{query}")["values"]]
        assert found == [one.pk for one in expected], query


def test_the_list_asks_the_same_for_one_and_for_many(
    program, emea, django_assert_num_queries
) -> None:
    ask = program("reader")
    ann = emea.users.create(email="ann@example.com")
    add_prospect(emea, "ada@example.com", assigned_user=ann)
    ask.get(PATH)
    with django_assert_num_queries(3):  # token, fields, rows
        ask.get(PATH)
    for n in range(30):
        add_prospect(emea, f"p{n}@example.com", assigned_user=ann)
    with django_assert_num_queries(3):
        assert len(ask.get(PATH)["values"]) == 31


def test_upserting_updates_the_latest_or_creates(program, emea) -> None:
    ask = program("marketing")
    body = {"matchEmail": "ada@example.com", "prospect": {"city": "Turku"}, "fields": ["id"]}
    path = f"{PATH}/do/upsertLatestByEmail"
    made = ask.send("POST", path, body, 201)
    assert set(made) == {"id"}
    body["prospect"] = {"city": "Oulu"}
    assert ask.send("POST", path, body) == made
    emea.allow_multiple_prospects_per_email = True
    emea.save()
    newer = add_prospect(emea, "ADA@example.com", email_shared=True)
    Prospect.objects.filter(pk=newer.pk).update(updated_at="2031-01-01T00:00:00Z")
    assert ask.send("POST", path, body) == {"id": newer.pk}
    Prospect.objects.update(archived=True)
    body["secondaryDeletedSearch"] = True
    got = ask.send("POST", path, body | {"fields": ["id", "isDeleted"]})
    assert got["isDeleted"] is False
    assert Prospect.objects.count() == 2


def test_a_suppression_is_added_by_anybody_who_edits_for_the_whole_address(program, emea) -> None:
    ada = add_prospect(emea, "ada@example.com")
    told = program("marketing").send(
        "PATCH", f"{PATH}/{ada.pk}", {"optedOut": True, "isDoNotEmail": True}
    )
    assert (told["optedOut"], told["isDoNotEmail"]) == (True, True)
    entry = AuditEntry.objects.get(action="mailability.unsubscribe")
    assert (entry.actor, entry.why) == ("api:marketing", "API")


def test_a_suppression_is_taken_away_by_role_and_tick_only(program, emea) -> None:
    ada = add_prospect(emea, "ada@example.com", opted_out=True, do_not_email=True)
    one = f"{PATH}/{ada.pk}"
    ticked = f"{one}?takeSuppressionAway=true"
    marketing, admin = program("marketing"), program("administrator")
    before = written()
    asked = {"optedOut": False, "city": "Turku"}
    assert marketing.send("PATCH", ticked, asked, 403)["code"] == "not_allowed"
    assert admin.send("PATCH", one, asked, 400)["code"] == "suppression_stays"
    assert marketing.send("PATCH", one, {"isDoNotEmail": False}, 400)["code"] == "suppression_stays"
    assert written() == before
    told = marketing.send("PATCH", ticked, {"isDoNotEmail": False})
    assert (told["optedOut"], told["isDoNotEmail"]) == (True, False)
    told = admin.send("PATCH", ticked, asked)
    assert (told["optedOut"], told["city"]) == (False, "Turku")


def test_a_new_prospect_keeps_what_its_address_is_known_for(program, emea) -> None:
    admin = program("administrator")
    pk = admin.send("POST", PATH, {"email": "ada@example.com", "optedOut": True}, 201)["id"]
    emea.allow_multiple_prospects_per_email = True
    emea.save()
    before = written()
    again = {"email": "ada@example.com", "optedOut": False}
    assert admin.send("POST", PATH, again, 400)["code"] == "suppression_stays"
    assert written() == before
    made = admin.send("POST", PATH, {"email": "ada@example.com"}, 201)
    assert made["id"] != pk
    assert made["optedOut"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "", {"firstName": "Ada"}, "missing_parameter"),
        ("POST", "", {"email": "nobody"}, "invalid_email"),
        ("POST", "", {"email": 7}, "missing_parameter"),
        ("POST", "", {"email": "ada@example.com"}, "email_in_use"),
        ("POST", "", {"email": "new@example.com", "shoe": 1}, "unknown_field"),
        ("POST", "", {"email": "new@example.com", "id": 1}, "read_only"),
        ("POST", "", {"email": "new@example.com", "assignedTo": "x@example.com"}, "unknown_user"),
        ("POST", "", {"email": "new@example.com", "city": ["Turku"]}, "invalid_value"),
        ("POST", "", {"email": "new@example.com", "score": 10**30}, "invalid_value"),
        ("POST", "", {"email": "new@example.com", "score": "many"}, "invalid_value"),
        ("POST", "", {"email": "new@example.com", "city": "x" * 70_000}, "invalid_value"),
        ("POST", "", {"email": "new@example.com", "city": "a\0b"}, "not_text"),
        ("POST", "?fields=shoe", {"email": "new@example.com"}, "unknown_field"),
        ("POST", "?fields=id&fields=email", {"email": "new@example.com"}, "repeated_parameter"),
        ("POST", "", [], "not_an_object"),
        ("POST", "", b"{", "not_json"),
        ("POST", "", b"\xff", "not_json"),
        ("POST", "", b'{"score": NaN}', "not_json"),
        ("POST", "", b"[" * 100_000, "not_json"),
        ("POST", "", b'{"city": "\\ud800"}', "not_text"),
        ("PATCH", "/{ada}", {"city": "Turku", "optedOut": "maybe"}, "invalid_value"),
        ("PATCH", "/{ada}", {"city": "Turku", "email": "bob@example.com"}, "email_in_use"),
        ("POST", "/do/upsertLatestByEmail", {"prospect": {}}, "missing_parameter"),
        ("POST", "/do/upsertLatestByEmail", {"matchEmail": "no"}, "invalid_email"),
        (
            "POST",
            "/do/upsertLatestByEmail",
            {"matchEmail": "a@b.io", "prospect": 1},
            "bad_parameter",
        ),
        ("POST", "/do/undelete", {}, "missing_parameter"),
        ("POST", "/do/undelete", {"id": True}, "bad_parameter"),
        ("GET", "?orderBy=email", None, "bad_parameter"),
        ("GET", "?limit=0", None, "bad_parameter"),
        ("GET", "?limit=9%C2%B2", None, "bad_parameter"),
        ("GET", "?idGreaterThan=99999999999999999999", None, "bad_parameter"),
        ("GET", "?createdAtAfter=yesterday", None, "bad_parameter"),
        ("GET", "?createdAtAfter=0001-01-01T00:00:00%2B23:00", None, "bad_parameter"),
        ("GET", "?salesforceId=%25", None, "bad_parameter"),
        ("GET", "?email=a%00", None, "not_text"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(method, path, body, code, program, emea) -> None:
    ada = add_prospect(emea, "ada@example.com")
    add_prospect(emea, "bob@example.com")
    ask = program()
    before = written()
    told = ask.send(method, PATH + path.format(ada=ada.pk), body, 400)
    assert told["code"] == code
    assert told["message"]
    assert written() == before


def test_what_is_not_there_or_of_another_unit_is_not_found(program) -> None:
    ask = program()
    stranger = add_prospect(make_unit("apac"), "stranger@example.com")
    before = written()
    for pk in (stranger.pk, 2**62, 10**30):
        one = f"{PATH}/{pk}"
        ask.get(one, 404)
        ask.send("PATCH", one, {"city": "Turku"}, 404)
        ask.send("DELETE", one, status=404)
        ask.send("POST", f"{one}/do/undelete", status=404)
    ask.send("POST", f"{PATH}/do/undelete", {"id": stranger.pk}, 404)
    assert written() == before


def test_custom_fields_whose_names_are_taken_have_a_suffix(program, emea) -> None:
    custom(emea, "is_deleted")
    custom(emea, "crm_owner")
    ask = program()
    made = ask.send(
        "POST", PATH, {"email": "a@example.com", "is_deleted__c": "no", "crmOwner": "Ann"}, 201
    )
    assert (made["isDeleted"], made["is_deleted__c"], made["crmOwner"]) == (False, "no", "Ann")
