"""Import / Export / Backups: the page that leads to each."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from dashboard.data.forms import UploadForm
from dashboard.ui.access import allowed, needs
from dashboard.ui.views import Action, screen
from syncapp.models import Backup, ImportFile, SyncRun
from syncapp.services.access import Right

SHOWN = 20


@needs(Right.IMPORT)
def index(request: Any, unit: str) -> HttpResponse:
    """What was imported and backed up, and how to do more of it."""
    may_back_up = allowed(request, Right.BACKUPS)
    going = SyncRun.objects.filter(unit=request.unit, kind="backup", ended_at__isnull=True)
    return screen(
        request,
        "data/index.html",
        title="Import / Export / Backups",
        form=UploadForm(),
        imports=ImportFile.objects.filter(unit=request.unit).defer("content")[:SHOWN],
        backups=Backup.objects.filter(unit=request.unit)[:SHOWN] if may_back_up else [],
        may_back_up=may_back_up,
        making=going.first() if may_back_up else None,
        new_backup=Action(
            "Back up now", reverse("data:new_backup", args=[unit]), "database-export", "primary",
            dialog=True,
        ),
    )  # fmt: skip
