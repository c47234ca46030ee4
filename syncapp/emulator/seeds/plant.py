"""Fills a new org: `empty` (people only), `demo` (a believable company), or N plain leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import refuse
from .basics import plant_basics
from .demo import plant_demo
from .insert import Past
from .plain import plant_plain

if TYPE_CHECKING:
    from ..org import Org, Seed


def known(seed: Seed) -> Seed:
    """The seed, a number as such; refused when there is none of that name."""
    wanted = int(seed) if str(seed).isdigit() else seed
    if not isinstance(wanted, int) and wanted not in ("empty", "demo"):
        raise refuse(400, "INVALID_SEED", f"{seed} is no seed; take empty, demo or a number")
    return wanted


def plant(org: Org, seed: Seed) -> None:
    """Writes a seed's rows in one transaction."""
    wanted = known(seed)
    past = Past(org.clock)
    with org.db.transaction() as connection:
        plant_basics(connection, org.organization_id, past)
        if isinstance(wanted, int):
            plant_plain(connection, wanted, past)
        elif wanted == "demo":
            plant_demo(connection, past)
            org.track({"Lead": ["HasOptedOutOfEmail"], "Contact": ["HasOptedOutOfEmail"]})
