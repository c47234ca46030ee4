"""What the org's last look makes of names that people give: CRM Field IDs and users.

Salesforce compares names without case, and `OptedOut_Custom` means `OptedOut_Custom__c` (product.md
§7). What the describe does not show stays as typed: the field may be made later.
"""

from syncapp.core.mapping_rules import find_field
from syncapp.core.types import SObject
from syncapp.core.users import OrgUser, OwnUser, map_users
from syncapp.models import Connector
from syncapp.services.config_schema import Document
from syncapp.services.rules import schemas_of

_USERNAME = "salesforce_username"


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


def map_new_users(current: Document, desired: Document, connector: Connector) -> None:
    """Users who are new and mapped to nobody get the Salesforce user with their email (F6)."""
    users = desired["users"]
    unmapped = [key for key in users.keys() - current["users"] if not users[key][_USERNAME]]
    if not unmapped:
        return
    own = [OwnUser(n, u["email"], u[_USERNAME]) for n, u in enumerate(users.values())]
    for found in map_users(own, active_users(connector)):
        if found.own.email.lower() in unmapped:
            users[found.own.email.lower()][_USERNAME] = found.org.username


def active_users(connector: Connector) -> list[OrgUser]:
    """The org's active users as last read."""
    rows = connector.salesforce_users.filter(is_active=True)
    return [OrgUser(row.user_id, row.username, row.email) for row in rows]
