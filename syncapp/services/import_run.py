"""An uploaded file: looked at by a worker first, imported by a worker when somebody says so.

The preview is the import itself, each chunk taken back at once; a row that names somebody whom an
earlier chunk would create counts as created again.
"""

import io
import zlib
from datetime import datetime
from typing import Any

from syncapp.core.ports import Clock
from syncapp.models import BusinessUnit, ImportFile, SyncRun
from syncapp.services import prospect_import
from syncapp.services.access import Right, require
from syncapp.services.context import Cancelled
from syncapp.services.refused import Refused
from syncapp.services.sync import Gateways
from syncapp.store import runs as store
from syncapp.store.work import work

KIND = "import"
LARGEST = 50 * 1024 * 1024  # bytes of a file that is uploaded; the command line takes any
ERRORS_KEPT = 1000


def upload(
    *,
    unit: BusinessUnit,
    name: str,
    content: bytes,
    restore: bool,
    clear_blanks: bool,
    actor: str,
    now: datetime,
) -> SyncRun:
    """Keep the file and queue its preview. Raises Refused."""
    require(actor=actor, unit=unit, right=Right.IMPORT)
    if len(content) > LARGEST:
        raise Refused("too_large", "The file has over 50 MB. Import it by the command line.")
    with work(unit.pk, now, actor=actor) as current:
        kept = ImportFile.objects.create(
            unit=unit, name=name[-200:], content=zlib.compress(content), restore=restore,
            clear_blanks=clear_blanks, created_by=actor, created_at=now,
        )  # fmt: skip
        current.audit("prospects.uploaded", kept.name, after={"bytes": len(content)})
        return store.open_run(
            unit.pk, KIND, "console", now, by=actor, options={"file": kept.pk, "preview": True}
        )


def start(*, file: ImportFile, actor: str, now: datetime) -> SyncRun:
    """Queue the import of a file whose preview was seen; once. Raises Refused."""
    require(actor=actor, unit=file.unit, right=Right.IMPORT)
    with work(file.unit_id, now, actor=actor) as current:
        kept = ImportFile.objects.select_for_update().get(pk=file.pk)
        if kept.preview is None:
            raise Refused("no_preview", "Look at the preview of the file first.")
        if SyncRun.objects.filter(
            unit=file.unit, kind=KIND, options__file=kept.pk, options__preview=False
        ).exists():
            raise Refused(
                "imported", "This file is imported already. Upload it again to repeat it."
            )
        run = store.open_run(
            kept.unit_id, KIND, "console", now, by=actor,
            options={"file": kept.pk, "preview": False},
        )  # fmt: skip
        current.audit("prospects.import_started", kept.name, after={"run": run.pk})
    return run


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Look at the file or import it; a run that is taken over goes through the file again."""
    run = SyncRun.objects.select_related("unit").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    file = ImportFile.objects.get(pk=run.options["file"], unit=run.unit)
    counts: dict[str, int] = {}
    try:
        told = _import(run, file, clock)
        counts = _counts(told, preview=run.options["preview"])
        state, message = ("partial" if told["failed"] else "complete"), ""
    except Cancelled:
        state, message = "cancelled", "Cancelled; rows that were imported until then stay."
    except Refused as error:
        state, message = "failed", error.message
    store.finish(run_id, state, clock.now(), counts=counts, message=message)
    return state


def _import(run: SyncRun, file: ImportFile, clock: Clock) -> dict[str, Any]:
    text = zlib.decompress(bytes(file.content)).decode("utf-8-sig", "surrogateescape")
    total, preview = text.count("\n"), bool(run.options["preview"])

    def progress(rows: int) -> None:
        phase = "Looking at the rows" if preview else "Importing"
        if not store.beat(
            run.pk, clock.now(), phase=phase, done=min(rows, total), total=total, api_calls=0
        ):
            raise Cancelled

    told = prospect_import.import_csv(
        unit=run.unit, lines=io.StringIO(text, newline=""), name=file.name, actor=run.created_by,
        clock=clock, restore=file.restore, clear_blanks=file.clear_blanks, preview=preview,
        progress=progress,
    ).as_json()  # fmt: skip
    kept = {**told, "errors": told["errors"][:ERRORS_KEPT]}
    if preview:
        ImportFile.objects.filter(pk=file.pk).update(preview=kept)
    else:
        ImportFile.objects.filter(pk=file.pk).update(report=kept, content=b"")
    return told


def _counts(told: dict[str, Any], *, preview: bool) -> dict[str, int]:
    changed = 0 if preview else told["created"] + told["updated"]
    return {
        "seen": told["rows"], "applied": changed, "failed": told["failed"],
        "unchanged": told["rows"] - changed - told["failed"],
        "created_prospects": 0 if preview else told["created"],
        "updated_prospects": 0 if preview else told["updated"],
    }  # fmt: skip
