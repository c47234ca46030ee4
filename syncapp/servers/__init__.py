"""Embedded PostgreSQL and Valkey, and the supervisor of the demo.

Imports nothing of the rest of the product and runs before Django does. A server belongs to its data
directory: whoever needs it starts or joins it there, and it keeps running until `stop`.
"""

from syncapp.servers.errors import ServersError
from syncapp.servers.lifecycle import (
    Endpoints,
    ServerStatus,
    dead,
    ensure,
    ensure_named,
    status,
    stop,
)

__all__ = [
    "Endpoints",
    "ServerStatus",
    "ServersError",
    "dead",
    "ensure",
    "ensure_named",
    "status",
    "stop",
]
