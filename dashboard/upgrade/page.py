"""What the upgrade's page tells: how far it is, what its preview found, what is asked of whom."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from dashboard.ui.effect import status_rows
from dashboard.ui.progress import Progress, progress_of
from dashboard.ui.views import Action
from syncapp.core.cleanup import Group
from syncapp.core.upgrade import Step, StepState
from syncapp.models import BusinessUnit, SyncRun, Upgrade
from syncapp.services import cleanup, custom_field, upgrade, upgrade_answers
from syncapp.services.upgrade_steps import (
    ACKNOWLEDGE_ERRORS,
    ACKNOWLEDGE_PREVIEW,
    ACKNOWLEDGE_SKIP,
)

STEPS = {
    Step.CONSIDERATIONS: "Read the considerations",
    Step.BACKUP: "Back up every prospect",
    Step.CHECK: "Check the custom field",
    Step.PREVIEW: "Preview",
    Step.UNVERIFY: "Unverify the connector",
    Step.PAUSE: "Pause the connector",
    Step.MAP_OPTED_OUT: "Map Opted Out",
    Step.MAP_DO_NOT_EMAIL: "Map Do Not Email",
    Step.VERIFY: "Verify the connector",
    Step.SYNC: "Wait for the full sync",
    Step.UPGRADE: "Upgrade, for good",
    Step.RESUME: "Resume Sync",
    Step.REPORT: "Report",
}
_ANSWERS = {  # reason of a wait -> (answer, label, icon), the weightiest first
    ACKNOWLEDGE_PREVIEW: [
        ("preview", "Acknowledge the preview", "check"),
        ("anew", "Make a new preview", "rotate-clockwise"),
    ],
    ACKNOWLEDGE_SKIP: [
        ("map", "Map Do Not Email to HasOptedOutOfEmail", "link"),
        ("skip", "Acknowledge the skip", "check"),
    ],
    ACKNOWLEDGE_ERRORS: [("errors", "Acknowledge the errors", "check")],
}
_GO_ON = [("go-on", "Go on", "player-play")]
FIELD_REASONS = frozenset(
    {"field_missing", "no_checkbox", "not_editable", "no_field_named", "field_taken"}
)
CLEANUPS = {
    Group.OPTED_OUT: "opted out, and Do Not Email is ticked too",
    Group.BOUNCED: "bounced, and Do Not Email is ticked too",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step; `code` of StepState."""

    label: str
    state: str
    detail: str


def latest(unit: BusinessUnit) -> Upgrade | None:
    """The open upgrade, else the newest one."""
    rows = unit.upgrades.select_related("unit__connector", "backup")
    return rows.filter(state__in=upgrade.OPEN).first() or rows.first()


def lines(found: Upgrade) -> list[Line]:
    """The steps in plain words."""
    return [Line(STEPS[Step(one["code"])], one["state"], one["detail"]) for one in found.steps]


def reason_of(found: Upgrade) -> str:
    """Why the wizard stands still: the code of the step that waits or failed, else ""."""
    stops = (StepState.WAITING, StepState.FAILED)
    held = (one for one in found.steps if one["state"] in stops)
    return next((str(one.get("reason", "")) for one in held), "")


def progress_at(found: Upgrade) -> Progress | None:
    """How far the worker is that goes on with it, or makes its field; None when none does."""
    url = reverse("upgrade:progress", args=[found.unit.slug])
    made = custom_field.latest(found.unit)
    if made is not None and made.ended_at is None:
        return progress_of(made, poll_url=url)
    run = upgrade_answers.at_work(found)
    if run is None:
        return None
    names = [pk for pk in (found.preview_run_id, found.sync_run_id) if pk]
    inner = SyncRun.objects.filter(pk__in=names, ended_at__isnull=True).first()
    return progress_of(inner or run, poll_url=url)


def answers(found: Upgrade) -> list[Action]:
    """What can be answered now, the weightiest first."""
    reason = reason_of(found)
    tones = ("", "") if create_action(found) else ("primary", "")
    asked = zip(_ANSWERS.get(reason, _GO_ON), tones, strict=False)
    return [
        Action(label, _url(found, name), icon, tone, dialog=name != "go-on", post=name == "go-on")
        for (name, label, icon), tone in asked
    ]


def cancel_action(found: Upgrade) -> Action:
    """Until the switch."""
    return Action("Cancel the upgrade", _url(found, "cancel"), "x", dialog=True)


def create_action(found: Upgrade) -> Action | None:
    """Create it for me, where the named field is missing."""
    if reason_of(found) != "field_missing" or not found.opted_out_field:
        return None
    return Action("Create it for me", _url(found, "create"), "plus", "primary", dialog=True)


def refresh_action(unit: BusinessUnit) -> Action | None:
    """Where the field is chosen (v2): one made just now is to be among the choices."""
    if unit.connector.kind == 1:
        return None
    url = reverse("upgrade:refresh", args=[unit.slug])
    return Action("Refresh Salesforce Fields", url, "rotate-clockwise", post=True)


def _url(found: Upgrade, name: str) -> str:
    return reverse("upgrade:answer", args=[found.unit.slug, name])


def report(found: Upgrade) -> dict[str, Any]:
    """Before and after per status, and the clean-ups that are left."""
    statuses = status_rows({"before": found.before, "after": found.after})
    left = cleanup.count(found.unit)
    return {
        "report": statuses,
        "cleanups": [(CLEANUPS[group], left.get(group, 0)) for group in Group],
        "review_now": _review_action(found.unit) if any(left.values()) else None,
        "reviewed": cleanup.reviews(found.unit).first(),
    }


def _review_action(unit: BusinessUnit) -> Action:
    url = reverse("upgrade:review", args=[unit.slug])
    return Action("Review the suggested updates", url, "list-details", "primary", post=True)
