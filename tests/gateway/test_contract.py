"""The gateway against the emulated org: each promise of the port, over a real socket."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from syncapp.core.ports import (
    BudgetExhausted,
    ChangeQuery,
    Cursor,
    LoginFailed,
    RangeQuery,
    SalesforceError,
    Unreachable,
    Write,
)
from tests.gateway.emulated import APP, EmulatedOrg

EPOCH = Cursor("2000-01-01T00:00:00.000+0000")
MISSING = "00Q00000000zzzzAAA"


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedOrg]:
    org = EmulatedOrg()
    yield org
    org.close()


@pytest.fixture
def org(process) -> EmulatedOrg:
    """Shadows the scripted org: `gateway` and `connect` of conftest speak to this one."""
    process.reset()
    return process


@pytest.fixture
def settings(settings):
    return replace(settings, **APP, read_timeout=5.0)


def since(position: Cursor, **changes) -> ChangeQuery:
    given = {
        "sobject": "Lead",
        "fields": ("Email", "LastName"),
        "cursor": position,
        "skip_user": "",
    }
    return ChangeQuery(position=position, **given | changes)


def leads(count: int) -> list[Write]:
    return [
        Write(n, None, {"LastName": f"Name {n}", "Company": "Acme", "Email": f"p{n}@example.com"})
        for n in range(count)
    ]


def saved_leads(gateway, count: int) -> list[str]:
    results = gateway.create("Lead", leads(count))
    assert all(result.ok for result in results)
    return [result.record_id for result in results]


def test_the_identity_is_that_of_the_connected_app(gateway, org):
    identity = gateway.identity()
    assert identity.username == "integration@syncline.example"
    assert identity.organization_id == org.control("GET", "health")["organization"]
    assert identity.user_id.startswith("005")
    assert gateway.identity() is identity


def test_a_wrong_secret_is_a_failed_login_that_names_no_secret(connect, org):
    with pytest.raises(LoginFailed, match="invalid_client") as refusal:
        connect(client_secret="wrong-secret").identity()
    assert "wrong-secret" not in str(refusal.value)


def test_our_count_of_calls_is_the_orgs_count(gateway, org):
    ids = saved_leads(gateway, 401)
    gateway.retrieve("Lead", ids, ["City"])
    gateway.changed_since([since(EPOCH), since(EPOCH, sobject="Contact")])
    gateway.describe("Lead")
    gateway.find_by_email(["p1@example.com"], {"Lead": (), "Contact": ()})
    calls = org.control("GET", "calls")
    assert gateway.usage.calls == len(calls) == 3 + 1 + 1 + 1 + 1
    assert sum(gateway.usage.by_resource.values()) == gateway.usage.calls
    assert gateway.usage.used == gateway.usage.calls
    assert gateway.usage.allowed == 150_000


def test_created_records_are_read_back_in_order_and_missing_ones_are_none(gateway):
    ids = saved_leads(gateway, 450)
    rows = gateway.retrieve("Lead", [*ids, MISSING, ids[0][:15]], ["LastName", "Email"])
    assert [row and row["LastName"] for row in rows] == [
        *(f"Name {n}" for n in range(450)),
        None,
        "Name 0",
    ]
    assert set(rows[0]) <= {"Id", "LastName", "Email"}


def test_text_of_every_kind_is_saved_found_and_read_back_unchanged(gateway):
    names = ['O\'Neil \\ "quoted"', "Åström 🙂 名前", "x') OR (Id != '", "a%_b", "line\nbreak\ttab"]
    mails = ["o'neil@example.com", "å.str@example.com", "a+b@example.com", "p_1@example.com"]
    writes = [Write(n, None, {"LastName": name, "Company": "Acme"}) for n, name in enumerate(names)]
    results = gateway.create("Lead", writes)
    rows = gateway.retrieve("Lead", [result.record_id for result in results], ["LastName"])
    assert [row["LastName"] for row in rows] == names
    mailed = [
        Write(n, None, {"LastName": "Mail", "Company": "Acme", "Email": mail})
        for n, mail in enumerate(mails)
    ]
    saved = {m for m, r in zip(mails, gateway.create("Lead", mailed), strict=True) if r.ok}
    found = gateway.find_by_email([*mails, "x') OR (Id != '"], {"Lead": ()})
    assert {row["Email"] for row in found["Lead"]} == saved >= {"o'neil@example.com"}


def test_changes_come_page_by_page_in_order_each_row_once(gateway, org):
    ids = saved_leads(gateway, 25)
    org.control("POST", "clock", {"advance_seconds": 60})
    ids += saved_leads(gateway, 20)
    position, seen = EPOCH, []
    while True:
        rows = gateway.changed_since([since(position, limit=10)])[0]
        seen += [row["Id"] for row in rows]
        if len(rows) < 10:
            break
        position = Cursor(rows[-1]["SystemModstamp"], rows[-1]["Id"])
    assert seen == sorted(ids[:25]) + sorted(ids[25:])


def test_an_idle_look_is_one_call_and_no_rows(gateway, org):
    saved_leads(gateway, 3)
    last = gateway.changed_since([since(EPOCH)])[0][-1]
    place = Cursor(last["SystemModstamp"], last["Id"])
    objects = ["Lead", "Contact", "Account", "User"]
    org.control("DELETE", "calls")
    future = Cursor("2100-01-01T00:00:00.000+0000")
    queries = [since(place), *(since(future, sobject=o, fields=("Id",)) for o in objects[1:])]
    assert gateway.changed_since(queries) == [[], [], [], []]
    assert len(org.control("GET", "calls")) == 1


def test_in_the_overlap_only_rows_that_others_touched_come_back(gateway, org):
    ours = saved_leads(gateway, 2)
    theirs = org.new("Lead", LastName="Theirs", Company="Acme")
    rows = gateway.changed_since([since(EPOCH)])[0]
    last = rows[-1]
    cursor = Cursor(last["SystemModstamp"], last["Id"])
    me = gateway.identity().user_id
    again = gateway.changed_since([since(EPOCH, cursor=cursor, skip_user=me)])[0]
    assert [row["Id"] for row in again] == [theirs]
    org.control("POST", "clock", {"advance_seconds": 60})
    gateway.update("Lead", [Write(1, ours[0], {"City": "Turku"})])
    behind = gateway.changed_since([since(EPOCH, cursor=cursor, skip_user=me)])[0]
    assert {row["Id"] for row in behind} == {theirs, ours[0]}


def test_a_deleted_lead_is_only_in_changes_ranges_and_deleted_state(gateway, org):
    kept, gone = saved_leads(gateway, 2)
    org.rest("DELETE", f"sobjects/Lead/{gone}")
    query = since(EPOCH, fields=("IsDeleted",))
    changed = {row["Id"]: row["IsDeleted"] for row in gateway.changed_since([query])[0]}
    assert changed == {kept: False, gone: True}
    assert gateway.retrieve("Lead", [kept, gone], ["Email"])[1] is None
    assert [r["Id"] for r in gateway.find_by_email(["p1@example.com"], {"Lead": ()})["Lead"]] == []
    state = gateway.deleted_state("Lead", [gone, MISSING, kept[:15]])
    assert state == {
        gone: {"Id": gone, "IsDeleted": True, "MasterRecordId": None},
        kept[:15]: {"Id": kept, "IsDeleted": False, "MasterRecordId": None},
    }


def test_ranges_and_bounds_cut_an_object_by_id(gateway):
    assert gateway.id_bounds(["Lead", "Contact"]) == {"Lead": None, "Contact": None}
    ids = sorted(saved_leads(gateway, 30))
    before = gateway.usage.calls
    assert gateway.id_bounds(["Lead", "Contact"]) == {"Lead": (ids[0], ids[-1]), "Contact": None}
    assert gateway.usage.calls == before + 1
    first, rest = gateway.ranges(
        [RangeQuery("Lead", ("Email",), "", ids[9]), RangeQuery("Lead", (), ids[9], ids[-1])]
    )
    assert [row["Id"] for row in first + rest] == ids
    assert len(gateway.ranges([RangeQuery("Lead", (), "", ids[-1], limit=7)])[0]) == 7


def test_the_account_of_a_contact_comes_as_a_dotted_key(gateway, org):
    account = org.new("Account", Name="Acme Oy")
    with_account = org.new("Contact", LastName="Ek", AccountId=account, Email="ek@example.com")
    without = org.new("Contact", LastName="Lind")
    fields = ("LastName", "Account.Name", "Owner.Email")
    query = since(EPOCH, sobject="Contact", fields=fields)
    names = {row["Id"]: row["Account.Name"] for row in gateway.changed_since([query])[0]}
    assert names == {with_account: "Acme Oy", without: None}
    rows = gateway.retrieve("Contact", [without, with_account, MISSING], fields)
    assert [row and row["Account.Name"] for row in rows] == [None, "Acme Oy", None]
    assert set(rows[0]) == {"Id", "LastName", "Account.Name", "Owner.Email"}
    found = gateway.find_by_email(["EK@example.com"], {"Contact": ("Account.Name",)})
    assert [row["Account.Name"] for row in found["Contact"]] == ["Acme Oy"]


def test_more_rows_than_one_page_holds_all_come_back(gateway):
    same = [
        Write(n, None, {"LastName": f"Twin {n}", "Company": "Acme", "Email": "twin@example.com"})
        for n in range(2300)
    ]
    ids = {result.record_id for result in gateway.create("Lead", same)}
    found = gateway.find_by_email(["Twin@example.com"], {"Lead": ("LastName",)})["Lead"]
    assert len(found) == 2300
    assert {row["Id"] for row in found} == ids


def test_results_of_a_mixed_batch_tell_item_by_item_what_became_of_it(gateway, org):
    ids = saved_leads(gateway, 3)
    long = "x" * 300
    results = gateway.update(
        "Lead",
        [
            Write(7, ids[0], {"City": "Turku"}),
            Write(8, ids[1], {"City": long}),
            Write(9, MISSING, {"City": "Oslo"}),
            Write(10, ids[2], {"Email": None}),
        ],
    )
    assert [(r.key, r.ok, r.record_id) for r in results] == [
        (7, True, ids[0]),
        (8, False, ids[1]),
        (9, False, MISSING),
        (10, True, ids[2]),
    ]
    assert results[1].errors[0].code == "STRING_TOO_LONG"
    assert results[1].errors[0].fields == ("City",)
    assert results[2].errors
    row = org.rows(f"SELECT City, Email FROM Lead WHERE Id = '{ids[2]}'")[0]
    assert row["Email"] is None


def test_a_lock_on_one_record_is_cured_by_sending_that_record_alone(gateway, org, pauses):
    ids = saved_leads(gateway, 10)
    org.control("DELETE", "calls")
    org.fault("lock_row", when={"record": r"^p3@"}, times=2)
    results = gateway.update("Lead", [Write(n, i, {"City": "Turku"}) for n, i in enumerate(ids)])
    assert all(result.ok for result in results)
    saved = [call["records"] for call in org.control("GET", "calls")]
    assert saved == [9, 0, 1]  # the nine others were not sent a second time
    assert len(pauses) == 2
    assert {row["City"] for row in org.rows("SELECT City FROM Lead")} == {"Turku"}


def test_an_expired_session_is_renewed_and_the_call_repeated_with_its_headers(gateway, org):
    saved_leads(gateway, 1)
    org.fault("expire_session", when={"path": "composite"})
    assert gateway.create("Lead", leads(1), assignment_rules=True)[0].ok
    assert len(org.rows("SELECT Id FROM Lead")) == 2


def test_a_session_that_never_works_ends_in_one_failed_login(gateway, org):
    org.fault("expire_session", when={"path": "composite"}, times=None)
    for _ in range(3):
        with pytest.raises(LoginFailed):
            gateway.changed_since([since(EPOCH)])
    assert len(org.control("GET", "calls")) <= 4


def test_a_create_whose_answer_was_cut_is_uncertain_and_there_is_no_second_lead(gateway, org):
    org.fault("cut", when={"method": "POST", "path": "composite/sobjects"}, after_work=True)
    results = gateway.create("Lead", leads(3))
    assert [result.uncertain for result in results] == [True] * 3
    assert len(org.rows("SELECT Id FROM Lead")) == 3


@pytest.mark.parametrize("kind", ["http_503", "html_503", "cut"])
def test_an_update_is_repeated_until_the_trouble_is_over(gateway, org, kind):
    ids = saved_leads(gateway, 3)
    org.fault(kind, when={"method": "PATCH"}, times=2)
    results = gateway.update("Lead", [Write(n, i, {"City": kind}) for n, i in enumerate(ids)])
    assert all(result.ok for result in results)
    assert {row["City"] for row in org.rows("SELECT City FROM Lead")} == {kind}


@pytest.mark.parametrize("kind", ["http_503", "html_503", "cut"])
def test_reads_end_as_unreachable_when_the_trouble_stays(gateway, org, kind):
    org.fault(kind, when={"path": "composite"}, times=None)
    with pytest.raises(Unreachable):
        gateway.changed_since([since(EPOCH)])


def test_a_hanging_org_is_left_after_the_read_time_limit(connect, org):
    gateway = connect(read_timeout=0.4)
    org.fault("hang", when={"path": "composite"}, times=1, seconds=1.5)
    assert gateway.changed_since([since(EPOCH)]) == [[]]


def test_the_middle_of_an_outage_loses_no_finished_chunk(connect, org):
    gateway = connect(concurrency=1)
    org.fault(
        "http_503", when={"method": "POST", "path": "composite/sobjects"}, after=2, times=None
    )
    results = gateway.create("Lead", leads(1000))
    done = [result.record_id for result in results if result.ok]
    assert len(done) == 400
    assert {row["Id"] for row in org.rows("SELECT Id FROM Lead")} == set(done)


def test_the_orgs_used_up_allowance_is_a_budget_that_is_exhausted(gateway, org):
    org.control("PUT", "limits", {"used": 1000, "max": 1000})
    with pytest.raises(BudgetExhausted, match="TotalRequests"):
        gateway.changed_since([since(EPOCH)])


def test_the_last_tenth_of_the_orgs_allowance_is_kept_for_consent(gateway, org):
    org.control("PUT", "limits", {"used": 95, "max": 100})
    gateway.changed_since([since(EPOCH)])
    with pytest.raises(BudgetExhausted, match="kept for consent"):
        gateway.changed_since([since(EPOCH)])
    with gateway.consent_lane():
        assert gateway.changed_since([since(EPOCH)]) == [[]]


def test_an_org_whose_clock_runs_ahead_is_noticed(gateway, org):
    gateway.changed_since([since(EPOCH)])
    assert abs(gateway.clock_offset()) <= 1
    org.control("POST", "clock", {"advance_seconds": 3600})
    gateway.changed_since([since(EPOCH)])
    assert abs(gateway.clock_offset() - timedelta(hours=1).total_seconds()) <= 1


def test_a_field_that_is_hidden_disappears_from_describe_and_is_refused_by_name(gateway, org):
    assert "HasOptedOutOfEmail" in gateway.describe("Lead").fields
    before = gateway.describe("Lead")
    org.control("POST", "clock", {"advance_seconds": 5})
    org.control("PUT", "permissions", {"Lead.HasOptedOutOfEmail": "hidden"})
    assert gateway.describe("Lead") is before
    after = gateway.describe("Lead", fresh=True)
    assert "HasOptedOutOfEmail" not in after.fields
    assert "Email" in after.fields
    with pytest.raises(SalesforceError, match="query of Lead") as refusal:
        gateway.changed_since([since(EPOCH, fields=("HasOptedOutOfEmail",))])
    assert refusal.value.code == "INVALID_FIELD"


def test_an_unchanged_describe_costs_a_304_and_is_kept(gateway, org):
    org.control("POST", "clock", {"advance_seconds": 60})
    first = gateway.describe("Contact")
    assert gateway.describe("Contact", fresh=True) is first
    assert [call["status"] for call in org.control("GET", "calls")] == [200, 304]


def test_a_read_only_field_and_a_picklist_are_described_as_they_are(gateway, org):
    schema = gateway.describe("Lead").fields
    assert schema["LastName"].updateable
    assert not schema["SystemModstamp"].updateable
    assert schema["Status"].picklist
    assert schema["Company"].length == 255
