"""What only Salesforce knows of a configuration: may a field be "most recently updated field"?

Source: product.md F9, §2: history tracking and Read access on Lead and Contact are checked when the
behavior is chosen (here) and before each run (services/schema.py). One call, outside transactions.
"""

from collections.abc import Callable

from syncapp.core.catalog import BY_KEY
from syncapp.core.holds import HISTORY_NOT_TRACKED, NOT_MAPPED, FieldFacts, field_prerequisites
from syncapp.core.ports import Salesforce, SalesforceError
from syncapp.core.types import Behavior, FieldMapping, FieldType, SObject
from syncapp.models import BusinessUnit, Connector
from syncapp.services.config_file import Diff
from syncapp.services.config_values import ConfigError
from syncapp.services.connectors import LOGIN_COLUMNS

Gateways = Callable[[Connector], Salesforce]


def refuse_unmet(*, found: Diff, gateways: Gateways) -> list[str]:
    """ConfigError when a chosen behavior lacks its prerequisites; warnings when nobody can say."""
    warnings = []
    for key in _chosen(found):
        try:
            _check(key, found, gateways)
        except SalesforceError as error:
            warnings.append(
                f"fields.{key}.behavior: Salesforce could not be asked whether most_recent_field "
                f"may be used ({error}). The first run checks it, and holds the field if not."
            )
    return warnings


def _chosen(found: Diff) -> list[str]:
    """Fields whose behavior or mapping changes to a most recently updated field."""
    keys = [one.path[1] for one in found.differences if one.path[0] == "fields"]
    fields = found.desired["fields"]
    return [key for key in dict.fromkeys(keys) if fields[key]["behavior"] == Behavior.FIELD]


def _check(key: str, found: Diff, gateways: Gateways) -> None:
    mapping = _mapping(key, found)
    tracked = {s: [name] for s in SObject if (name := mapping.target(s))}
    facts: dict[SObject, FieldFacts | None] = {}
    if tracked:
        gateway = gateways(_connector(found))
        seen = gateway.watch((), since=None, sobjects=tuple(SObject), tracked=tracked)
        facts = {
            sobject: FieldFacts(readable=True, history_tracked=(sobject, name) in seen.tracked)
            for sobject, (name,) in tracked.items()
            if sobject in seen.changed and name in seen.changed[sobject].fields
        }
    for reason in field_prerequisites(mapping, facts):
        where = f"{reason.sobject}.{reason.field}"
        problem = {
            NOT_MAPPED: f"{reason.sobject} is not mapped: map the field on both objects",
            HISTORY_NOT_TRACKED: f"{where} has no history tracking: turn it on in Salesforce",
        }.get(reason.code, f"the connector user cannot read {where}: give it Read access")
        raise ConfigError(f"fields.{key}.behavior", f"most_recent_field: {problem}.")


def _mapping(key: str, found: Diff) -> FieldMapping:
    field = found.desired["fields"][key]
    return FieldMapping(
        key, BY_KEY[key].label, FieldType.CHECKBOX, field["lead"], field["contact"], Behavior.FIELD
    )


def _connector(found: Diff) -> Connector:
    """The connector as the file wants it; not saved."""
    unit = BusinessUnit.objects.filter(slug=found.slug).select_related("connector").first()
    connector = unit.connector if unit else Connector()
    for key, column in LOGIN_COLUMNS.items():
        setattr(connector, column, found.desired["connector"]["login"][key] or "")
    return connector
