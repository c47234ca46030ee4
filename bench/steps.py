"""The steps of a benchmark that need the product; `bench.child` runs each in a fresh process.

The engine's step does what `manage.py sync UNIT --wait` does and tells what it took.
"""

import base64
import cProfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.core.management import call_command
from django.test import Client

from bench import pages as page_times
from bench.backup_steps import backup, compare, people
from bench.measure import own_use
from bench.setting import CHANGED_HERE, KEYS, PAGE, changed_here
from syncapp import wiring
from syncapp.core.catalog import DEFAULT_FIELDS
from syncapp.core.ports import Identity
from syncapp.core.types import Rule, SObject, Trigger
from syncapp.models import (
    BusinessUnit,
    Connector,
    ConsentTravel,
    FieldChange,
    OutboundChange,
    Preview,
    Prospect,
    ProspectField,
    ProspectLink,
    SyncCursor,
    SyncRun,
)
from syncapp.services import event_sources, preview_changes, rules, runs
from syncapp.services import preview as previews
from syncapp.services import sync as engine
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.work import work

Options = dict[str, Any]


def unit(options: Options) -> Options:
    """Make all tables and a running unit with 20 mapped fields that logs in at `url`."""
    call_command("migrate", verbosity=0)
    made = BusinessUnit.objects.create(slug="bench", name="Bench")
    login = {"client_id": "syncline", "client_secret_env": "SYNCLINE_SF_SECRET"}
    Connector.objects.create(unit=made, state="running", login_url=options["url"], **login)
    ProspectField.objects.bulk_create(
        ProspectField(
            unit=made,
            key=f.key,
            label=f.label,
            type=f.type,
            lead=f.lead if f.key in KEYS else None,
            contact=f.contact if f.key in KEYS else None,
            behavior="account_engagement" if f.key in CHANGED_HERE else f.behavior,
        )
        for f in DEFAULT_FIELDS
    )
    return {"unit": made.pk}


def sync(options: Options) -> Options:
    """One run to its end; counts, calls, seconds, CPU seconds, peak memory."""
    found = BusinessUnit.objects.get()
    run = runs.open_sync(unit=found, now=datetime.now(UTC), trigger="cli", full=False)
    wiring.preload()  # as the worker has it before it forks for a run
    start, cpu = time.perf_counter(), own_use()["cpu"]
    with profiled(options.get("profile")):
        engine.run(run.pk, clock=wiring.clock(), gateways=wiring.gateway)
    seconds = time.perf_counter() - start
    use = own_use(cpu)
    row = SyncRun.objects.get(pk=run.pk)
    history = FieldChange.objects.filter(run_id=run.pk).count()
    told = {"state": row.state, "message": row.message, "counts": row.counts, "history": history}
    return {"seconds": seconds, "api_calls": row.api_calls, **use, **told}


def preview(options: Options) -> Options:
    """Preview another behavior of the fields that changed here; figures as of a sync."""
    unit = BusinessUnit.objects.select_related("connector").get()
    fields = {key: {"behavior": "salesforce"} for key in CHANGED_HERE}
    wanted: Options = {"business_unit": {"slug": unit.slug}, "fields": fields}
    run = previews.open_preview(
        unit=unit,
        asked=preview_changes.settings(wanted, strict=False),
        actor="console",
        now=datetime.now(UTC),
        trigger="cli",
    )
    start, cpu = time.perf_counter(), own_use()["cpu"]
    with profiled(options.get("profile")):
        previews.work(run.pk, clock=wiring.clock(), gateways=wiring.gateway)
    seconds = time.perf_counter() - start
    use = own_use(cpu)
    row = SyncRun.objects.get(pk=run.pk)
    told = {"state": row.state, "message": row.message}
    if row.state == "complete":
        told["counts"] = Preview.objects.get(run=row).counts
    return {"seconds": seconds, "api_calls": row.api_calls, **use, **told}


def opt_outs(options: Options) -> Options:
    """`count` webhooks of opt-outs while others sync; seconds until both sides have each."""
    unit = BusinessUnit.objects.get()
    secret = event_sources.set_up(
        unit=unit, provider="postmark", key="", actor="console", now=datetime.now(UTC),
        keys=wiring.encryption_keys(),
    )  # fmt: skip
    proof = "Basic " + base64.b64encode(secret.encode()).decode()
    emails = list(Prospect.objects.order_by("id").values_list("email", flat=True))
    step = len(emails) // options["count"]
    before = OutboundChange.objects.count(), ProspectLink.objects.filter(pending="edit").count()
    for email in emails[::step][: options["count"]]:
        told = {"RecordType": "SubscriptionChange", "Recipient": email, "SuppressSending": True,
                "SuppressionReason": "ManualSuppression", "Origin": "Recipient"}  # fmt: skip
        answer = Client().post(
            "/api/v1/bench/webhooks/postmark/", told, content_type="application/json",
            headers={"Authorization": proof, "Host": "127.0.0.1"},
        )  # fmt: skip
        assert answer.json()["applied"] == 1, answer.content
        time.sleep(options["every"])
    for _ in range(600):
        if ConsentTravel.objects.filter(side="sf").count() >= options["count"]:
            break
        time.sleep(0.1)
    arrived = ConsentTravel.objects.filter(side="sf")
    seconds = sorted((one.arrived - one.since).total_seconds() for one in arrived)
    left = ProspectLink.objects.filter(pending="edit").count()
    return {
        "arrived": len(seconds),
        "p50": seconds[len(seconds) // 2],
        "p95": seconds[int(len(seconds) * 0.95)],
        "slowest": seconds[-1],
        "ordinary_waiting_before": max(before),
        "ordinary_waiting_after": left,
    }


@contextmanager
def profiled(path: str | None) -> Iterator[None]:
    """Write a cProfile of the block to a file, when one is named."""
    if path is None:
        yield
        return
    with cProfile.Profile() as profile:
        yield
    profile.dump_stats(path)


def edit(options: Options) -> Options:
    """Change two fields here in the prospects `first` to `last` (by id order), set-wise."""
    unit_id = BusinessUnit.objects.get().pk
    ids = list(Prospect.objects.order_by("id").values_list("id", flat=True))
    ids = ids[options["first"] : options["last"]]
    loader = Loader(unit_id, ["phone", "address_one"])
    for at in range(0, len(ids), PAGE):
        with work(unit_id, datetime.now(UTC), actor="bench") as current:
            editor = Editor(current, unit_id, Rule.MANUAL, "manual", Trigger.EDIT, {})
            for prospect in loader.by_ids(ids[at : at + PAGE], lock=True):
                editor.add(Edit(prospect, changed_here(prospect.id)))
            editor.write()
    return {"edited": len(ids)}


def facts(_options: Options) -> Options:
    """What the canned server and the floors must know of the unit."""
    connector = Connector.objects.select_related("unit").get()
    schemas = rules.schemas_of(connector)
    assert schemas is not None
    organization, user = connector.organization_id, connector.salesforce_user_id
    loaded = rules.load(connector, schemas, Identity(organization, user, ""), 0.0)
    return {
        "organization": organization,
        "user": user,
        "fields": loaded.select(SObject.LEAD),
        "cursor": SyncCursor.objects.get(sobject="Lead").stamp,
    }


def pages(options: Options) -> Options:
    """p95 in ms of every kind of page."""
    call_command("collectstatic", interactive=False, verbosity=0)
    return page_times.measure(options["repeat"])


STEPS: dict[str, Callable[[Options], Options]] = {
    step.__name__: step
    for step in (unit, sync, preview, edit, facts, pages, opt_outs, people, backup, compare)
}
