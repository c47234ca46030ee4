"""What the page of a field tells beside the form: choices, prerequisites, cautions, warnings."""

from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.mappings.example import Choice, cases, choice, example_of
from dashboard.ui.access import allowed
from dashboard.ui.behaviors import BEHAVIOR_HELP, BEHAVIOR_REFUSALS
from dashboard.ui.last_look import last_look
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.mapping_rules import why_fixed, why_not_offered
from syncapp.core.mapping_types import cautions, names_apart
from syncapp.core.types import Behavior, SObject
from syncapp.models import ProspectField
from syncapp.services import permission
from syncapp.services.access import Right
from syncapp.services.connectors import is_going
from syncapp.services.mapping_facts import prerequisites
from syncapp.services.rules import mapping, schemas_of
from syncapp.services.schema import concerned


def context_of(request: Any, row: ProspectField | None) -> dict[str, Any]:
    """The template's own context; `row` None: a field that is to be made."""
    connector = request.unit.connector
    shown: dict[str, Any] = {
        "row": row,
        "connector": connector,
        "look": last_look(connector),
        "schema_known": bool(connector.schema),
        "choices": _choices(request, row, None),
        "can_sync": is_going(connector) and allowed(request, Right.SYNC_NOW),
        "can_refresh": allowed(request, Right.SYNC_NOW),
    }
    if row is None:
        return shown
    example = example_of(row)
    mapped, consent = bool(row.lead or row.contact), row.key in CONSENT_KEYS
    ampsea = request.unit.allow_multiple_prospects_per_email
    fixed = why_fixed(row.key, ampsea=ampsea, mapped=mapped)
    return shown | {
        "choices": _choices(request, row, example),
        "example": example,
        "fixed": BEHAVIOR_REFUSALS[fixed] if fixed else "",
        "prerequisites": prerequisites(connector, mapping(row)) if row.key == "opted_out" else [],
        "cautions": _cautions(request, row),
        "concerned": concerned(request.unit, row) if mapped else 0,
        "consent": consent,
        "warnings": permission.warnings(request.unit, row.key) if consent and mapped else [],
        "legacy": consent and request.unit.mailability_model == "legacy",
        "account_wins": row.key == "company",
    }


def _choices(request: Any, row: ProspectField | None, example: Any) -> Sequence[Choice]:
    """Every behavior: with its four columns, or with why the field does not offer it."""
    blank = request.unit.connector.blank_salesforce_values_overwrite
    key = "" if row is None else row.key
    found = []
    for behavior in Behavior:
        refused = why_not_offered(key, behavior)
        told = BEHAVIOR_REFUSALS[refused] if refused else ""
        shown = (
            [] if refused or example is None else cases(behavior, example, blank_overwrites=blank)
        )
        found.append(choice(behavior, BEHAVIOR_HELP[behavior], told, shown))
    return found


def _cautions(request: Any, row: ProspectField) -> list[tuple[str, str]]:
    """(object and field, "" for both, sentence) of what to know of the mapping as it is."""
    return list(_each_caution(request, row))


def _each_caution(request: Any, row: ProspectField) -> Iterator[tuple[str, str]]:
    schemas = schemas_of(request.unit.connector) or {}
    one = mapping(row)
    for sobject in (SObject.LEAD, SObject.CONTACT):
        target = schemas.get(sobject, {}).get(one.target(sobject) or "")
        for sentence in cautions(one, target) if target else ():
            yield f"{sobject}.{one.target(sobject)}", sentence
    apart = names_apart(one)
    if apart:
        yield "", apart
