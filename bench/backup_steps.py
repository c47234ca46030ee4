"""Steps of the backup's benchmark: many prospects at once, a backup, what differs from it now."""

import time
from collections import deque
from datetime import UTC, datetime
from typing import Any

from bench.measure import own_use
from syncapp import wiring
from syncapp.models import Backup, BusinessUnit, SyncRun
from syncapp.services import backup_run, backups
from syncapp.store import db

Options = dict[str, Any]

_PEOPLE = """
INSERT INTO syncapp_prospect (unit_id, email, email_shared, archived, first_name, last_name,
    company, job_title, phone, address_one, city, country, annual_revenue, score, do_not_call,
    do_not_email, opted_out, custom, hard_bounced, soft_bounces, complained, held_opt_out,
    created_at, updated_at, version)
SELECT %(unit)s, 'person' || n || '@example.com', false, false, 'Ada', 'Lovelace ' || n,
    'Company ' || n %% 997, 'Director of ' || n %% 89, '+358 40 ' || n, n || ' Market Square',
    'Newtown ' || n %% 977, 'Finland', n * 100, n %% 100, false,
    n %% 50 = 0, n %% 20 = 0, jsonb_build_object('plan', n %% 7), n %% 100 = 0, 0, false, false,
    %(now)s, %(now)s, 0 FROM generate_series(1, %(n)s) AS n
"""
_LINKS = """
INSERT INTO syncapp_prospectlink (prospect_id, unit_id, state, lead_id, known_match,
    created_by_connector, consent_epoch, base, pending_consent)
SELECT id, unit_id, 'linked', '00Q' || lpad(id::text, 15, '0'), false, false, 0, '{}', false
  FROM syncapp_prospect
"""
_DAMAGE = "UPDATE syncapp_prospect SET city = 'Elsewhere', opted_out = false WHERE id %% 1000 = 0"


def people(options: Options) -> Options:
    """`n` linked prospects."""
    told = {"unit": BusinessUnit.objects.get().pk, "now": datetime.now(UTC), "n": options["n"]}
    db.execute(_PEOPLE, told)
    return {"made": db.execute(_LINKS)}


def backup(_options: Options) -> Options:
    """What a worker does for Back up now: seconds, CPU, peak memory; rows and bytes kept."""
    unit = BusinessUnit.objects.get()
    now = datetime.now(UTC)
    run = backup_run.open_backup(unit=unit, actor="console", now=now, trigger="cli")
    start, cpu = time.perf_counter(), own_use()["cpu"]
    state = backup_run.work_run(run.pk, clock=wiring.clock(), gateways=wiring.gateway)
    seconds = time.perf_counter() - start
    kept = Backup.objects.get()
    told = {"state": state, "message": SyncRun.objects.get(pk=run.pk).message}
    return {"seconds": seconds, **own_use(cpu), "rows": kept.rows, "bytes": kept.bytes, **told}


def compare(_options: Options) -> Options:
    """Damage one prospect in a thousand, then list every difference from the backup."""
    damaged = db.execute(_DAMAGE, {})
    start, cpu = time.perf_counter(), own_use()["cpu"]
    found = backups.differences(backup=Backup.objects.get(), actor="console")
    numbers: set[int] = set()
    deque((numbers.add(one["prospect_id"]) for one in found), maxlen=0)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, **own_use(cpu), "damaged": damaged, "found": len(numbers)}
