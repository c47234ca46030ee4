"""What two shadows tell: changes and people of a preview, compared and kept set-wise.

`before` is the shadow that synced without the change, `after` the one that synced with it. A
prospect that a shadow made is known by its record: the two may have numbered it differently.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.store import db
from syncapp.store.shadow import FAR

FLAGS = (  # what decides mailability; five soft bounces are as good as more
    "opted_out",
    "do_not_email",
    "hard_bounced",
    "soft_bounces",
    "complained",
    "archived",
    "held_opt_out",
)
Flags = tuple[Any, ...]
_STATUS = [
    ("at", "text"),
    *((flag, "integer" if flag == "soft_bounces" else "boolean") for flag in FLAGS),
    ("status", "text"),
]
_CONSENT = ", ".join(f"'{key}'" for key in sorted(CONSENT_KEYS))
_SAME = (
    "x.key = y.key AND x.field = y.field AND x.side = y.side AND x.held = y.held "
    "AND x.old = y.old AND x.new = y.new"
)


def remember_start(before: str) -> None:
    """Keep who was mailable at the start; the shadow is still as the unit is."""
    db.execute(
        f"CREATE UNLOGGED TABLE {before}.was AS SELECT id, email, {_flags('p')} "
        f"FROM {before}.syncapp_prospect p"
    )
    db.execute(f"ALTER TABLE {before}.was ADD PRIMARY KEY (id)")


def keep(
    run_id: int, before: str, after: str, status_of: Callable[[str, Flags], str]
) -> dict[str, dict[str, int]]:
    """Keep what would change and for whom; prospects by status, `before` and `after`.

    `status_of` is asked once per combination of flags; its first argument says when: `before`,
    `without` or `after`.
    """
    for schema in (before, after):
        _tell(schema)
    with transaction.atomic():
        drop([run_id])
        _keep_changes(run_id, before, after)
        _stage_statuses(before, after, status_of)
        _keep_people(run_id, before, after)
        tables = {"before": f"{before}.was", "after": f"{after}.syncapp_prospect"}
        return {at: _statuses(at, table) for at, table in tables.items()}


def _tell(schema: str) -> None:
    """One row a changed field, and one a loosening that the guard holds."""
    db.execute(
        f"CREATE UNLOGGED TABLE {schema}.told AS SELECT told.*, "
        f"CASE WHEN told.prospect_id < {FAR} THEN told.prospect_id::text "
        "ELSE coalesce(l.contact_id, l.lead_id, told.prospect_id::text) END AS key FROM ("
        "SELECT f.id AS place, c.n, f.prospect_id, false AS held, c.change->>'field' AS field, "
        "c.change->>'side' AS side, c.change->'old' AS old, c.change->'new' AS new, "
        "c.change->>'winner' AS winner, c.change->>'rule' AS rule "
        f"FROM {schema}.syncapp_fieldchange f "
        "CROSS JOIN LATERAL jsonb_array_elements(f.changes) WITH ORDINALITY AS c(change, n) "
        "UNION ALL SELECT o.id, 0, o.prospect_id, true, o.field, o.side, o.change->'old', "
        "o.change->'new', o.change->>'winner', o.change->>'rule' "
        f"FROM {schema}.syncapp_loosening o WHERE o.state = 'held' AND o.run_id >= {FAR}) told "
        f"LEFT JOIN {schema}.syncapp_prospectlink l "
        f"ON l.prospect_id = told.prospect_id AND told.prospect_id >= {FAR}"
    )
    db.execute(f"ANALYZE {schema}.told")


def _keep_changes(run_id: int, before: str, after: str) -> None:
    db.execute(
        "INSERT INTO syncapp_previewchange (run_id, prospect_id, prospect, field, side, old, new, "
        "winner, rule, caused, held) "
        "SELECT %s, y.prospect_id, coalesce(w.email, p.email, ''), y.field, y.side, y.old, y.new, "
        "y.winner, y.rule, x.key IS NULL, y.held "
        f"FROM {after}.told y "
        f"LEFT JOIN (SELECT DISTINCT key, field, side, held, old, new FROM {before}.told) x "
        f"ON {_SAME} "
        f"LEFT JOIN {before}.was w ON w.id = y.prospect_id "
        f"LEFT JOIN {after}.syncapp_prospect p ON p.id = y.prospect_id "
        "ORDER BY y.prospect_id, y.held, y.place, y.n",
        [run_id],
    )


def _stage_statuses(before: str, after: str, status_of: Callable[[str, Flags], str]) -> None:
    tables = {
        "before": f"{before}.was",
        "without": f"{before}.syncapp_prospect",
        "after": f"{after}.syncapp_prospect",
    }
    rows: list[tuple[Any, ...]] = []
    for at, table in tables.items():
        found = db.fetch(f"SELECT DISTINCT {_flags('p')} FROM {table} p")
        rows += [(at, *flags, status_of(at, flags)) for flags in found]
    db.stage("t_status", _STATUS, rows)


def _keep_people(run_id: int, before: str, after: str) -> None:
    db.execute(
        "INSERT INTO syncapp_previewperson (run_id, prospect_id, prospect, before, without, after, "
        "to_ae, to_salesforce, opted_in_there, held, caused) "
        "SELECT %(run)s, p.id, coalesce(w.email, p.email, ''), coalesce(sw.status, ''), "
        "coalesce(sx.status, ''), sp.status, coalesce(c.to_ae, false), "
        "coalesce(c.to_salesforce, false), coalesce(c.opted_in_there, false), "
        "coalesce(c.held, false), "
        "coalesce(c.caused, false) OR (w.id IS NOT NULL AND sp.status <> sx.status) "
        f"FROM {after}.syncapp_prospect p "
        f"LEFT JOIN {before}.was w ON w.id = p.id "
        f"LEFT JOIN {before}.syncapp_prospect x ON x.id = p.id AND p.id < {FAR} "
        f"LEFT JOIN t_status sw ON sw.at = 'before' AND {_match('sw', 'w')} "
        f"LEFT JOIN t_status sx ON sx.at = 'without' AND {_match('sx', 'x')} "
        f"JOIN t_status sp ON sp.at = 'after' AND {_match('sp', 'p')} "
        "LEFT JOIN (SELECT prospect_id, "
        " bool_or(NOT held AND side = 'ae') AS to_ae, "
        " bool_or(NOT held AND side = 'sf') AS to_salesforce, "
        " bool_or(NOT held AND side = 'sf' AND old = 'true') AS opted_in_there, "
        " bool_or(held) AS held, bool_or(caused) AS caused "
        " FROM syncapp_previewchange WHERE run_id = %(run)s "
        f" AND field IN ({_CONSENT}) AND old <> new AND old <> 'null' GROUP BY 1) c "
        "ON c.prospect_id = p.id "
        "WHERE c.prospect_id IS NOT NULL OR (w.id IS NOT NULL AND sw.status <> sp.status) "
        "ORDER BY p.id",
        {"run": run_id},
    )


def _statuses(at: str, table: str) -> dict[str, int]:
    rows = db.fetch(
        f"SELECT s.status, count(*) FROM {table} p "
        f"JOIN t_status s ON s.at = %s AND {_match('s', 'p')} GROUP BY 1 ORDER BY 1",
        [at],
    )
    return dict(rows)


def counts(run_id: int, before: str, after: str) -> dict[str, int]:
    """The whole preview in numbers."""
    changes = db.fetch(
        "SELECT count(*) FILTER (WHERE NOT held), count(*) FILTER (WHERE caused AND NOT held), "
        "count(*) FILTER (WHERE NOT caused AND NOT held), count(*) FILTER (WHERE held), "
        "count(DISTINCT prospect_id) FILTER (WHERE NOT held), "
        "count(DISTINCT prospect_id) FILTER (WHERE side = 'ae' AND NOT held), "
        "count(DISTINCT prospect_id) FILTER (WHERE side = 'sf' AND NOT held) "
        "FROM syncapp_previewchange WHERE run_id = %s",
        [run_id],
    )[0]
    people = db.fetch(
        "SELECT count(*) FILTER (WHERE before NOT IN ('', 'mailable') AND after = 'mailable'), "
        "count(*) FILTER (WHERE before = 'mailable' AND after <> 'mailable'), "
        "count(*) FILTER (WHERE to_salesforce), count(*) FILTER (WHERE to_ae), "
        "count(*) FILTER (WHERE opted_in_there) FROM syncapp_previewperson WHERE run_id = %s",
        [run_id],
    )[0]
    prevented = db.fetch(
        f"SELECT count(*) FROM {before}.told x WHERE NOT x.held AND NOT EXISTS "
        f"(SELECT 1 FROM {after}.told y WHERE {_SAME})"
    )[0]
    names = (
        *("changes", "caused", "already_waiting", "held_changes"),
        *("prospects_concerned", "prospects", "records"),
        *("becomes_mailable", "stops_being_mailable", "consent_to_salesforce", "consent_to_ae"),
        *("opted_in_in_salesforce", "prevented"),
    )
    return dict(zip(names, (*changes, *people, *prevented), strict=True))


def effect(run_id: int) -> str:
    """A hash of what the change causes, in an order that only the effect decides."""
    rows = db.fetch(
        "SELECT encode(sha256(convert_to(coalesce(string_agg(t, E'\\n' ORDER BY t), ''), 'UTF8')), "
        "'hex') FROM (SELECT concat_ws('|', CASE WHEN prospect_id < %s THEN prospect_id::text "
        'ELSE prospect END, field, side, old, new, held) COLLATE "C" AS t '
        "FROM syncapp_previewchange WHERE run_id = %s AND caused) told",
        [FAR, run_id],
    )
    return str(rows[0][0])


def drop(run_ids: Sequence[int]) -> None:
    """Forget what these runs found."""
    for table in ("syncapp_previewchange", "syncapp_previewperson", "syncapp_preview"):
        db.execute(f"DELETE FROM {table} WHERE run_id = ANY(%s)", [list(run_ids)])


def _flags(table: str) -> str:
    return ", ".join(
        f"least({table}.{f}, 5)::integer AS {f}" if f == "soft_bounces" else f"{table}.{f}"
        for f in FLAGS
    )


def _match(status: str, table: str) -> str:
    return " AND ".join(
        f"{status}.{f} = least({table}.{f}, 5)"
        if f == "soft_bounces"
        else f"{status}.{f} = {table}.{f}"
        for f in FLAGS
    )
