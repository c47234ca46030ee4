"""What machines ask: alive, ready, figures."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_rq import get_connection
from rq import Queue, Worker

from syncapp.models import Conflict, Connector, OutboundChange, SyncError
from syncapp.services.health import LEADER
from tests.screens.conftest import T0, add_prospect, add_run, linked

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A worker as the queue knows it."""
    queue = get_connection("sync")
    queue.flushdb()
    found = Worker([Queue("sync", connection=queue)], connection=queue, name="ann")
    found.register_birth()
    yield found
    found.register_death()


@pytest.fixture
def scheduler() -> Iterator[None]:
    """A scheduler that leads, on a connection of its own."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LEADER])
    yield
    other.close()


def test_alive_is_answered_without_a_login_and_without_the_database(
    client, django_assert_num_queries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_ready_needs_every_part(client, worker, scheduler) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {
            "database": {"ok": True},
            "scheduler": {"ok": True},
            "queue": {"ok": True},
            "workers": {"ok": True, "count": 1},
        },
        "lag": [],
    }


def test_without_a_worker_it_is_not_ready_and_says_so(client, scheduler) -> None:
    get_connection("sync").flushdb()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert {name for name, check in checks.items() if not check["ok"]} == {"workers"}
    assert checks["workers"]["problem"] == "No worker is at work: start manage.py worker."


def test_a_worker_that_died_without_a_word_is_not_counted(client, worker, scheduler) -> None:
    get_connection("sync").delete(worker.key)
    assert client.get("/readyz").json()["checks"]["workers"]["ok"] is False


def test_without_a_scheduler_it_is_not_ready_and_says_so(client, worker) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "start manage.py scheduler" in answer.json()["checks"]["scheduler"]["problem"]


def test_without_the_queue_it_is_not_ready_and_says_so(client, scheduler, settings) -> None:
    settings.RQ_QUEUES = {"sync": {"URL": "redis://127.0.0.1:1/0"}}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["checks"]["queue"]["problem"]


def test_a_missing_migration_is_not_ready(client, worker, scheduler) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'syncapp' AND name = "
            "(SELECT max(name) FROM django_migrations WHERE app = 'syncapp')"
        )
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["checks"]["database"]["problem"]


def test_the_lag_is_told_per_unit_that_syncs_by_itself(client, emea) -> None:
    Connector.objects.update(last_cycle_at=timezone.now() - timedelta(seconds=500))
    (lag,) = client.get("/readyz").json()["lag"]
    assert (lag["unit"], lag["interval_seconds"], lag["late"]) == ("emea", 120, True)
    assert 500 <= lag["seconds"] < 510
    Connector.objects.update(state="paused")
    assert client.get("/readyz").json()["lag"] == []


def test_the_metrics_count_what_is_in_the_database(
    client, emea, django_assert_max_num_queries
) -> None:
    add_run(emea)
    add_run(emea, state="failed")
    ada = add_prospect(emea, "ada@example.com", link=linked(1))
    add_prospect(emea, "bob@example.com", archived=True)
    times = {"created_at": T0, "updated_at": T0}
    Conflict.objects.create(unit=emea, prospect=ada, kind="both_changed", field="city", **times)
    SyncError.objects.create(unit=emea, prospect=ada, code="STRING_TOO_LONG", message="", **times)
    OutboundChange.objects.create(
        connector=emea.connector,
        prospect=ada,
        run_id=1,
        sobject="Lead",
        fields={},
        changes=[],
        agreed={},
        consent_epoch=0,
        prospect_version=0,
        seq=1,
        created_at=T0,
    )
    with django_assert_max_num_queries(8):
        answer = client.get("/metrics")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/plain")
    for line in (
        'syncline_runs{state="complete",unit="emea"} 1.0',
        'syncline_runs{state="failed",unit="emea"} 1.0',
        'syncline_api_used{unit="emea"} 120.0',
        'syncline_api_allowed{unit="emea"} 15000.0',
        'syncline_outbox_waiting{unit="emea"} 1.0',
        'syncline_conflicts_open{kind="both_changed",unit="emea"} 1.0',
        'syncline_errors_open{state="open",unit="emea"} 1.0',
        'syncline_prospects{archived="false",unit="emea"} 1.0',
        'syncline_prospects{archived="true",unit="emea"} 1.0',
    ):
        assert line in text.splitlines()
    assert 'syncline_lag_seconds{unit="emea"} ' in text
    assert "ada@example.com" not in text
