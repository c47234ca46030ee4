"""Keeps the demo alive: every few seconds somebody edits a record, as people in sales do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .errors import SalesforceError
from .seeds.names import PLACES, TITLES
from .users import SALES
from .writer import Writer

if TYPE_CHECKING:
    from .org import Org

SECONDS = (3.0, 9.0)
Edit = dict[str, Any]


def _moved(chance: random.Random, city: str) -> Edit:
    return {city: chance.choice(PLACES).city}


def _edit(chance: random.Random, table: str) -> Edit:
    """One plausible change; consent changes are rare."""
    city = "City" if table == "Lead" else "MailingCity"
    choices: list[Callable[[], Edit]] = [
        lambda: {"Title": chance.choice(TITLES)[0]},
        lambda: {"Phone": f"+1 555 {chance.randrange(1_000_000, 9_999_999)}"},
        lambda: _moved(chance, city),
        lambda: {"LeadSource": chance.choice(("Web", "Trade Show", "Partner Referral"))},
    ]
    if chance.random() < 0.05:
        return {"HasOptedOutOfEmail": True}
    return chance.choice(choices)()


async def keep_editing(org: Org) -> None:
    """Edits until cancelled; waits while a transaction is held open."""
    chance = random.Random()
    while True:
        await asyncio.sleep(chance.uniform(*SECONDS))
        if not org.db.held:
            edit_one(org, chance)


def edit_one(org: Org, chance: random.Random) -> None:
    """One edit by the sales user on a random live lead or contact."""
    table = chance.choice(("Lead", "Contact"))
    sobject = org.schema.get(table)
    row = org.db.read.execute(
        f'SELECT "Id" FROM "{table}" WHERE "IsDeleted" = 0 ORDER BY RANDOM() LIMIT 1'
    ).fetchone()
    if sobject is None or row is None:
        return
    try:
        with org.db.transaction():
            Writer(org, SALES, sobject).update(row[0], _edit(chance, table))
    except SalesforceError:
        return  # a converted lead, or a rule somebody set: sales people meet these too
