"""The list of a reviewed clean-up, as items of its run: set-wise, however many there are."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from syncapp.core.cleanup import Group, Spared
from syncapp.core.mailability import SOFT_BOUNCE_LIMIT
from syncapp.core.types import SObject
from syncapp.models import SyncRun, UndoItem
from syncapp.store import db

# The group of a prospect `p`, as core.cleanup.group_of decides it; NULL for nobody's.
_GROUP = f"""
CASE WHEN p.archived OR NOT p.do_not_email THEN NULL
     WHEN p.opted_out THEN '{Group.OPTED_OUT}'
     WHEN p.hard_bounced OR p.soft_bounces >= {SOFT_BOUNCE_LIMIT} THEN '{Group.BOUNCED}' END
"""
_LIST = f"""
INSERT INTO syncapp_undoitem (run_id, prospect_id, field, side, old, new, reason)
SELECT %(run)s, p.id, 'do_not_email', 'ae', 'true', 'false',
       CASE WHEN l.state = 'linked' AND CASE WHEN l.contact_id IS NULL THEN %(lead)s
                                             ELSE %(contact)s END
            THEN '{Spared.SYNCS}' ELSE '' END
  FROM syncapp_prospect p JOIN syncapp_prospectlink l ON l.prospect_id = p.id
 WHERE p.unit_id = %(unit)s AND {_GROUP} = ANY(%(groups)s)
 ORDER BY p.id
"""
_COUNT = f"""
SELECT {_GROUP} AS code, count(*) FROM syncapp_prospect p
 WHERE p.unit_id = %s AND p.do_not_email GROUP BY code
"""


def count(unit_id: int) -> dict[Group, int]:
    """How many prospects each clean-up concerns."""
    found = {code: number for code, number in db.fetch(_COUNT, [unit_id]) if code}
    return {group: int(found.get(group.value, 0)) for group in Group}


def keep_list(run: SyncRun, groups: Sequence[Group], syncs: Mapping[SObject, bool]) -> int:
    """Write down whom the run's groups concern now; how many. A list that was begun goes first."""
    UndoItem.objects.filter(run=run).delete()
    values = {
        "run": run.pk,
        "unit": run.unit_id,
        "groups": [group.value for group in groups],
        "lead": syncs[SObject.LEAD],
        "contact": syncs[SObject.CONTACT],
    }
    return db.execute(_LIST, values)


def left(run_id: int, after: int, only: Sequence[int] | None = None) -> QuerySet[UndoItem]:
    """Who of a list, or of those picked from it, is to lose Do Not Email after that prospect."""
    rows = UndoItem.objects.filter(run_id=run_id, reason="", prospect_id__gt=after)
    return rows if only is None else rows.filter(prospect_id__in=only)


def page(run_id: int, after: int, limit: int, only: Sequence[int] | None = None) -> list[int]:
    """The next prospects of a list that are to lose Do Not Email."""
    rows = left(run_id, after, only).order_by("prospect_id")
    return list(rows.values_list("prospect_id", flat=True)[:limit])
