"""Whether static files must be collected again: compressing takes seconds, comparing none."""

import hashlib
from pathlib import Path

_NOTE = ".collected-from"
# Our own files, and the packages (by their lock) and settings that bring or name others.
_SOURCES = ("static", "requirements/base.txt", "dashboard/settings.py")


def is_stale(base: Path, collected: Path) -> bool:
    """Whether `collected` was made from other files than those below `base` now."""
    note = collected / _NOTE
    return not note.exists() or note.read_text() != _fingerprint(base)


def note(base: Path, collected: Path) -> None:
    """Remember what `collected` was made from."""
    (collected / _NOTE).write_text(_fingerprint(base))


def _fingerprint(base: Path) -> str:
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = base / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            found = file.stat()
            digest.update(f"{file}\0{found.st_mtime_ns}\0{found.st_size}\n".encode())
    return digest.hexdigest()
