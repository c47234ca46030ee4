"""One prospect as interface.md §3 prints it."""

from typing import Any

from syncapp.models import BusinessUnit, FieldChange, Prospect
from syncapp.services import mailability
from syncapp.services.eligible import verdict


def show(*, unit: BusinessUnit, prospect: Prospect) -> dict[str, Any]:
    """Everything known of the prospect; history, conflicts and errors oldest first."""
    link = prospect.link
    user = prospect.assigned_user
    return {
        "id": prospect.pk,
        "email": prospect.email,
        "state": "recycle_bin" if prospect.archived else "active",
        "crm": {
            "lead_id": link.lead_id,
            "contact_id": link.contact_id,
            "account_id": link.account_id,
            "state": link.state,
        },
        "assigned_user": user.email if user else None,
        "values": values(unit, prospect),
        "mailability": mailability.as_json(prospect, unit),
        "sync": _sync(unit, prospect),
        "history": history(prospect),
        "conflicts": [
            {"id": row.pk, "kind": row.kind, "field": row.field, "state": row.state}
            for row in prospect.conflicts.order_by("pk")
        ],
        "errors": [
            {"id": row.pk, "code": row.code, "field": row.field, "state": row.state}
            for row in prospect.errors.order_by("pk")
        ],
    }


def values(unit: BusinessUnit, prospect: Prospect) -> dict[str, Any]:
    """Every field's value by key, custom fields among them."""
    return {
        row.key: prospect.custom.get(row.key) if row.custom else getattr(prospect, row.key)
        for row in unit.fields.all()
    }


def history(prospect: Prospect) -> list[dict[str, Any]]:
    """Every changed field; a merged prospect's own history comes along (product.md §5)."""
    ids = [prospect.pk, *Prospect.objects.filter(merged_into=prospect).values_list("pk", flat=True)]
    return [
        {
            "at": row.at,
            "run": row.run_id,
            "field": change["field"],
            "side": change["side"],
            "old": change["old"],
            "new": change["new"],
            "winner": change["winner"],
            "rule": change["rule"],
        }
        for row in FieldChange.objects.filter(prospect_id__in=ids).order_by("id")
        for change in row.changes
    ]


def _sync(unit: BusinessUnit, prospect: Prospect) -> dict[str, Any]:
    found = verdict(prospect=prospect, connector=unit.connector)
    return {
        "eligible": found.eligible,
        "reason": found.reason,
        "checks": [{"code": check.code, "ok": check.ok} for check in found.checks],
    }
