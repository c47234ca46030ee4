"""CRM Field IDs as people type them, made the API names that the org's last describe shows.

Salesforce compares names without case, and `OptedOut_Custom` means `OptedOut_Custom__c` (product.md
§7). What the describe does not show stays as typed: the field may be made later.
"""

from syncapp.core.mapping_rules import find_field
from syncapp.core.types import SObject
from syncapp.models import Connector
from syncapp.services.config_schema import Document
from syncapp.services.rules import schemas_of


def resolve(desired: Document, connector: Connector) -> None:
    """Replace the mapped names of the document in place."""
    schemas = schemas_of(connector)
    if schemas is None:
        return
    for section in ("fields", "custom_fields"):
        for field in desired[section].values():
            for sobject in SObject:
                name = field[sobject.lower()]
                if name and "." not in name:
                    field[sobject.lower()] = find_field(name, schemas[sobject]) or name
