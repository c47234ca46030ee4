"""Undo of a run in the console: a preview first, then the undo that the preview asked for."""

import pytest
from django.utils import timezone
from django_rq import get_connection, get_queue

from syncapp.models import AuditEntry, SyncRun, UndoItem
from tests.screens.conftest import add_prospect, add_run, change, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    get_connection("sync").flushdb()
    return get_queue("sync")


@pytest.fixture
def run(emea):
    """A run that changed the city of Ada."""
    done = add_run(emea)
    ada = add_prospect(emea, "ada@example.com")
    tell(ada, change("city", "Oslo", "Turku", "salesforce"), run=done)
    return done


def url(run: SyncRun, tail: str = "") -> str:
    return f"/u/emea/runs/{run.pk}/{tail}"


def preview_of(run: SyncRun, *items: dict) -> SyncRun:
    options = {"undoes": run.pk, "preview": True, "opt_ins": False, "after": 0}
    made = add_run(run.unit, kind="undo", options=options, trigger="console")
    ada = run.unit.prospects.get()
    for item in items:
        UndoItem.objects.create(run=made, prospect=ada, **{"old": "Turku", "new": "Oslo"} | item)
    return made


@pytest.mark.django_db(transaction=True)
def test_the_first_step_is_a_preview_that_a_worker_makes(admin, run, queue) -> None:
    assert "Preview an undo" in admin.get(url(run)).content.decode()
    page = admin.post(url(run, "undo/preview/"), follow=True)
    made = SyncRun.objects.get(kind="undo")
    assert (made.options["undoes"], made.options["preview"]) == (run.pk, True)
    assert queue.job_ids == [f"run-{made.pk}-0"]
    assert "A preview: nothing is written." in page.content.decode()


def test_the_preview_says_what_goes_back_and_what_stays(admin, run) -> None:
    made = preview_of(
        run, {"field": "city", "side": "ae"}, {"field": "fax", "side": "sf", "reason": "no_record"}
    )
    assert f"Undo run {run.pk}" in admin.get(url(made)).content.decode()
    listed = admin.get(url(made, "undo/items/")).content.decode()
    for words in ("Goes back.", "there is no record to write to now", "Turku", "Oslo", "City"):
        assert words in listed
    only = admin.get(url(made, "undo/items/?reason=no_record")).content.decode()
    assert "1 result<" in only


@pytest.mark.django_db(transaction=True)
def test_the_undo_names_its_numbers_and_opens_the_run(admin, run, queue) -> None:
    made = preview_of(run, {"field": "city", "side": "ae"})
    asked = admin.get(url(made, "undo/")).content.decode()
    assert "1 values here become what they were before the run." not in asked
    assert "1 value here becomes what it was before the run." in asked
    admin.post(url(made, "undo/"))
    opened = SyncRun.objects.get(kind="undo", options__preview=False)
    assert (opened.options["undoes"], opened.options["opt_ins"]) == (run.pk, False)
    assert queue.job_ids == [f"run-{opened.pk}-0"]
    assert AuditEntry.objects.filter(action="undo_run", target=f"run {run.pk}").exists()


@pytest.mark.django_db(transaction=True)
def test_opt_outs_ask_for_a_tick_of_their_own(admin, run, queue) -> None:
    made = preview_of(run, {"field": "opted_out", "side": "ae", "reason": "would_opt_in"})
    assert "may go again" in admin.get(url(made, "undo/")).content.decode()
    admin.post(url(made, "undo/"), {"opt_ins": "on"})
    assert SyncRun.objects.get(options__preview=False).options["opt_ins"] is True


def test_nothing_is_undone_without_a_finished_preview(admin, run) -> None:
    assert admin.post(url(run, "undo/")).status_code == 409
    unfinished = preview_of(run, {"field": "city", "side": "ae"})
    SyncRun.objects.filter(pk=unfinished.pk).update(state="running", ended_at=None)
    assert admin.post(url(unfinished, "undo/")).status_code == 409
    assert not SyncRun.objects.filter(kind="undo", state="queued").exists()


def test_marketing_sees_no_button_and_may_not_undo(reader, run) -> None:
    marketing = reader("marketing", run.unit)
    assert "Preview an undo" not in marketing.get(url(run)).content.decode()
    assert marketing.post(url(run, "undo/preview/")).status_code == 403


def test_a_run_that_changed_nothing_offers_no_undo(admin, emea) -> None:
    assert "Preview an undo" not in admin.get(url(add_run(emea))).content.decode()


def test_the_page_of_an_undo_names_the_run_that_it_took_back(admin, run) -> None:
    made = preview_of(run)
    SyncRun.objects.filter(pk=made.pk).update(
        options={**made.options, "preview": False}, ended_at=timezone.now()
    )
    assert f"run {run.pk}</a>" in admin.get(url(made)).content.decode()
