"""What a caller asks of a new job, checked as Salesforce does; both Bulk APIs share the rules."""

from __future__ import annotations

from typing import Any

from ..answer import Call
from ..errors import SalesforceError, refuse
from ..schema.objects import SObject
from .jobs import Job

INGESTS = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
NO_HARD_DELETE = (
    "hardDelete operation requires special user profile permission, please contact your system "
    "administrator"
)
NOT_SUPPORTED = frozenset({"FieldDefinition", "EntityDefinition"})


def fault(code: str, message: str) -> SalesforceError:
    """A refusal by Bulk API; its own name for it is part of the message."""
    return refuse(400, code.upper(), f"{code} : {message}")


def check_operation(call: Call, operation: str, known: frozenset[str]) -> None:
    """The operation must exist and be allowed to the caller."""
    if operation not in known:
        raise fault("InvalidJob", f"Invalid operation {operation}; use {', '.join(sorted(known))}")
    if operation == "hardDelete" and not call.org.access.may_hard_delete(call.user_id):
        raise fault("FeatureNotEnabled", NO_HARD_DELETE)


def object_of(call: Call, name: Any) -> SObject:
    """The job's object."""
    sobject = call.org.schema.get(str(name or ""))
    if sobject is None:
        raise fault("InvalidJob", f"Unable to find object: {name}")
    if not (sobject.createable or sobject.updateable or sobject.deletable):
        raise fault("InvalidEntity", f"Entity '{sobject.name}' is not supported by the Bulk API.")
    return sobject


def check_external_id(sobject: SObject, job: Job) -> None:
    """An upsert names the field that identifies a record."""
    if job.operation != "upsert":
        return
    if not job.external_id:
        raise fault(
            "InvalidJob",
            f"External ID was blank for {sobject.name}. An External ID must be specified for "
            "upsert.",
        )
    field = sobject.field(job.external_id)
    if field is None or not (field.external_id or field.type == "id"):
        raise fault(
            "InvalidJob",
            f"Field name provided, {job.external_id} does not match an External ID, Salesforce "
            f"Id, or indexed field for {sobject.name}",
        )


def one_of(body: dict[str, Any], key: str, known: Any, default: str) -> str:
    """A word of a closed list."""
    value = body.get(key) or default
    if value not in known:
        message = f"{key} {value} is not known; use {', '.join(sorted(known))}"
        raise refuse(400, "JSON_PARSER_ERROR", message)
    return str(value)


def check_keys(body: dict[str, Any], known: frozenset[str]) -> None:
    """Unknown keys are refused."""
    for key in body:
        if key not in known:
            message = f'Unrecognized field "{key}" at [line:1, column:1]'
            raise refuse(400, "JSON_PARSER_ERROR", message)
