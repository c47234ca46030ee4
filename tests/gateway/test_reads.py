"""Queries and records: what is asked, in how few calls, and how the rows come back."""

import pytest

from syncapp.core.ports import ChangeQuery, Cursor, RangeQuery, SalesforceError, Unreachable
from tests.gateway.stub import HTML_503, Reply, composite, page

AT = "2026-01-02T03:04:05.000+0000"
LATER = "2026-01-02T04:00:00.000+0000"


def change(sobject: str = "Lead", fields: tuple[str, ...] = ("Email",), **changes) -> ChangeQuery:
    given = {"position": Cursor(AT), "cursor": Cursor(AT), "skip_user": "005000000000001AAA"}
    return ChangeQuery(sobject, fields, **given | changes)


def test_an_idle_look_at_five_objects_is_one_call(gateway, org):
    objects = ["Lead", "Contact", "Account", "Opportunity", "User"]
    org.default = page(*[[]] * 5)
    assert gateway.changed_since([change(name) for name in objects]) == [[]] * 5
    assert gateway.usage.calls == len(org.calls) == 1
    assert [query.split(" FROM ")[1].split()[0] for query in org.queries()] == objects
    assert all("/queryAll?q=" in sub["url"] for sub in org.calls[0].body["compositeRequest"])


def test_the_change_query_before_the_cursor_leaves_out_our_own_writes(gateway, org):
    org.default = page([])
    position = Cursor(AT, "00Q000000000001AAA")
    gateway.changed_since([change(position=position, cursor=Cursor(LATER, "00Q000000000002AAA"))])
    assert org.queries() == [
        "SELECT Id, SystemModstamp, Email FROM Lead"
        " WHERE SystemModstamp >= 2026-01-02T03:04:05.000Z"
        " AND (SystemModstamp > 2026-01-02T03:04:05.000Z OR Id > '00Q000000000001AAA')"
        " AND (LastModifiedById != '005000000000001AAA'"
        " OR SystemModstamp > 2026-01-02T04:00:00.000Z"
        " OR (SystemModstamp = 2026-01-02T04:00:00.000Z AND Id > '00Q000000000002AAA'))"
        " ORDER BY SystemModstamp, Id LIMIT 2000"
    ]


@pytest.mark.parametrize(
    ("position", "cursor", "skip"),
    [
        (Cursor(AT, "00Q2"), Cursor(AT, "00Q2"), "005000000000001AAA"),
        (Cursor(LATER), Cursor(AT), "005000000000001AAA"),
        (Cursor(AT), Cursor(LATER), ""),
    ],
)
def test_at_or_after_the_cursor_our_own_writes_are_read_as_well(
    gateway, org, position, cursor, skip
):
    org.default = page([])
    gateway.changed_since([change(position=position, cursor=cursor, skip_user=skip)])
    assert "LastModifiedById" not in org.queries()[0]


def test_a_position_without_an_id_includes_its_own_second(gateway, org):
    org.default = page([])
    gateway.changed_since([change(cursor=Cursor(LATER), limit=7)])
    assert org.queries()[0].endswith(
        " WHERE SystemModstamp >= 2026-01-02T03:04:05.000Z"
        " AND (LastModifiedById != '005000000000001AAA'"
        " OR SystemModstamp >= 2026-01-02T04:00:00.000Z)"
        " ORDER BY SystemModstamp, Id LIMIT 7"
    )


def test_an_end_leaves_what_we_write_meanwhile_to_the_next_cycle(gateway, org):
    org.default = page([])
    gateway.changed_since([change(until=LATER)])
    assert org.queries()[0].endswith(
        " WHERE SystemModstamp >= 2026-01-02T03:04:05.000Z"
        " AND SystemModstamp <= 2026-01-02T04:00:00.000Z"
        " AND (SystemModstamp < 2026-01-02T04:00:00.000Z"
        " OR LastModifiedById != '005000000000001AAA')"
        " ORDER BY SystemModstamp, Id LIMIT 2000"
    )


@pytest.mark.parametrize("stamp", ["yesterday", "2026-01-02", "2026-01-02T03:04:05", "' OR Id > '"])
def test_a_stamp_that_is_not_a_time_with_a_zone_is_refused(gateway, org, stamp):
    with pytest.raises(SalesforceError, match="INVALID_DATETIME"):
        gateway.changed_since([change(position=Cursor(stamp))])
    assert org.calls == []


@pytest.mark.parametrize(
    "field", ["Email FROM User--", "Email, Name", "", "Épost", "a.b.c.d.e.f.g"]
)
def test_a_field_name_that_is_not_a_name_is_refused(gateway, org, field):
    with pytest.raises(SalesforceError, match="INVALID_FIELD"):
        gateway.changed_since([change(fields=(field,))])
    with pytest.raises(SalesforceError, match="INVALID_FIELD"):
        gateway.retrieve("Lead", ["00Q000000000001AAA"], [field])
    assert org.calls == []


def test_a_field_asked_for_twice_is_selected_once(gateway, org):
    org.default = page([])
    gateway.changed_since([change(fields=("Email", "email", "id", "SystemModstamp", "City"))])
    assert org.queries()[0].startswith("SELECT Id, SystemModstamp, Email, City FROM Lead")


def test_rows_have_no_attributes_and_parents_are_dotted_keys(gateway, org):
    fields = ("AccountId", "Account.Name", "Account.Owner.Username", "Owner.Email")
    with_parent = {
        "attributes": {"type": "Contact"},
        "Id": "0031",
        "Account": {
            "attributes": {"type": "Account"},
            "Name": "Acme",
            "Owner": {"attributes": {}, "Username": "ann@example.com"},
        },
        "Owner": {"attributes": {}, "Email": None},
        "AccountId": "0011",
    }
    without = {"attributes": {}, "Id": "0032", "Account": None, "Owner": None, "AccountId": None}
    org.default = page([with_parent, without])
    rows = gateway.changed_since([change("Contact", fields)])[0]
    assert rows == [
        {
            "Id": "0031",
            "AccountId": "0011",
            "Account.Name": "Acme",
            "Account.Owner.Username": "ann@example.com",
            "Owner.Email": None,
        },
        {
            "Id": "0032",
            "AccountId": None,
            "Account.Name": None,
            "Account.Owner.Username": None,
            "Owner.Email": None,
        },
    ]


def test_a_full_page_of_wide_rows_comes_back_whole(gateway, org):
    fields = tuple(f"F{n}__c" for n in range(25))
    wide = [{name: f"{n} {name}" for name in fields} | {"Id": f"00Q{n:015d}"} for n in range(2000)]
    org.default = page([{"attributes": {"type": "Lead"}} | row for row in wide])
    assert gateway.changed_since([change(fields=fields)]) == [wide]


def test_rows_have_the_field_names_that_were_asked_for(gateway, org):
    org.default = page([{"Id": "00Q1", "OptedOut__c": True}, {"Id": "00Q2", "OptedOut__c": False}])
    rows = gateway.changed_since([change(fields=("optedout__C",))])[0]
    assert [row["optedout__C"] for row in rows] == [True, False]


def test_a_page_that_the_server_cut_short_is_followed_to_its_end(gateway, org):
    def part(ids: list[str], following: str | None) -> dict:
        records = [{"attributes": {}, "Id": name} for name in ids]
        more = {"nextRecordsUrl": following} if following else {}
        return {"totalSize": 5, "done": not following, "records": records} | more

    url = "/services/data/v64.0/query/01gAAA-"
    org.script = [
        composite((200, part(["1", "2"], url + "2")), (200, part(["9"], None))),
        Reply(200, part(["3", "4"], url + "4")),
        Reply(200, part(["5"], None)),
    ]
    leads, contacts = gateway.changed_since([change(), change("Contact")])
    assert [row["Id"] for row in leads] == ["1", "2", "3", "4", "5"]
    assert [row["Id"] for row in contacts] == ["9"]
    assert [seen.path for seen in org.calls[1:]] == [url + "2", url + "4"]
    assert leads[4] == {"Id": "5"}


def test_a_query_that_fails_names_its_object_and_code(gateway, org):
    error = [{"message": "No such column 'X' on entity 'Contact'.", "errorCode": "INVALID_FIELD"}]
    org.default = composite((200, {"done": True, "records": []}), (400, error))
    with pytest.raises(SalesforceError, match="query of Contact: No such column 'X'") as refusal:
        gateway.changed_since([change(), change("Contact")])
    assert refusal.value.code == "INVALID_FIELD"
    assert len(org.calls) == 1


def test_a_query_that_meets_passing_trouble_inside_a_composite_is_repeated(gateway, org):
    org.script = [composite((503, None)), HTML_503, page([{"Id": "00Q1"}])]
    assert gateway.changed_since([change()]) == [[{"Id": "00Q1"}]]
    org.default = composite((500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "ErrorId: 1"}]))
    with pytest.raises(Unreachable, match="UNKNOWN_EXCEPTION"):
        gateway.changed_since([change()])


def test_a_range_is_open_below_and_closed_above(gateway, org):
    org.default = page([], [])
    both = RangeQuery("Lead", ("City",), "00Q000000000001AAA", "00Q000000000009AAA", limit=5000)
    gateway.ranges([both, RangeQuery("Lead", ("City",), "", "")])
    assert org.queries() == [
        "SELECT Id, City FROM Lead WHERE Id > '00Q000000000001AAA' AND Id <= '00Q000000000009AAA'"
        " ORDER BY Id LIMIT 5000",
        "SELECT Id, City FROM Lead ORDER BY Id LIMIT 2000",
    ]


def test_id_bounds_of_two_objects_are_one_call(gateway, org):
    org.default = page([{"Id": "00Q1"}], [{"Id": "00Q9"}], [], [])
    bounds = gateway.id_bounds(["Lead", "Contact"])
    assert bounds == {"Lead": ("00Q1", "00Q9"), "Contact": None}
    assert len(org.calls) == 1
    assert org.queries()[:2] == [
        "SELECT Id FROM Lead ORDER BY Id LIMIT 1",
        "SELECT Id FROM Lead ORDER BY Id DESC LIMIT 1",
    ]


def test_retrieve_asks_for_2000_records_a_call_and_keeps_their_order(gateway, org):
    def known(seen):
        rows = [
            None if name.endswith("7") else {"attributes": {}, "Id": name, "City": "Turku"}
            for name in seen.body["ids"]
        ]
        return Reply(200, rows)

    org.default = known
    ids = [f"00Q{n:015d}" for n in range(4001)]
    rows = gateway.retrieve("Lead", ids, ("City", "Id", "City"))
    assert sorted(len(seen.body["ids"]) for seen in org.calls) == [1, 2000, 2000]
    assert org.calls[0].body["fields"] == ["City", "Id"]
    assert [row and row["Id"] for row in rows] == [i if not i.endswith("7") else None for i in ids]
    assert rows[0] == {"Id": ids[0], "City": "Turku"}


def test_retrieve_with_a_parents_field_goes_by_query_and_keeps_order_and_id_form(gateway, org):
    ids = ["003000000000001", "003000000000002AAA", "003000000000003AAA"]
    found = [
        {"attributes": {}, "Id": f"00300000000000{n}AAA", "Account": {"Name": f"Acme {n}"}}
        for n in (3, 1)
    ]
    org.default = page(found)
    rows = gateway.retrieve("Contact", ids, ("Account.Name",))
    assert [row and row["Account.Name"] for row in rows] == ["Acme 1", None, "Acme 3"]
    assert "/query?q=" in org.calls[0].body["compositeRequest"][0]["url"]


def test_emails_are_asked_for_once_without_case_and_blank_ones_never(gateway, org):
    org.default = page([{"Id": "00Q1", "Email": "a@example.com"}], [{"Id": "0031"}])
    emails = [
        "a@example.com",
        "A@Example.com",
        " ",
        "",
        "b@example.com ",
        "x" * 81 + "@example.com",
    ]
    found = gateway.find_by_email(emails, {"Lead": ("IsConverted",), "Contact": ("AccountId",)})
    assert found == {
        "Lead": [{"Id": "00Q1", "Email": "a@example.com"}],
        "Contact": [{"Id": "0031"}],
    }
    assert org.queries() == [
        "SELECT Id, Email, IsConverted FROM Lead WHERE Email IN ('A@Example.com','b@example.com')",
        "SELECT Id, Email, AccountId FROM Contact WHERE Email IN ('A@Example.com','b@example.com')",
    ]
    assert all("/query?q=" in sub["url"] for sub in org.calls[0].body["compositeRequest"])


def test_no_emails_are_no_call(gateway, org):
    assert gateway.find_by_email([" "], {"Lead": ()}) == {"Lead": []}
    assert gateway.deleted_state("Lead", []) == {}
    assert gateway.retrieve("Lead", [], ("City",)) == []
    assert (org.calls, org.logins) == ([], [])


def test_many_emails_are_few_queries_within_the_limits_of_soql(gateway, org):
    org.default = lambda seen: page(*[[] for _ in seen.body["compositeRequest"]])
    short = [f"p{n}@example.com" for n in range(5000)]
    long = [f"{n:05d}{'x' * 60}@example.com" for n in range(2000)]
    gateway.find_by_email(short, {"Lead": (), "Contact": ()})
    assert len(org.calls) == 2  # three queries for each of two objects, five a call
    gateway.find_by_email(long, {"Lead": ()})
    queries = org.queries()
    assert max(map(len, queries)) < 100_000
    assert max(query.count(",'") for query in queries) < 2000
    asked = {email for query in queries for email in query.split("'")[1::2]}
    assert asked == {*short, *long}


def test_quotes_backslashes_and_unicode_in_an_email_stay_inside_their_literal(gateway, org):
    org.default = page([])
    gateway.find_by_email(
        ["o'neil\\@example.com", "x') OR (Id != '", "å🙂@example.com"], {"Lead": ()}
    )
    assert org.queries()[0].endswith(
        r"IN ('o\'neil\\@example.com','x\') OR (Id != \'','å🙂@example.com')"
    )


def test_deleted_state_is_keyed_by_the_ids_that_were_asked_for(gateway, org):
    row = {"Id": "00Q000000000001AAA", "IsDeleted": True, "MasterRecordId": "00Q000000000009AAA"}
    org.default = page([{"attributes": {}} | row])
    asked = ["00Q000000000001", "00Q000000000002AAA"]
    assert gateway.deleted_state("Lead", asked) == {"00Q000000000001": row}
    assert "/queryAll?q=" in org.calls[0].body["compositeRequest"][0]["url"]
