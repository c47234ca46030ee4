"""For machines: `/healthz`, `/readyz` and `/metrics`.

Invariant: none of them asks for a login or tells anything about a person; `/readyz` is 200 only
while the database (migrated), the queue, at least one worker and the scheduler are alive, and names
the part that is not.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from dashboard.health.metrics import FromDatabase
from dashboard.ui.markup import now
from syncapp import enqueue
from syncapp.services import health


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@login_not_required
def readyz(_request: HttpRequest) -> HttpResponse:
    """Each part with `ok` and what is wrong with it; how far the syncs are behind."""
    checks = {**_database(), **_queue()}
    ready = all(check["ok"] for check in checks.values())
    document = {"status": "ready" if ready else "not ready", "checks": checks, "lag": _lag(checks)}
    return JsonResponse(document, status=200 if ready else 503)


@login_not_required
def metrics(_request: HttpRequest) -> HttpResponse:
    """Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(FromDatabase())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> dict[str, dict[str, Any]]:
    try:
        migrated, leads = health.migrated(), health.scheduler_leads()
    except DatabaseError:
        return {
            "database": _check(False, "PostgreSQL does not answer."),
            "scheduler": _check(False, "Not known without the database."),
        }
    return {
        "database": _check(migrated, "Migrations are missing: run manage.py migrate."),
        "scheduler": _check(leads, "No scheduler is at work: start manage.py scheduler."),
    }


def _queue() -> dict[str, dict[str, Any]]:
    workers = enqueue.workers()
    return {
        "queue": _check(workers is not None, "Valkey (REDIS_URL) does not answer."),
        "workers": _check(bool(workers), "No worker is at work: start manage.py worker.")
        | {"count": workers or 0},
    }


def _check(ok: bool, problem: str) -> dict[str, Any]:
    return {"ok": True} if ok else {"ok": False, "problem": problem}


def _lag(checks: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    if not checks["database"]["ok"]:
        return []
    return [
        {
            "unit": lag.unit,
            "seconds": None if lag.seconds is None else round(lag.seconds, 1),
            "interval_seconds": lag.interval,
            "late": lag.late,
        }
        for lag in health.lags(now())
    ]
