"""Shadows: a unit's rows copied into a schema of their own, where a sync may do as it pleases.

A connection that is bound to a shadow sees nothing but the shadow: its search path does not name
the real schema, so that no statement of the product, now or later, can reach a real row from
there. The copies are unlogged and gone with their schema.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from syncapp.core.guards import WINDOW
from syncapp.store import db, overlay

# Of these tables the sync reads the unit's rows, with the condition that picks them.
FILLED = {
    "syncapp_businessunit": "true",  # other units on the same org count in checks
    "syncapp_connector": "true",
    "syncapp_sharingrule": "true",
    "syncapp_membership": "unit_id = %(unit)s",
    "syncapp_unituser": "unit_id = %(unit)s",
    "syncapp_prospectfield": "unit_id = %(unit)s",
    "syncapp_salesforceuser": "connector_id = %(connector)s",
    "syncapp_synccursor": "connector_id = %(connector)s",
    "syncapp_prospect": "unit_id = %(unit)s",
    "syncapp_prospectlink": "unit_id = %(unit)s",
    "syncapp_addressstate": "unit_id = %(unit)s",
    "syncapp_outboundchange": "connector_id = %(connector)s",
    "syncapp_conflict": "unit_id = %(unit)s AND (state = 'open' OR kind = 'duplicate_records')",
    "syncapp_syncerror": "unit_id = %(unit)s AND state <> 'resolved'",
    "syncapp_loosening": "unit_id = %(unit)s AND (state IN ('parked', 'held') "
    "OR decided_at >= %(window)s)",
}
# Of these it only writes, or they are about runs at work, which a shadow has none of.
EMPTY = frozenset(
    {
        "syncapp_apitoken",
        "syncapp_auditentry",
        "syncapp_audithead",
        "syncapp_auditseal",
        "syncapp_backup",
        "syncapp_backuppart",
        "syncapp_changecomment",
        "syncapp_changerequest",
        "syncapp_consenttravel",
        "syncapp_emailevent",
        "syncapp_eventsource",
        "syncapp_fieldchange",
        "syncapp_importfile",
        "syncapp_lease",
        "syncapp_mailabilitycount",
        "syncapp_outboxclaim",
        "syncapp_permit",
        "syncapp_preview",
        "syncapp_previewchange",
        "syncapp_previewperson",
        "syncapp_sharingoutcome",
        "syncapp_syncrange",
        "syncapp_syncrun",
        "syncapp_undoitem",
        "syncapp_upgrade",
    }
)
# Of these it only writes rows that nobody reads there: they need no indexes.
BARE = frozenset({"syncapp_auditentry", "syncapp_auditseal", "syncapp_fieldchange"})
FAR = 10**12  # ids that a shadow gives out begin here: no real row has one
_NAME = re.compile(r"preview_(\d+)_\d+_(before|after)")


def name(run_id: int, attempt: int, which: str) -> str:
    """The schema of one of a preview's two shadows (`before`, `after`), per attempt at the run."""
    return f"preview_{run_id}_{attempt}_{which}"


def bind(schema: str) -> None:
    """From here on this thread's connection, whenever it is opened, works on the shadow alone."""
    connection.close()
    options = dict(connection.settings_dict["OPTIONS"])
    words = [options.get("options"), f"-c search_path={schema}", "-c synchronous_commit=off"]
    options["options"] = " ".join(word for word in words if word)
    connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}


def create(schemas: Sequence[str], *, unit_id: int, connector_id: int, now: datetime) -> None:
    """Make shadows that all show the unit as it is at this moment; real rows are only read."""
    params = {"unit": unit_id, "connector": connector_id, "window": now - WINDOW}
    with transaction.atomic():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        real = db.fetch("SELECT current_schema()")[0][0]
        for schema in schemas:
            db.execute(f"CREATE SCHEMA {schema}")
            _tables(real, schema)
            _sequences(real, schema)
            overlay.create(schema)
            _fill(real, schema, params)
    for schema in schemas:
        for table in FILLED:
            db.execute(f"ANALYZE {schema}.{table}")


def cancel(schema: str) -> None:
    """Ask the sync on a shadow to stop, as any run is asked; nothing when the shadow is gone."""
    if db.fetch("SELECT to_regclass(%s)", [f"{schema}.syncapp_syncrun"])[0][0] is not None:
        db.execute(f"UPDATE {schema}.syncapp_syncrun SET cancel_requested_by = 'preview'")


def drop(schemas: Iterable[str]) -> None:
    """Remove shadows; what is not there is no mistake."""
    for schema in schemas:
        db.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def all_of() -> dict[str, int]:
    """Every shadow in the database, with the run it belongs to."""
    rows = db.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'preview\\_%%'", {})
    found = {row[0]: _NAME.fullmatch(row[0]) for row in rows}
    return {schema: int(match[1]) for schema, match in found.items() if match}


def tables(real: str) -> dict[str, list[str]]:
    """Our tables in a schema, partitions left out, with their storage options."""
    rows = db.fetch(
        "SELECT c.relname, c.reloptions FROM pg_class c WHERE c.relnamespace = %s::regnamespace "
        "AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname LIKE 'syncapp\\_%%' "
        "ORDER BY c.relname",
        [real],
    )
    return {row[0]: row[1] or [] for row in rows}


def _tables(real: str, schema: str) -> None:
    for table, options in tables(real).items():
        stored = ", ".join([*options, "autovacuum_enabled = false"])
        without = " EXCLUDING INDEXES" if table in BARE else ""
        db.execute(
            f"CREATE UNLOGGED TABLE {schema}.{table} (LIKE {real}.{table} INCLUDING ALL{without}) "
            f"WITH ({stored})"
        )


def _sequences(real: str, schema: str) -> None:
    """Numbers of the shadow's own: identity columns, free sequences, and defaults that use them."""
    identities = db.fetch(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = %s::regnamespace AND a.attidentity <> ''",
        [schema],
    )
    for table, column in identities:
        db.execute(f'ALTER TABLE {schema}.{table} ALTER COLUMN "{column}" RESTART WITH {FAR}')
    free = db.fetch(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = %s::regnamespace "
        "AND c.relkind = 'S' AND c.relname LIKE 'syncapp\\_%%' AND NOT EXISTS ("
        "SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')",
        [real],
    )
    for (sequence,) in free:
        db.execute(f"CREATE SEQUENCE {schema}.{sequence} START WITH {FAR}")
    defaults = db.fetch(
        "SELECT c.relname, a.attname, s.relname FROM pg_attrdef v "
        "JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = v.oid "
        "AND d.refclassid = 'pg_class'::regclass "
        "JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S' "
        "JOIN pg_class c ON c.oid = v.adrelid "
        "JOIN pg_attribute a ON a.attrelid = v.adrelid AND a.attnum = v.adnum "
        "WHERE c.relnamespace = %s::regnamespace",
        [schema],
    )
    for table, column, sequence in defaults:
        own = f"{schema}.{sequence}"
        db.execute(
            f"ALTER TABLE {schema}.{table} ALTER COLUMN \"{column}\" SET DEFAULT nextval('{own}')"
        )


def _fill(real: str, schema: str, params: dict[str, object]) -> None:
    for table, condition in FILLED.items():
        columns = ", ".join(_columns(real, table))
        db.execute(
            f"INSERT INTO {schema}.{table} ({columns}) "
            f"SELECT {columns} FROM {real}.{table} WHERE {condition}",
            params,
        )


def _columns(real: str, table: str) -> list[str]:
    """The columns that hold a value of their own; generated ones follow by themselves."""
    rows = db.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [f"{real}.{table}"],
    )
    return [f'"{row[0]}"' for row in rows]
