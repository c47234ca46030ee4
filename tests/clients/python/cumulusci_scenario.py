"""CumulusCI's step classes, which its data tasks are made of: both APIs, each with one bad row.

cumulusci_scenario.py URL
"""

import json
import logging
import sys
from types import SimpleNamespace

from loopback import send_to

URL = sys.argv[1]
send_to(URL)

from cumulusci.tasks.bulkdata import step  # noqa: E402
from cumulusci.tasks.bulkdata.step import DataOperationType, get_dml_operation  # noqa: E402
from cumulusci.tasks.bulkdata.utils import DataApi  # noqa: E402
from salesforce_bulk import SalesforceBulk  # noqa: E402
from simple_salesforce import Salesforce  # noqa: E402
from simple_salesforce.exceptions import SalesforceMalformedRequest  # noqa: E402

VERSION, SECONDS = "64.0", 0.05
sleep = step.time.sleep
step.time = SimpleNamespace(sleep=lambda _: sleep(SECONDS))  # it waits ten seconds a look
salesforce = Salesforce(
    username="sales@syncline.example", password="password", security_token="token",
    version=VERSION,
)  # fmt: skip
context = SimpleNamespace(
    sf=salesforce,
    bulk=SalesforceBulk(sessionId=salesforce.session_id, host=URL, API_version=VERSION),
    logger=logging.getLogger("cumulusci"),
)


def save(api, operation, fields, rows, **options):
    """One operation over some rows; its own summary and results."""
    work = get_dml_operation(
        sobject="Lead", operation=operation, fields=fields, api_options=options, context=context,
        api=api, volume=len(rows),
    )  # fmt: skip
    with work:
        work.load_records(iter(rows))
    return work.job_result, list(work.get_results())


def read(api, soql, fields):
    """All rows of a query."""
    work = step.get_query_operation(
        sobject="Lead", fields=fields, api_options={}, context=context, query=soql, api=api
    )
    with work:
        return list(work.get_results())


def cycle(api):
    """Insert with a bad row, update, upsert twice, delete, and the query after that."""
    names = [["Cci 1", "Example"], ["Cci 2", "Example"], ["", "Example"]]
    told, made = save(api, DataOperationType.INSERT, ["LastName", "Company"], names)
    ids = [one.id for one in made if one.success]
    _, updated = save(api, DataOperationType.UPDATE, ["Id", "City"], [[one, "Cork"] for one in ids])
    key, upserted = f"cci-{api.value}", []
    for city in ("Oslo", "Lyon"):
        fields = ["Ext__c", "LastName", "Company", "City"]
        _, (one,) = save(api, DataOperationType.UPSERT, fields,
                         [[key, "Cci", "Example", city]], update_key="Ext__c")  # fmt: skip
        upserted.append(one.created)
    _, removed = save(api, DataOperationType.DELETE, ["Id"], [[one] for one in ids])
    return {
        "status": told.status.value,
        "row_errors": told.total_row_errors,
        "error": made[2].error.split(":")[0],
        "updated": [one.success for one in updated],
        "upserted": upserted,
        "removed": [one.success for one in removed],
        "left": read(api, f"SELECT City FROM Lead WHERE Ext__c = '{key}'", ["City"]),
        "read": len(read(api, "SELECT Id FROM Lead WHERE LastName LIKE 'Last%'", ["Id"])),
        "chosen": type(
            step.get_query_operation(
                sobject="Lead", fields=["Id"], api_options={}, context=context, query=""
            )
        ).__name__,
    }


def refusals():
    """How each API's step tells of a query that cannot be."""
    work = step.BulkApiQueryOperation(
        sobject="Lead", api_options={}, context=context, query="SELECT Nope FROM Lead"
    )
    work.query()
    try:
        read(DataApi.REST, "SELECT Nope FROM Lead", ["Nope"])
        code = None
    except SalesforceMalformedRequest as error:
        code = error.content[0]["errorCode"]
    return [work.job_result.status.value, "INVALID_FIELD" in work.job_result.job_errors[0], code]


print(
    json.dumps(
        {
            "rest": cycle(DataApi.REST),
            "bulk": cycle(DataApi.BULK),
            "refusals": refusals(),
        }
    )
)
