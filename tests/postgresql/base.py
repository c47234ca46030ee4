"""Django's PostgreSQL backend with a quick flush between tests.

TRUNCATE gives every table and index a new file, which takes longer than most tests; few tables have
rows, so those rows are deleted instead.
"""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations

HISTORY = "syncapp_fieldchange"  # partitioned: no model of Django's

# Some tables refuse a DELETE.
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"
WITH_TRIGGERS = "SET LOCAL session_replication_role = origin"


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        if options.get("reset_sequences") or options.get("allow_cascade"):
            return super().sql_flush(style, tables, **options)
        deletes = [f"DELETE FROM {table}" for table in self._filled([*tables, HISTORY])]
        return [WITHOUT_TRIGGERS, *deletes, WITH_TRIGGERS] if deletes else []

    def _filled(self, tables: Sequence[str]) -> list[str]:
        probes = (f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables)
        with self.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(probes))
            return [row[0] for row in cursor.fetchall()]


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
