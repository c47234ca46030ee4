// What jsforce does with the org; prints what it saw as one JSON object.
"use strict";
const jsforce = require("jsforce");

const url = process.argv[2];
const POLL = { pollInterval: 50, pollTimeout: 20000 };
const lead = (name, more) => ({ LastName: name, Company: "Example", ...more });

async function logins() {
  const soap = new jsforce.Connection({ loginUrl: url, version: "64.0" });
  await soap.login("sales@syncline.example", "passwordtoken");
  const oauth2 = { clientId: "syncline", clientSecret: "syncline-secret", loginUrl: url };
  const app = new jsforce.Connection({ oauth2, version: "64.0" });
  await app.authorize({ grant_type: "client_credentials" });
  return { soap, app };
}

async function refusal(work) {
  try {
    await work();
    return null;
  } catch (error) {
    return error.errorCode;
  }
}

async function everything(conn, soql, options) {
  const records = [];
  const query = conn.query(soql, { autoFetch: true, maxFetch: 100000, ...options });
  query.on("record", (record) => records.push(record));
  await query.execute({ autoFetch: true, maxFetch: 100000, ...options });
  return records;
}

async function collections(conn) {
  const leads = conn.sobject("Lead");
  const made = await leads.create([lead("Berg"), lead("Dahl"), lead("")]);
  const ids = made.filter((one) => one.success).map((one) => one.id);
  const updated = await leads.update(ids.map((Id) => ({ Id, City: "Turku" })));
  const upserted = await leads.upsert(
    [lead("Eng", { Ext__c: "a" }), lead("Falk", { Ext__c: "b", City: "Oslo" })], "Ext__c");
  const again = await leads.upsert([{ Ext__c: "a", City: "Oslo" }], "Ext__c");
  const removed = await leads.destroy(ids);
  return {
    created: made.map((one) => one.success),
    create_error: made[2].errors[0].errorCode || made[2].errors[0].statusCode,
    updated: updated.map((one) => one.success),
    upserted: [...upserted, ...again].map((one) => one.created),
    removed: removed.map((one) => one.success),
  };
}

async function bulk(conn) {
  const input = [lead("Bulk 1"), lead("Bulk 2"), lead("")];
  const second = await conn.bulk2.loadAndWaitForResults(
    { object: "Lead", operation: "insert", input, ...POLL });
  conn.bulk.pollInterval = 50;
  conn.bulk.pollTimeout = 20000;
  const first = await conn.bulk.load("Lead", "insert", input);
  conn.bulk2.pollInterval = 50;
  const rows = await (await conn.bulk2.query("SELECT Id FROM Lead WHERE LastName LIKE 'Bulk%'"))
    .toArray();
  return {
    bulk_saved: second.successfulResults.length,
    bulk_failed: second.failedResults.length,
    bulk_error: second.failedResults[0].sf__Error.split(":")[0],
    bulk1_saved: first.filter((one) => one.success).length,
    bulk_rows: rows.length,
  };
}

async function main() {
  const { soap, app } = await logins();
  const described = await app.sobject("Lead").describe();
  const all = await everything(app, "SELECT Id, IsDeleted FROM Lead", { scanAll: true });
  const seen = {
    user: (await app.identity()).username,
    soap_user: (await soap.identity()).username,
    described: described.fields.some((field) => field.name === "Email"),
    live: (await everything(app, "SELECT Id FROM Lead")).length,
    deleted: all.filter((one) => one.IsDeleted).length,
    refusal: await refusal(() => app.query("SELECT Nope FROM Lead")),
    ...(await collections(app)),
    ...(await bulk(app)),
  };
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
