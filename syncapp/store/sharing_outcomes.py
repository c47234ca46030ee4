"""Writes what a simulation of Marketing Data Sharing found."""

from collections.abc import Sequence

from syncapp.models import ProspectLink, SharingOutcome

LINK = {"Lead": "lead_id", "Contact": "contact_id"}


def begin(unit_id: int) -> None:
    """Forget the unit's earlier simulations: one is kept."""
    SharingOutcome.objects.filter(run__unit_id=unit_id).delete()


def add(outcomes: Sequence[SharingOutcome]) -> None:
    """Keep a page of outcomes."""
    SharingOutcome.objects.bulk_create(outcomes)


def linked(unit_id: int, sobject: str, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Record id -> (prospect, is it in the recycle bin) of the linked ones."""
    column = LINK[sobject]
    found = ProspectLink.objects.filter(
        unit_id=unit_id, state="linked", **{f"{column}__in": list(ids)}
    )
    rows = found.values_list(column, "prospect_id", "prospect__archived")
    return {record: (prospect, binned) for record, prospect, binned in rows}
