"""Collections: split, in order, and never a lost result or a create that is sent twice."""

import threading

import pytest

from syncapp.core.ports import TRANSIENT_CODES, BudgetExhausted, SalesforceError, Unreachable, Write
from tests.gateway.stub import CUT, EXPIRED, HTML_503, Reply, Seen, saved, token_reply

LOCKED = {
    "success": False,
    "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "locked", "fields": []}],
}


def updates(count: int) -> list[Write]:
    return [Write(10_000 + n, f"00Q{n:015d}", {"City": f"City {n}"}) for n in range(count)]


def creates(count: int) -> list[Write]:
    return [Write(n, None, {"LastName": f"Name {n}"}) for n in range(count)]


def test_201_writes_are_two_calls_and_the_results_keep_the_order_of_the_writes(gateway, org):
    batch = updates(201)
    results = gateway.update("Lead", batch)
    assert sorted(len(seen.body["records"]) for seen in org.calls) == [1, 200]
    assert [(r.key, r.record_id) for r in results] == [(w.key, w.record_id) for w in batch]
    assert all(result.ok for result in results)
    assert gateway.usage.calls == 2


def test_results_keep_their_order_when_later_calls_answer_first(gateway, org):
    def slow_first(seen: Seen) -> Reply:
        first = seen.body["records"][0]["City"] == "City 0"
        return Reply(**vars(saved(seen)) | {"hang": 0.3 if first else 0.0})

    org.default = slow_first
    results = gateway.update("Lead", updates(1000))
    assert [result.key for result in results] == [10_000 + n for n in range(1000)]


def test_as_many_calls_are_in_flight_as_are_allowed_and_not_more(connect, org):
    gate, most, now = threading.Lock(), [0], [0]

    def counted(seen: Seen) -> Reply:
        with gate:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.1)
        with gate:
            now[0] -= 1
        return saved(seen)

    org.default = counted
    connect(concurrency=3).update("Lead", updates(2000))
    assert most == [3]


def test_a_record_goes_out_with_its_type_its_id_and_all_its_values(gateway, org):
    gateway.update(
        "Contact", [Write(1, "003000000000001AAA", {"Email": None, "LastName": "Åström 🙂"})]
    )
    seen = org.calls[0]
    assert (seen.method, seen.path) == ("PATCH", "/services/data/v64.0/composite/sobjects")
    assert seen.body == {
        "allOrNone": False,
        "records": [
            {
                "attributes": {"type": "Contact"},
                "id": "003000000000001AAA",
                "Email": None,
                "LastName": "Åström 🙂",
            }
        ],
    }


def test_assignment_rules_run_only_when_a_create_asks_for_them(gateway, org):
    gateway.create("Lead", creates(1))
    gateway.create("Lead", creates(1), assignment_rules=True)
    gateway.update("Lead", updates(1))
    assert [s.headers["Sforce-Auto-Assign"] for s in org.calls] == ["FALSE", "TRUE", "FALSE"]


def test_no_writes_are_no_call(gateway, org):
    assert gateway.create("Lead", []) == gateway.update("Lead", []) == []
    assert (org.calls, org.logins) == ([], [])


def test_an_item_that_is_refused_carries_its_codes_and_the_others_are_saved(gateway, org):
    error = {"statusCode": "STRING_TOO_LONG", "message": "City: too long", "fields": ["City"]}

    def second_refused(seen: Seen) -> Reply:
        items = saved(seen).body
        items[1] = {"success": False, "errors": [error, {"statusCode": "X", "message": ""}]}
        return Reply(200, items)

    org.script = [second_refused]
    results = gateway.update("Lead", updates(3))
    assert [result.ok for result in results] == [True, False, True]
    assert results[1].record_id == "00Q000000000000001"
    assert [(e.code, e.fields) for e in results[1].errors] == [
        ("STRING_TOO_LONG", ("City",)),
        ("X", ()),
    ]
    assert len(org.calls) == 1


@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_lock_on_one_record_sends_only_that_record_again(gateway, org, pauses, verb):
    def third_locked(seen: Seen) -> Reply:
        items = saved(seen).body
        items[2] = LOCKED
        return Reply(200, items)

    org.script = [third_locked]
    batch = updates(5) if verb == "update" else creates(5)
    results = getattr(gateway, verb)("Lead", batch)
    assert all(result.ok for result in results)
    assert [len(seen.body["records"]) for seen in org.calls] == [5, 1]
    field = "City" if verb == "update" else "LastName"
    assert org.calls[1].body["records"][0][field] == batch[2].fields[field]
    assert [result.key for result in results] == [write.key for write in batch]
    assert pauses == [0.25]


def test_a_record_that_stays_locked_is_given_up_after_a_few_tries(gateway, org):
    org.default = Reply(200, [LOCKED])
    results = gateway.update("Lead", updates(1))
    assert [error.code for error in results[0].errors] == ["UNABLE_TO_LOCK_ROW"]
    assert results[0].errors[0].code in TRANSIENT_CODES
    assert len(org.calls) == 4


@pytest.mark.parametrize(
    "trouble",
    [
        CUT,
        HTML_503,
        Reply(hang=1.5),
        Reply(500),
        Reply(200, "<html>"),
        Reply(200, []),
        Reply(200, [{"id": "00Q1", "success": True}]),
        Reply(200, [{}, {}, {}]),
        Reply(200, {"message": "no list"}),
    ],
)
def test_a_create_whose_answer_is_lost_is_uncertain_and_is_not_sent_again(connect, org, trouble):
    gateway = connect(read_timeout=0.7)
    org.script = [trouble]
    results = gateway.create("Lead", creates(3))
    assert [(r.key, r.uncertain, r.ok, r.errors) for r in results] == [
        (n, True, False, ()) for n in range(3)
    ]
    assert len(org.calls) == 1


@pytest.mark.parametrize("trouble", [CUT, HTML_503, Reply(hang=1.5), Reply(200, []), Reply(500)])
def test_an_update_whose_answer_is_lost_is_sent_again(connect, org, trouble):
    gateway = connect(read_timeout=0.7)
    org.script = [trouble]
    assert gateway.update("Lead", updates(1))[0].ok
    assert org.calls[0].body == org.calls[1].body


def test_a_create_that_was_surely_not_done_is_sent_again(gateway, org):
    busy = [
        {
            "message": "ConcurrentPerOrgLongTxn Limit exceeded.",
            "errorCode": "REQUEST_LIMIT_EXCEEDED",
        }
    ]
    org.script = [EXPIRED, Reply(403, busy), Reply(429, [])]
    results = gateway.create("Lead", creates(1))
    assert [result.ok for result in results] == [True]
    assert len(org.calls) == 4


def test_creates_to_an_org_that_is_switched_off_raise_and_none_is_uncertain(gateway, org):
    gateway.update("Lead", updates(1))
    org.close()
    gateway.close()
    with pytest.raises(Unreachable, match="no connection"):
        gateway.create("Lead", creates(500))
    assert gateway.usage.calls == 1


def test_finished_chunks_keep_their_results_when_the_org_goes_down_in_the_middle(connect, org):
    gateway = connect(concurrency=1)
    org.script = [saved, saved, saved]
    org.default = HTML_503
    results = gateway.update("Lead", updates(4000))
    assert [result.ok for result in results] == [True] * 600 + [False] * 3400
    codes = {error.code for result in results for error in result.errors}
    assert codes == {"SERVER_UNAVAILABLE"} <= TRANSIENT_CODES
    assert len(org.calls) == 3 + 3 * 4  # three chunks in a row, four tries each, then no more


def test_creates_after_an_outage_was_seen_are_not_sent_and_so_not_uncertain(connect, org):
    gateway = connect(concurrency=1)
    org.script = [saved, CUT, CUT, CUT]
    results = gateway.create("Lead", creates(2000))
    kinds = [("ok" if r.ok else "uncertain" if r.uncertain else r.errors[0].code) for r in results]
    expected = ["ok"] * 200 + ["uncertain"] * 600 + ["SERVER_UNAVAILABLE"] * 1200
    assert kinds == expected
    assert len(org.calls) == 4


def test_one_lost_answer_does_not_stop_the_other_creates(connect, org):
    gateway = connect(concurrency=1)
    org.script = [saved, CUT]
    results = gateway.create("Lead", creates(1000))
    assert [result.uncertain for result in results] == [False] * 200 + [True] * 200 + [False] * 600
    assert sum(result.ok for result in results) == 800


def test_lost_answers_between_good_ones_are_no_outage(connect, org):
    gateway = connect(concurrency=1)
    org.script = [CUT, CUT, saved, CUT, CUT, saved]
    results = gateway.create("Lead", creates(1200))
    assert [result.uncertain for result in results[::200]] == [True, True, False] * 2
    assert all(result.ok for result in results if not result.uncertain)
    assert len(org.calls) == 6


def test_a_lock_retry_that_meets_an_outage_keeps_what_was_saved(gateway, org):
    def last_locked(seen: Seen) -> Reply:
        return Reply(200, [*saved(seen).body[:-1], LOCKED])

    org.script = [last_locked]
    org.default = CUT
    results = gateway.create("Lead", creates(3))
    assert [(result.ok, result.uncertain) for result in results] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_a_batch_that_loses_its_login_half_way_keeps_what_was_saved(connect, org):
    gateway = connect(concurrency=1)
    org.script = [saved]
    org.default = EXPIRED
    results = gateway.update("Lead", updates(1000))
    assert [result.ok for result in results] == [True] * 200 + [False] * 800
    assert {e.code for r in results for e in r.errors} == {"INVALID_SESSION_ID"} <= TRANSIENT_CODES
    assert (len(org.calls), len(org.logins)) == (3, 2)


def test_a_login_that_is_refused_half_way_has_the_same_code_for_its_items(connect, org):
    gateway = connect(concurrency=1)
    org.login = lambda number: (
        token_reply(org.url, number) if number == 1 else Reply(400, {"error": "invalid_client"})
    )
    org.script = [saved]
    org.default = EXPIRED
    results = gateway.update("Lead", updates(400))
    assert [result.ok for result in results] == [True] * 200 + [False] * 200
    assert {e.code for r in results for e in r.errors} == {"INVALID_SESSION_ID"}


def test_a_request_that_is_refused_as_a_whole_fails_its_own_items_only(connect, org):
    gateway = connect(concurrency=1)
    refusal = Reply(400, [{"message": "bad json", "errorCode": "JSON_PARSER_ERROR"}])
    org.script = [saved, refusal]
    results = gateway.update("Lead", updates(600))
    assert [result.ok for result in results] == [True] * 200 + [False] * 200 + [True] * 200
    assert results[200].errors[0].code == "JSON_PARSER_ERROR"


def test_a_used_up_allowance_half_way_keeps_what_was_saved_and_stops(connect, org):
    gateway = connect(concurrency=1)
    body = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    org.script = [saved]
    org.default = Reply(403, body)
    results = gateway.create("Lead", creates(1000))
    assert [result.ok for result in results] == [True] * 200 + [False] * 800
    assert not any(result.uncertain for result in results)
    assert len(org.calls) == 2
    with pytest.raises(BudgetExhausted):
        gateway.create("Lead", creates(1))


def test_an_object_name_cannot_change_the_request(gateway, org):
    with pytest.raises(SalesforceError, match="INVALID_FIELD"):
        gateway.retrieve("Lead/describe?", ["00Q1"], ["Id"])
    with pytest.raises(SalesforceError, match="INVALID_FIELD"):
        gateway.describe("../Lead")
    assert org.calls == []
