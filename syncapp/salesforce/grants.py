"""Fields as an administrator of Salesforce sees them: who is given one, and making a checkbox.

Field-level security is FieldPermissions of the user's profile: each profile owns a permission set,
whose rows are what a person ticks under Field-Level Security.
Source: reference/salesforce-api.md D28, G1.
"""

from collections.abc import Sequence

import orjson
from simple_salesforce.format import quote_soql_value

from syncapp.core.ports import FieldGrant, FieldGrants, SalesforceError
from syncapp.salesforce.calls import Caller, Request
from syncapp.salesforce.reads import Reader
from syncapp.salesforce.soql import by_values

_COLUMNS = ("PermissionsRead", "PermissionsEdit")


def field_grants(reader: Reader, user_id: str, fields: Sequence[str]) -> FieldGrants:
    """What the user's profile gives on the fields; SalesforceError when it may not be seen."""
    user = reader.by_id("User", [user_id], ["ProfileId", "Profile.Name"], deleted=False)
    profile = user.get(user_id, {})
    owned = by_values("PermissionSet", (), "ProfileId", [profile["ProfileId"]], deleted=False)
    sets = reader.select(owned)[0]
    if not sets:
        text = "The connector user may not see permission sets. Give it View Setup."
        raise SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", text)
    parent = str(sets[0]["Id"])
    condition = f"ParentId = {quote_soql_value(parent)}"
    asked = by_values(
        "FieldPermissions", _COLUMNS, "Field", fields, deleted=False, condition=condition
    )
    rows = [row for part in reader.select(asked) for row in part]
    return FieldGrants(
        parent_id=parent,
        profile=str(profile["Profile.Name"]),
        rows={
            str(row["Field"]): FieldGrant(
                str(row["Id"]), bool(row["PermissionsRead"]), bool(row["PermissionsEdit"])
            )
            for row in rows
        },
    )


def create_checkbox(caller: Caller, sobject: str, name: str, label: str) -> None:
    """POST tooling CustomField; Salesforce shows the new field to nobody until it is given."""
    metadata = {"type": "Checkbox", "label": label, "defaultValue": "false"}
    body = {"FullName": f"{sobject}.{name}", "Metadata": metadata}
    path = "tooling/sobjects/CustomField"
    request = Request("POST", path, "tooling", body=orjson.dumps(body), repeatable=False)
    caller.call(request, lambda answer: str(answer["id"]))
