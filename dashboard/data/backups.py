"""Backups: make one, compare it with now, take it away as a file."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.data.exports import attached, file_of
from dashboard.data.forms import BackupForm
from dashboard.ui.access import needs
from dashboard.ui.export import safe_cell
from dashboard.ui.markup import now
from dashboard.ui.views import Action, confirm_screen, screen
from dashboard.ui.words import value_words
from syncapp import enqueue
from syncapp.models import Backup
from syncapp.services import backup_run, backups
from syncapp.services.access import Right
from syncapp.services.refused import Refused

WANTED, READS = 100, 20  # differences of a page, and parts that it reads to find them


@needs(Right.BACKUPS)
def create(request: Any, unit: str) -> HttpResponse:
    """Ask, then hand it to a worker."""
    back = reverse("data:index", args=[unit])

    def act(data: Any) -> str:
        run = backup_run.open_backup(
            unit=request.unit,
            actor=request.user.get_username(),
            now=now(),
            trigger="console",
            why=data["why"],
        )
        enqueue.run(run.pk, queue="default")
        return f"Run {run.pk} makes the backup."

    return confirm_screen(
        request,
        title="Back up now?",
        verb="Back up",
        consequences=[
            f"All {request.unit.prospects.count():,} prospects are stored with every field, their "
            "permission, bounces and links, as of one moment, the recycle bin included.",
            "It is read back, counted and checked before it counts as verified.",
        ],
        form=BackupForm,
        act=act,
        back=back,
        crumbs=[("Import / Export / Backups", back)],
    )


@needs(Right.BACKUPS)
def compare(request: Any, unit: str, pk: int) -> HttpResponseBase:
    """What is not as in the backup, field by field."""
    backup = load(request, pk)
    if request.GET.get("export") == "csv":
        return file_of(_lines(backup, request.user.get_username()), f"backup-{pk}-compared.csv")
    part = request.GET.get("part", "0")
    start = int(part) if part.isdecimal() and len(part) < 7 else 0
    rows, further, damaged = _compared(request, backup, start)
    restore = Action("Restore …", reverse("data:restore", args=[unit, pk]), "arrow-back-up")
    return screen(
        request,
        "data/backup.html",
        title=f"Backup {pk}",
        subtitle=backup.why,
        crumbs=[("Import / Export / Backups", reverse("data:index", args=[unit]))],
        actions=[restore] if backup.state == "verified" else [],
        badges=[("backup_state", backup.state)],
        backup=backup,
        rows=rows,
        start=start,
        further=further,
        damaged=damaged,
        parts=backup.parts.count(),
        made_since=backups.made_since(backup),
    )


@needs(Right.BACKUPS)
def download(request: Any, unit: str, pk: int) -> HttpResponseBase:
    """The backup as a CSV file, as it is stored."""
    return attached(backups.lines(load(request, pk)), f"backup-{unit}-{pk}.csv")


def load(request: Any, pk: int) -> Backup:
    """A backup of the page's unit, or 404."""
    return get_object_or_404(Backup.objects.select_related("unit"), unit=request.unit, pk=pk)


def _compared(
    request: Any, backup: Backup, start: int
) -> tuple[list[dict[str, Any]], int | None, str]:
    try:
        actor = request.user.get_username()
        rows, further = backups.compared(
            backup=backup, actor=actor, start=start, wanted=WANTED, reads=READS
        )
    except Refused as error:
        return [], None, error.message
    return rows, further, ""


def _lines(backup: Backup, actor: str) -> Iterator[Sequence[str]]:
    yield "Prospect", "Field", "In the backup", "Now"
    for one in backups.differences(backup=backup, actor=actor):
        cells = (one["prospect"] or "", one["field"])
        yield *map(_cell, cells), _cell(value_words(one["backup"])), _cell(value_words(one["now"]))


def _cell(value: str) -> str:
    return str(safe_cell(value))
