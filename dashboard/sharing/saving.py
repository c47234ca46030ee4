"""Rules are saved, or proposed by whoever may not save them alone (F28)."""

from collections.abc import Sequence
from typing import Any

import yaml

from dashboard.ui.access import allowed
from dashboard.ui.markup import now
from syncapp import enqueue
from syncapp.core.refusals import Refusal
from syncapp.services import changes, config_file, config_schema, settings
from syncapp.services.access import Right
from syncapp.services.config_seen import refuse_changed
from syncapp.services.refused import RefusedSettings

COUNTS = "It counts when a record is next read; a full sync after Resume Sync goes through all."


def only_proposes(request: Any) -> bool:
    """Is what the person sends a proposal?"""
    return not allowed(request, Right.SETTINGS) or request.unit.four_eyes


def submit(request: Any, *, rules: Sequence[Any], version: int | None, why: str) -> str:
    """Save or propose the rules; what was done, "" when it was so already."""
    unit, actor, seen = request.unit, request.user.get_username(), {"connector": version}
    if not only_proposes(request):
        saved = settings.save(
            unit=unit, wanted={"sharing": rules}, seen=seen, actor=actor, now=now(), why=why
        )
        return f"Saved. {COUNTS}" if saved else ""
    wanted = {"business_unit": {"slug": unit.slug}, "sharing": list(rules)}
    refuse_changed(unit, seen)
    document = config_schema.read(wanted)
    if not config_file.diff_document(wanted=document, actor=actor, strict=True).differences:
        return ""
    if not why.strip():
        told = "Say why: whoever approves the proposal reads it."
        raise RefusedSettings([Refusal("why_needed", told, "why")])
    source = yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True)
    change, run = changes.propose(
        unit=unit, source=source, actor=actor, now=now(), why=why.strip(), trigger="console"
    )
    enqueue.run(run.pk)
    return f"Proposed as change {change.pk}. Nothing changes until it is approved."
