"""Restore from a backup: choose, look at what it does, start it; the run can be undone."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from dashboard.data.backups import load
from dashboard.data.forms import RestoreForm
from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.views import Action, confirm_screen, screen
from syncapp import enqueue
from syncapp.models import Backup, SyncRun
from syncapp.services import restore
from syncapp.services.access import Right
from syncapp.services.refused import Refused

SHOWN = 200


@needs(Right.BACKUPS)
def choose(request: Any, unit: str, pk: int) -> HttpResponse:
    """Which fields of whom; then a worker looks at what that would do."""
    backup = load(request, pk)
    form = RestoreForm(backup, request.POST if request.method == "POST" else None)
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            run = _open(request, backup, form.cleaned_data)
            return redirect("data:restore_preview", unit=unit, run=run.pk)
        except Refused as error:
            refused = error.message
    return screen(
        request,
        "data/restore.html",
        title=f"Restore from backup {pk}",
        crumbs=_crumbs(unit, pk),
        form=form,
        backup=backup,
        refused=refused,
        status=409 if refused else 200,
    )


@needs(Right.BACKUPS)
def preview(request: Any, unit: str, run: int) -> HttpResponse:
    """What the restore would write, what stays and why."""
    found = _preview(request, run)
    items = found.undo_items.select_related("prospect")
    goes, stays = items.filter(reason=""), items.exclude(reason="")
    back_up = found.options["backup"]
    ready = found.state == "complete" and goes.exists()
    start_it = Action(
        "Restore", reverse("data:start_restore", args=[unit, run]), "arrow-back-up", "primary",
        dialog=True,
    )  # fmt: skip
    return screen(
        request,
        "data/restore_preview.html",
        title="Preview of a restore",
        subtitle=f"Backup {back_up}",
        crumbs=_crumbs(unit, back_up),
        actions=[start_it] if ready else [],
        run=found,
        goes=goes.count(),
        stays=stays.count(),
        people=goes.values("prospect").distinct().count(),
        items=[*goes[:SHOWN], *stays[:SHOWN]],
    )


@needs(Right.BACKUPS)
def start(request: Any, unit: str, run: int) -> HttpResponse:
    """Ask with the preview's numbers, then restore."""
    found = _preview(request, run)
    goes = found.undo_items.filter(reason="")

    def act(_data: Any) -> str:
        if found.state != "complete":
            raise Refused("no_preview", "Look at a finished preview of the restore first.")
        backup = get_object_or_404(Backup, unit=request.unit, pk=found.options["backup"])
        chosen = {
            "fields_chosen": found.options["fields"],
            "prospects": found.options["prospects"],
            "opt_ins": found.options["opt_ins"],
        }
        opened = _open(request, backup, chosen, preview=False)
        return f"Run {opened.pk} restores from backup {backup.pk}. Sync runs shows how it goes."

    return confirm_screen(
        request,
        title=f"Restore from backup {found.options['backup']}?",
        verb="Restore",
        consequences=[
            f"{goes.count():,} values of {goes.values('prospect').distinct().count():,} prospects "
            "go back to what the backup has. What changed since this preview is decided anew.",
            "They count as edits here: the next sync decides them against Salesforce.",
            "The run can be undone.",
        ],
        act=act,
        danger=True,
        back=reverse("data:restore_preview", args=[unit, run]),
        crumbs=_crumbs(unit, found.options["backup"]),
    )


def _open(request: Any, backup: Backup, chosen: Any, *, preview: bool = True) -> SyncRun:
    run = restore.open_restore(
        backup=backup,
        actor=request.user.get_username(),
        now=now(),
        trigger="console",
        fields=chosen["fields_chosen"],
        only=chosen["prospects"],
        opt_ins=chosen["opt_ins"],
        preview=preview,
    )
    enqueue.run(run.pk, queue="default")
    return run


def _preview(request: Any, run: int) -> SyncRun:
    found = get_object_or_404(SyncRun, unit=request.unit, kind="restore", pk=run)
    if not found.options.get("preview"):
        raise Http404("This restore is no preview; look at it among the sync runs.")
    return found


def _crumbs(unit: str, pk: int) -> list[tuple[str, str]]:
    return [
        ("Import / Export / Backups", reverse("data:index", args=[unit])),
        (f"Backup {pk}", reverse("data:backup", args=[unit, pk])),
    ]
