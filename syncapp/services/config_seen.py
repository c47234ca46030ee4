"""Compare-and-swap for settings: nobody saves over a newer save that they have not seen.

What a person looked at is named like in the configuration file (`connector`, `fields.city`), with
the version that it had then; None: it did not exist.
"""

from collections.abc import Mapping

from syncapp.models import BusinessUnit
from syncapp.services.refused import ChangedMeanwhile

Seen = Mapping[str, int | None]


def refuse_changed(unit: BusinessUnit, seen: Seen) -> None:
    """Raise ChangedMeanwhile when one of the things has another version by now."""
    for path, version in seen.items():
        if _version(unit, path) != version:
            raise ChangedMeanwhile(
                f"Somebody saved {path} after you opened it, so nothing of yours was saved. Look "
                "at the values of now, and save again if you still want yours."
            )


def _version(unit: BusinessUnit, path: str) -> int | None:
    section, _, key = path.partition(".")
    if section == "business_unit":
        return unit.version
    if section == "connector":
        return unit.connector.version
    found = (
        unit.users.filter(email__iexact=key).first()
        if section == "users"
        else unit.fields.filter(key=key).first()
    )
    return None if found is None else found.version
