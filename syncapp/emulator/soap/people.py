"""convertLead and merge: what REST has no resource for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..answer import Answer, Call
from ..convert import convert_lead
from ..errors import SalesforceError, refuse
from ..merge import merge_records
from ..xmltext import Node
from .envelope import answer

MOST_CONVERSIONS, MOST_MERGES, MOST_LOSERS = 100, 10, 2
Result = dict[str, Any]


def convert_leads(call: Call, operation: Node) -> Answer:
    """convertLead: up to 100 leads, each with its own result."""

    def convert(given: Node) -> Result:
        row = convert_lead(call.org, call.user_id, _conversion(call, given))
        return {
            "accountId": row["account"],
            "contactId": row["contact"],
            "leadId": row["lead"],
            "opportunityId": row["opportunity"],
            "success": True,
        }

    def failed(given: Node) -> Result:
        nothing = dict.fromkeys(("accountId", "contactId", "opportunityId"))
        return {**nothing, "leadId": given.value("leadId")}

    given = operation.all("leadConverts")
    results = _each(call, given, MOST_CONVERSIONS, convert, failed)
    return answer("convertLead", results)


def _conversion(call: Call, given: Node) -> dict[str, Any]:
    """A LeadConvert in the words of convert_lead; a deal is made unless it is not wanted."""
    row = {
        "lead": given.value("leadId"),
        "account": given.value("accountId"),
        "contact": given.value("contactId"),
        "owner": given.value("ownerId"),
        "status": given.value("convertedStatus") or "",
    }
    if (given.value("doNotCreateOpportunity") or "").lower() != "true":
        row["opportunity"] = given.value("opportunityName") or _company(call, row["lead"]) + "-"
    return row


def _company(call: Call, lead_id: str | None) -> str:
    row = call.org.db.read.execute(
        'SELECT COALESCE("Company", "Name") FROM "Lead" WHERE "Id" LIKE ?', [f"{lead_id}%"]
    ).fetchone()
    return row[0] if row else ""


def merge(call: Call, operation: Node) -> Answer:
    """merge: a master takes values and up to two losers go."""

    def one(given: Node) -> Result:
        losers = [loser.text for loser in given.all("recordToMergeIds")]
        if not 0 < len(losers) <= MOST_LOSERS:
            message = "merge takes one or two records to merge into the master"
            raise refuse(400, "INVALID_ARGUMENT_TYPE", message)
        master = given.first("masterRecord")
        if master is None:
            raise refuse(400, "MISSING_ARGUMENT", "masterRecord not specified")
        row = merge_records(
            call.org,
            call.user_id,
            {"master": master.value("Id"), "losers": losers, "fields": _values(master)},
        )
        return {
            "id": row["id"],
            "mergedRecordIds": row["mergedRecordIds"],
            "success": True,
            "updatedRelatedIds": row["updatedRelatedIds"],
        }

    given = operation.all("request")
    results = _each(call, given, MOST_MERGES, one, lambda _: {"id": None})
    return answer("merge", results)


def _values(record: Node) -> dict[str, Any]:
    """An sObject's fields; fieldsToNull empties."""
    kept = {
        node.name: None if node.nil else node.text
        for node in record
        if node.name.lower() not in ("type", "id", "fieldstonull")
    }
    return {**kept, **{node.text: None for node in record.all("fieldsToNull")}}


def _each(
    call: Call,
    given: list[Node],
    most: int,
    act: Callable[[Node], Result],
    failed: Callable[[Node], Result],
) -> list[Result]:
    """One result for each; what fails is undone alone."""
    if len(given) > most:
        raise refuse(500, "EXCEEDED_ID_LIMIT", f"at most {most} records a call, not {len(given)}")
    results = []
    for one in given:
        try:
            with call.org.db.transaction():
                results.append(act(one))
        except SalesforceError as error:
            errors = [
                {"fields": list(item.fields), "message": item.message, "statusCode": item.code}
                for item in error.problems
            ]
            results.append({"errors": errors, "success": False, **failed(one)})
    return results
