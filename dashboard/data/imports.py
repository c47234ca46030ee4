"""Import a file: upload, look at what it does, start it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.data.forms import UploadForm
from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.views import Action, confirm_screen, screen
from syncapp import enqueue
from syncapp.models import ImportFile, SyncRun
from syncapp.services import import_run
from syncapp.services.access import Right
from syncapp.services.refused import Refused

COUNTED = ("created", "updated", "unchanged", "failed")
ERRORS_SHOWN = 100


@require_POST
@needs(Right.IMPORT)
def upload(request: Any, unit: str) -> HttpResponse:
    """Keep the file; a worker looks at it."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return screen(
            request, "data/upload.html", title="Import prospects", crumbs=_crumbs(unit), form=form,
            status=400,
        )  # fmt: skip
    given = form.cleaned_data
    run = import_run.upload(
        unit=request.unit,
        name=given["file"].name,
        content=given["file"].read(),
        restore=given["restore"],
        clear_blanks=given["clear_blanks"],
        actor=request.user.get_username(),
        now=now(),
    )
    enqueue.run(run.pk, queue="default")
    return redirect("data:import", unit=unit, pk=run.options["file"])


@needs(Right.IMPORT)
def detail(request: Any, unit: str, pk: int) -> HttpResponse:
    """What the file would do, or what it did."""
    file = get_object_or_404(ImportFile.objects.defer("content"), unit=request.unit, pk=pk)
    run = _runs(file).order_by("-pk").first()
    started = run is not None and not run.options["preview"]
    told = (file.report if started else file.preview) or {}
    url = reverse("data:start_import", args=[unit, pk])
    start_it = Action("Import it", url, "database-export", "primary", dialog=True)
    return screen(
        request,
        "data/import.html",
        title=file.name,
        subtitle="Import" if started else "Preview of an import",
        crumbs=_crumbs(unit),
        actions=[start_it] if file.preview is not None and not started else [],
        file=file,
        run=run,
        started=started,
        told=told,
        counts=[(name, told.get(name, 0)) for name in COUNTED],
        errors=told.get("errors", [])[:ERRORS_SHOWN],
    )


@needs(Right.IMPORT)
def start(request: Any, unit: str, pk: int) -> HttpResponse:
    """Ask with the preview's numbers, then import."""
    file = get_object_or_404(ImportFile.objects.defer("content"), unit=request.unit, pk=pk)
    told = file.preview or {}

    def act(_data: Any) -> str:
        run = import_run.start(file=file, actor=request.user.get_username(), now=now())
        enqueue.run(run.pk, queue="default")
        return f"Run {run.pk} imports {file.name}."

    return confirm_screen(
        request,
        title=f"Import {file.name}?",
        verb="Import",
        consequences=[
            f"{told.get('created', 0):,} prospects are made, {told.get('updated', 0):,} changed.",
            f"{told.get('failed', 0):,} rows cannot be imported and are left out.",
            "Opt-outs of the file are taken over; the file opts nobody in.",
            "Each prospect that changed syncs with Salesforce at the next sync.",
        ],
        act=act,
        refusals=(Refused,),
        back=reverse("data:import", args=[unit, pk]),
        crumbs=_crumbs(unit),
    )


def _runs(file: ImportFile) -> Any:
    return SyncRun.objects.filter(unit_id=file.unit_id, kind="import", options__file=file.pk)


def _crumbs(unit: str) -> list[tuple[str, str]]:
    return [("Import / Export / Backups", reverse("data:index", args=[unit]))]
