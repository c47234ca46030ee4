"""Sync runs: the list, live progress, counts that add up, start and cancel."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from django_rq import get_connection, get_queue

from syncapp.models import AuditEntry, Connector, SyncRun
from tests.screens.conftest import add_prospect, add_run, change, tell

pytestmark = pytest.mark.django_db
RUNS = "/u/emea/runs/"


@pytest.fixture
def queue():
    get_connection("sync").flushdb()
    return get_queue("sync")


def test_the_list_tells_state_kind_who_and_counts(admin, emea) -> None:
    add_run(emea)
    add_run(emea, kind="full", trigger="console", created_by="ann", state="failed", counts={})
    html = admin.get(RUNS).content.decode()
    assert "2 results" in html
    for words in ("Full sync", "ann", "Failed", "by the schedule", "1 min 15 s", "Complete"):
        assert words in html


def test_filters_of_the_list_live_in_the_url(admin, emea) -> None:
    add_run(emea)
    failed = add_run(emea, state="failed", kind="full", trigger="cli")
    for query in ("state=failed", "kind=full", "trigger=cli"):
        html = admin.get(f"{RUNS}?{query}").content.decode()
        assert "1 result<" in html
        assert f"Run {failed.pk}" in html


def test_the_list_as_a_file_has_bare_numbers(admin, emea) -> None:
    run = add_run(emea)
    answer = admin.get(f"{RUNS}?export=csv&columns=run,state,seconds,seen,failed,api_calls")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows == [
        ["Run", "State", "Took", "Looked at", "Failed", "API calls"],
        [str(run.pk), "complete", "75.0", "4", "1", "3"],
    ]


def test_a_long_list_asks_the_database_no_more_often(
    admin, emea, django_assert_max_num_queries
) -> None:
    for _ in range(60):
        add_run(emea)
    with django_assert_max_num_queries(8):
        assert b"Next" in admin.get(RUNS).content


def test_an_empty_list_offers_the_first_sync_to_those_who_may_start_it(reader, emea) -> None:
    empty = reader("marketing", emea).get(RUNS).content.decode()
    assert "No runs yet" in empty
    assert 'href="/u/emea/runs/sync/"' in empty
    support = reader("support", emea).get(RUNS).content.decode()
    assert "runs/sync/" not in support
    assert "Look at the connector" in support


def test_a_run_shows_that_its_counts_add_up(admin, emea, django_assert_max_num_queries) -> None:
    run = add_run(emea)
    with django_assert_max_num_queries(8):
        html = admin.get(f"{RUNS}{run.pk}/").content.decode()
    assert "do not add up" not in html
    for amount, word in ((4, "looked at"), (2, "changed"), (1, "unchanged"), (1, "failed")):
        assert f'<strong class="num">{amount}</strong> {word}' in html


def test_a_run_whose_numbers_do_not_add_up_is_red(admin, emea) -> None:
    run = add_run(emea, counts={"seen": 5, "applied": 2, "unchanged": 1, "failed": 1})
    assert b"These numbers do not add up" in admin.get(f"{RUNS}{run.pk}/").content


def test_a_failed_run_says_why(admin, emea) -> None:
    run = add_run(emea, state="failed", message="The org did not answer for 60 seconds.")
    assert b"The org did not answer for 60 seconds." in admin.get(f"{RUNS}{run.pk}/").content


def working(emea, **values) -> SyncRun:
    started = timezone.now() - timedelta(seconds=10)
    return add_run(
        emea,
        **{
            "state": "running",
            "ended_at": None,
            "started_at": started,
            "heartbeat_at": timezone.now(),
            "done": 500,
            "total": 2000,
            "phase": "Reading all records",
            **values,
        },
    )


def test_a_working_run_shows_how_far_it_is_and_asks_again(admin, emea) -> None:
    run = working(emea)
    html = admin.get(f"{RUNS}{run.pk}/").content.decode()
    assert "500 of 2,000 done" in html
    assert "Reading all records" in html
    assert "less than a minute left" in html
    assert f'hx-get="{RUNS}{run.pk}/progress/" hx-trigger="every 2s"' in html
    assert f'href="{RUNS}{run.pk}/cancel/"' in html


def test_the_poll_stops_with_the_run_and_redraws_the_page(admin, emea) -> None:
    run = working(emea)
    url = f"{RUNS}{run.pk}/progress/"
    asked = admin.get(url)
    assert (asked.status_code, asked.get("HX-Refresh")) == (200, None)
    SyncRun.objects.update(state="complete", ended_at=timezone.now())
    last = admin.get(url)
    assert (last.status_code, last["HX-Refresh"]) == (286, "true")


def test_support_watches_but_cannot_cancel(reader, emea) -> None:
    run = working(emea)
    support = reader("support", emea)
    assert b"cancel/" not in support.get(f"{RUNS}{run.pk}/").content
    assert support.post(f"{RUNS}{run.pk}/cancel/").status_code == 403
    assert not SyncRun.objects.exclude(cancel_requested_by="").exists()


def test_cancelling_asks_first_and_is_in_the_audit_trail(admin, emea) -> None:
    run = working(emea)
    asked = admin.get(f"{RUNS}{run.pk}/cancel/").content.decode()
    assert "what it did until then stays" in asked
    done = admin.post(f"{RUNS}{run.pk}/cancel/", follow=True).content.decode()
    assert f"Run {run.pk} stops after the page it is working on." in done
    assert "Cancelling" in done
    run.refresh_from_db()
    assert run.cancel_requested_by == "administrator-emea"
    assert AuditEntry.objects.filter(action="cancel_run", target=f"run {run.pk}").exists()


def test_a_run_that_waits_is_cancelled_at_once_and_one_that_ended_not_at_all(admin, emea) -> None:
    waits = add_run(emea, state="queued", started_at=None, ended_at=None)
    assert b"is cancelled." in admin.post(f"{RUNS}{waits.pk}/cancel/", follow=True).content
    over = add_run(emea)
    refused = admin.post(f"{RUNS}{over.pk}/cancel/")
    assert refused.status_code == 409
    assert b"has ended already" in refused.content


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("page", "kind"), [("sync", "cycle"), ("full-sync", "full")])
def test_starting_names_what_happens_then_hands_one_run_to_the_workers(
    reader, emea, queue, page, kind
) -> None:
    add_prospect(emea, "ada@example.com", link={"state": "none", "pending": "edit"})
    marketing = reader("marketing", emea)
    asked = marketing.get(f"{RUNS}{page}/").content.decode()
    assert "1 prospect that changed here is compared" in asked or "linked" in asked
    for _ in range(2):
        assert marketing.post(f"{RUNS}{page}/").status_code == 302
    run = SyncRun.objects.get()
    assert (run.kind, run.state, run.created_by) == (kind, "queued", "marketing-emea")
    assert queue.job_ids == [f"run-{run.pk}-0"]


def test_nothing_is_started_while_the_connector_is_stopped(admin, emea) -> None:
    Connector.objects.update(state="paused")
    assert b"runs/sync/" not in admin.get(RUNS).content
    refused = admin.post(f"{RUNS}sync/")
    assert refused.status_code == 409
    assert b"The connector is paused or not verified" in refused.content
    assert not SyncRun.objects.exists()


def test_the_changes_of_a_run_are_told_line_by_line(
    admin, emea, django_assert_max_num_queries
) -> None:
    run = add_run(emea)
    ada = add_prospect(emea, "ada@example.com")
    tell(
        ada,
        change("city", "Oslo", "Turku", "salesforce"),
        change("opted_out", False, True, "first_permission_sync", side="sf", winner="ae"),
        run=run,
    )
    with django_assert_max_num_queries(9):
        html = admin.get(f"{RUNS}{run.pk}/changes/").content.decode()
    assert "1 prospect<" in html
    for words in ("City", "Oslo", "Turku", "Opted Out", "Yes", "opted out on both", "ada@example"):
        assert words in html
    assert b"changes/" in admin.get(f"{RUNS}{run.pk}/").content


def test_the_changes_of_a_run_are_paged_by_prospect_and_a_run_without_any_says_so(
    admin, emea
) -> None:
    run, idle = add_run(emea), add_run(emea)
    for number in range(30):
        ada = add_prospect(emea, f"p{number}@example.com")
        tell(ada, change("city", None, "Turku", "salesforce"), run=run)
    first = admin.get(f"{RUNS}{run.pk}/changes/").content.decode()
    assert "p29@example.com" in first
    assert "p4@example.com" not in first
    onward = first.partition('rel="next" href="')[2].partition('"')[0]
    second = admin.get(f"{RUNS}{run.pk}/changes/{onward}").content.decode()
    assert "p4@example.com" in second
    assert "p29@example.com" not in second
    assert b"This run changed nothing" in admin.get(f"{RUNS}{idle.pk}/changes/").content


def test_a_page_of_a_first_load_has_fewer_prospects_so_that_it_stays_quick(admin, emea) -> None:
    run = add_run(emea)
    fields = [change(f"field_{n}", None, "x", "created") for n in range(20)]
    for number in range(10):
        tell(add_prospect(emea, f"p{number}@example.com"), *fields, run=run)

    def seen(page: str) -> list[int]:
        return [n for n in range(10) if f"p{n}@example.com" in page]

    def follow(page: str, rel: str) -> str:
        query = page.partition(f'rel="{rel}" href="')[2].partition('"')[0]
        return admin.get(f"{RUNS}{run.pk}/changes/{query}").content.decode()

    first = admin.get(f"{RUNS}{run.pk}/changes/").content.decode()
    second = follow(first, "next")
    assert [seen(first), seen(second)] == [[8, 9], [6, 7]]
    assert seen(follow(follow(second, "next"), "prev")) == [6, 7]


def test_the_changes_as_a_file_are_one_line_a_field(admin, emea) -> None:
    run = add_run(emea)
    ada = add_prospect(emea, "ada@example.com")
    tell(ada, change("city", "=1+1", "Turku", "salesforce"), run=run)
    answer = admin.get(
        f"{RUNS}{run.pk}/changes/?export=csv&columns=prospect,label,old,new,side,winner,why"
    )
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[1] == [
        "ada@example.com",
        "City",
        "'=1+1",
        "Turku",
        "ae",
        "Salesforce",
        "salesforce",
    ]
