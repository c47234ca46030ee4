"""What the org says about its objects and fields, as the caller may see them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from .answer import Answer, Call
from .fetch import object_named
from .schema.fields import NUMBER_TYPES, Field
from .schema.objects import SObject

SOAP = {
    "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double", "currency": "xsd:double",
    "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime", "id": "tns:ID",
    "reference": "tns:ID", "address": "urn:address",
}  # fmt: skip
NOT_REPLICATED = frozenset({"FieldPermissions", "PermissionSet", "Profile"})


def describe_global(call: Call) -> Answer:
    """GET /sobjects."""
    objects = [_summary(call, sobject) for sobject in call.org.schema.objects.values()]
    body = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}
    return _unless_unchanged(call, body)


def describe_basic(call: Call, name: str) -> Answer:
    """GET /sobjects/X."""
    return Answer(
        200, {"objectDescribe": _summary(call, object_named(call, name)), "recentItems": []}
    )


def describe_object(call: Call, name: str) -> Answer:
    """GET /sobjects/X/describe."""
    sobject = object_named(call, name)
    fields = [
        describe_field(field, call.org.access.level(call.user_id, sobject.name, field.name))
        for field in sobject.fields.values()
    ]
    body = {
        **_summary(call, sobject),
        "fields": [field for field in fields if field is not None],
        "childRelationships": [
            {
                "childSObject": child,
                "field": field,
                "relationshipName": relationship,
                "cascadeDelete": False,
                "deprecatedAndHidden": False,
            }
            for relationship, child, field in sobject.children
        ],
        "recordTypeInfos": [],
    }
    return _unless_unchanged(call, body)


def _unless_unchanged(call: Call, body: dict[str, Any]) -> Answer:
    """304 with no body when the caller has seen the schema since it last changed."""
    changed = call.org.schema_changed.astimezone(UTC)
    headers = {"Last-Modified": format_datetime(changed, usegmt=True)}
    since = _moment(call.headers.get("if-modified-since", ""))
    if since is not None and since >= changed:
        return Answer(304, None, headers)
    return Answer(200, body, headers)


def _moment(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None


def _summary(call: Call, sobject: SObject) -> dict[str, Any]:
    url = f"{call.root}/sobjects/{sobject.name}"
    return {
        "name": sobject.name,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "keyPrefix": sobject.key_prefix,
        "custom": False,
        "createable": sobject.createable,
        "updateable": sobject.updateable,
        "deletable": sobject.deletable,
        "undeletable": sobject.deletable,
        "mergeable": sobject.mergeable,
        "queryable": True,
        "retrieveable": True,
        "searchable": True,
        "layoutable": True,
        "replicateable": sobject.name not in NOT_REPLICATED,
        "triggerable": True,
        "deprecatedAndHidden": False,
        "urls": {
            "sobject": url,
            "describe": f"{url}/describe",
            "rowTemplate": f"{url}/{{ID}}",
        },
    }


def describe_field(field: Field, level: str) -> dict[str, Any] | None:
    """One field for a caller with that level of access; None when it is hidden."""
    if level == "hidden":
        return None
    return {**_identity(field), **_numbers(field), **_rights(field, level), **_values(field)}


def _identity(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "soapType": SOAP.get(field.type, "xsd:string"),
        "length": field.length,
        "byteLength": field.length * 3,
        "custom": field.custom,
        "calculated": field.calculated,
        "autoNumber": False,
        "unique": field.unique,
        "caseSensitive": False,
        "externalId": field.external_id,
        "idLookup": field.external_id or field.name in ("Id", "Email", "Username"),
        "nameField": field.name in ("Name", "Subject"),
        "namePointing": len(field.reference_to) > 1,
        "polymorphicForeignKey": len(field.reference_to) > 1,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "compoundFieldName": field.compound,
        "deprecatedAndHidden": False,
        "htmlFormatted": False,
        "inlineHelpText": None,
        "extraTypeInfo": "plaintextarea" if field.type == "textarea" else None,
    }


def _numbers(field: Field) -> dict[str, Any]:
    numeric = field.type in NUMBER_TYPES or field.type == "int"
    return {
        "digits": field.precision if field.type == "int" else 0,
        "precision": field.precision if numeric and field.type != "int" else 0,
        "scale": field.scale,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "sortable": field.sortable,
        "aggregatable": field.aggregatable,
    }


def _rights(field: Field, level: str) -> dict[str, Any]:
    return {
        "nillable": not field.required and field.type not in ("boolean", "id"),
        "createable": field.createable and level == "edit",
        "updateable": field.updateable and level == "edit",
        "permissionable": field.permissionable,
    }


def _values(field: Field) -> dict[str, Any]:
    return {
        "defaultValue": field.default,
        "defaultedOnCreate": field.default is not None or field.name == "OwnerId",
        "restrictedPicklist": field.restricted,
        "picklistValues": [
            {"active": True, "defaultValue": one == field.default, "label": one, "value": one}
            for one in field.picklist
        ],
    }
