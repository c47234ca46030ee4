"""The one way by which screens change a unit's settings.

They are read, checked, written and audited by what the configuration file is (config_*), so that
nothing can be saved here that a file may not say. A proposal, where a unit or a role asks for one,
is put in front of `save` (product.md F28).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncapp.models import BusinessUnit
from syncapp.services import config_file, config_schema
from syncapp.services.config_diff import Difference
from syncapp.services.config_seen import Seen


def save(
    *,
    unit: BusinessUnit,
    wanted: Mapping[str, Any],
    seen: Seen,
    actor: str,
    now: datetime,
    why: str = "",
) -> list[Difference]:
    """Change what `wanted` says (sections and keys of interface.md §4); what differs.

    Raises Refused (its `reasons` name the settings) or ChangedMeanwhile; nothing is changed then.
    """
    about = {"slug": unit.slug, **wanted.get("business_unit", {})}
    document = config_schema.read({**wanted, "business_unit": about})
    done = config_file.apply_document(
        wanted=document, actor=actor, now=now, seen=seen, why=why.strip()
    )
    return done.differences
