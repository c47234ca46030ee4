"""Workers and queues: who works, what waits, whether the scheduler beats, what failed."""

import pytest
from django.utils import timezone
from django_rq import get_connection, get_queue
from rq import Worker

from syncapp import enqueue
from tests.screens.conftest import add_run, make_unit
from tests.screens.test_health import scheduler, worker

__all__ = ["scheduler", "worker"]
pytestmark = pytest.mark.django_db
PAGE = "/u/emea/queues/"


@pytest.fixture(autouse=True)
def empty_queue() -> None:
    get_connection("sync").flushdb()


def test_without_workers_and_scheduler_it_says_what_to_start(admin) -> None:
    html = admin.get(PAGE).content.decode()
    assert "Start <code>manage.py worker</code>" in html
    assert "Start <code>manage.py scheduler</code>" in html


def test_a_queue_that_does_not_answer_is_told(admin, settings) -> None:
    settings.RQ_QUEUES = {name: {"URL": "redis://127.0.0.1:1/0"} for name in enqueue.QUEUES}
    answer = admin.get(PAGE)
    assert answer.status_code == 200
    assert b"Valkey does not answer." in answer.content


@pytest.mark.django_db(transaction=True)  # messages go after the commit
def test_workers_depth_and_the_scheduler_are_shown(admin, emea, worker, scheduler) -> None:
    for _ in range(3):
        enqueue.send(add_run(emea, state="queued", ended_at=None).pk)
    enqueue.send(add_run(emea, state="queued", ended_at=None).pk, queue="consent")
    html = admin.get(PAGE).content.decode()
    assert "Last sign of life" in html
    assert "Starting" in html
    look = enqueue.look()
    assert {q.name: q.waiting for q in look.queues} == {"consent": 1, "sync": 3, "default": 0}
    assert html.count('data-label="Run"') == 4


@pytest.mark.django_db(transaction=True)  # messages go after the commit
def test_a_worker_names_the_run_it_works_on_unless_it_is_of_a_unit_of_others(
    admin, emea, worker: Worker
) -> None:
    mine, other = add_run(emea), add_run(make_unit("apac"))
    for run, words in ((mine, f"/u/emea/runs/{mine.pk}/"), (other, "a run of another unit")):
        enqueue.send(run.pk)
        at_work = worker.prepare_execution(get_queue("sync").fetch_job(enqueue.job_id(run.pk, 0)))
        assert words in admin.get(PAGE).content.decode()
        with get_connection("sync").pipeline() as pipeline:
            at_work.delete(job=at_work.job, pipeline=pipeline)
            pipeline.execute()


def test_failed_runs_of_a_day_are_listed_with_what_they_said(admin, emea) -> None:
    add_run(emea, state="failed", message="The login was refused.", ended_at=timezone.now())
    add_run(emea, state="failed", message="Long ago.")
    other = make_unit("apac")
    add_run(other, state="failed", message="Of others.", ended_at=timezone.now())
    add_run(other, state="running", ended_at=None)
    html = admin.get(PAGE).content.decode()
    assert "The login was refused." in html
    assert "Long ago." not in html
    assert "Of others." not in html
    assert "1 more of units that you have no role in." in html


def test_the_page_costs_the_same_however_much_there_is(
    admin, emea, worker, django_assert_max_num_queries
) -> None:
    for _ in range(30):
        add_run(emea, state="running", ended_at=None)
    with django_assert_max_num_queries(11):
        admin.get(PAGE)
