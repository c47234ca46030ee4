"""aiosalesforce: three ways to log in, pages, one composite request, single records, Bulk 2.0.

aiosalesforce_scenario.py URL FILE_WITH_PRIVATE_KEY
"""

import asyncio
import json
import sys

import httpx
from aiosalesforce import Salesforce
from aiosalesforce.auth import ClientCredentialsFlow, JwtBearerFlow, SoapLogin
from aiosalesforce.exceptions import AuthenticationError, SalesforceError
from loopback import on_loopback

URL, KEY = sys.argv[1:]
SALES, APP, SECRET = "sales@syncline.example", "syncline", "syncline-secret"
DOMAIN = "https://syncline.my.salesforce.com"
ROOT = f"{DOMAIN}/services/data/v64.0"


class Loopback(httpx.AsyncHTTPTransport):
    """The client takes no other address than one of Salesforce."""

    async def handle_async_request(self, request):
        request.url = httpx.URL(on_loopback(URL, str(request.url)))
        return await super().handle_async_request(request)


def lead(name, **more):
    return {"LastName": name, "Company": "Example", **more}


async def code(work):
    """The code of Salesforce that the client read from a refusal."""
    try:
        await work
    except (AuthenticationError, SalesforceError) as error:
        return error.error_code


async def logins(http):
    """Whom each way to log in acts as, and what a wrong secret is told."""
    ways = {
        "app": ClientCredentialsFlow(APP, SECRET),
        "jwt": JwtBearerFlow(APP, SALES, KEY),
        "soap": SoapLogin(SALES, "password", "token"),
    }
    users = {}
    for name, way in ways.items():
        made = Salesforce(http, DOMAIN, way, version="64.0")
        told = await made.request("GET", f"{DOMAIN}/services/oauth2/userinfo")
        users[name] = told.json()["preferred_username"]
    wrong = Salesforce(http, DOMAIN, ClientCredentialsFlow(APP, "wrong"), version="64.0")
    return users, await code(wrong.get_limits())


async def single_records(salesforce):
    """Create, read, update, upsert and delete one at a time."""
    leads = salesforce.sobject
    made = await leads.create("Lead", lead("Aio", Ext__c="aio"))
    await leads.update("Lead", made, {"City": "Turku"})
    city = (await leads.get("Lead", made, fields=["City"]))["City"]
    again = await leads.upsert("Lead", "aio", "Ext__c", {"City": "Oslo"})
    new = await leads.upsert("Lead", "new", "Ext__c", lead("New"))
    await leads.delete("Lead", made)
    return {
        "city": city,
        "upserted": [again.created, new.created],
        "required": await code(leads.create("Lead", {"Company": "Example"})),
        "gone": await code(leads.get("Lead", made)),
    }


async def many_records(salesforce):
    """Collections have no method of their own; a composite and a batch do."""
    typed = [{"attributes": {"type": "Lead"}, **lead(name)} for name in ("Berg", "")]
    made = await salesforce.request("POST", f"{ROOT}/composite/sobjects", json={"records": typed})
    async with salesforce.composite() as steps:
        first = steps.sobject.create("Account", {"Name": "Example"})
        second = steps.sobject.create(
            "Contact", {"LastName": "Berg", "AccountId": str(first.reference.id)}
        )
    async with salesforce.composite.batch() as batch:
        query = batch.query(f"SELECT AccountId FROM Contact WHERE Id = '{second.id}'")
    return {
        "collection": [one["success"] for one in made.json()],
        "linked": query.records[0]["AccountId"] == first.id,
    }


async def bulk(salesforce):
    """One bad row of three."""
    rows = [lead("Bulk 1"), lead("Bulk 2"), {"Company": "Example"}]
    ingest = salesforce.bulk_v2.ingest
    work = ingest.perform_operation("insert", "Lead", rows, polling_interval=0.05)
    (done,) = [job async for job in work]
    return {
        "bulk_saved": len(done.successful_results),
        "bulk_failed": [one["sf__Error"].split(":")[0] for one in done.failed_results],
    }


async def main():
    async with httpx.AsyncClient(transport=Loopback(), trust_env=False) as http:
        users, refusal = await logins(http)
        salesforce = Salesforce(http, DOMAIN, ClientCredentialsFlow(APP, SECRET), version="64.0")
        fields = (await salesforce.request("GET", f"{ROOT}/sobjects/Lead/describe")).json()
        soql = "SELECT Id, IsDeleted FROM Lead"
        every = [row async for row in salesforce.query(soql, include_all_records=True)]
        seen = {
            "users": users,
            "wrong_secret": refusal,
            "described": any(one["name"] == "Email" for one in fields["fields"]),
            "live": len([row async for row in salesforce.query(soql)]),
            "deleted": sum(row["IsDeleted"] for row in every),
            "unknown_field": await code(salesforce.query("SELECT Nope FROM Lead").__anext__()),
            **await single_records(salesforce),
            **await many_records(salesforce),
            **await bulk(salesforce),
        }
    print(json.dumps(seen))


asyncio.run(main())
