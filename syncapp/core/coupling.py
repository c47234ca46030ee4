"""Which mapped fields an opt-out travels by, before and after the mailability upgrade.

Source: product.md §6, second table.
"""

from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.types import MailabilityModel

HOO = "HasOptedOutOfEmail"


def is_legacy(rules: Rules) -> bool:
    """Is the unit's mailability model still the one before the upgrade?"""
    return rules.switches.model is MailabilityModel.LEGACY


def suppresses(slot: Slot, rules: Rules) -> bool:
    """Rows 1 and 3: before the upgrade, with legacy sync behavior, suppression wins on HOO."""
    return is_legacy(rules) and rules.switches.legacy_sync_behavior and slot.sf == HOO


def travels_by(key: str, slot: Slot, rules: Rules) -> bool:
    """Does ticking the consent field `key` tick this slot's field? Row 1: both fields tick HOO."""
    if not slot.consent:
        return False
    return slot.key == key or (key == "do_not_email" and suppresses(slot, rules))
