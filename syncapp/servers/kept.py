"""What a data directory with embedded servers keeps for every command that runs on it: its keys.

A database is of no use without the key that its secrets are encrypted with, so the key lives beside
it and each command finds it. With DATABASE_URL the installation brings its own keys.
"""

from collections.abc import MutableMapping
from pathlib import Path

from syncapp.servers.layout import secret

DEMO_LOCK = "demo.lock"
_DEMO = {
    "SYNCLINE_ALLOW_EMULATOR": "1",
    "SYNCLINE_SF_SECRET": "syncline-secret",
    "SYNCLINE_SF_SECRET_EMEA": "syncline-emea-secret",
}


def keys(data: Path) -> dict[str, str]:
    """The keys of `data`, made at the first call."""
    return {
        "SECRET_KEY": secret(data / "secret.key"),
        "SYNCLINE_ENCRYPTION_KEYS": secret(data / "encryption.key"),
    }


def demo_settings(data: Path) -> dict[str, str]:
    """What the programs of the demo and the commands beside them share."""
    return keys(data) | _DEMO


def complete(environment: MutableMapping[str, str], data: Path) -> None:
    """Set in `environment` what it lacks to work on the embedded database of `data`."""
    kept = demo_settings(data) if (data / DEMO_LOCK).exists() else keys(data)
    for name, value in kept.items():
        environment.setdefault(name, value)
