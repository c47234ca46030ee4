"""Who the servers run as: never root, and never by opening somebody's private folders.

PostgreSQL refuses to run as root. Started by root, the servers run as `nobody` when that user can
reach the data and the binaries; below a private folder (mode 0700, as homes and temporary folders
are) they keep root's files but run in a user namespace of their own, where they are not root.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from syncapp.servers.errors import ServersError

_UNPRIVILEGED = "nobody"
_CLONE_NEWUSER = 0x10000000
_INSIDE_NAMESPACE = 1000


@dataclass(frozen=True, slots=True)
class Account:
    """The user of a server process and of its files."""

    uid: int
    gid: int
    switch: bool = False
    namespace: bool = False

    def own(self, path: Path) -> None:
        """Give `path`, and all below it, to this account (only root can; others own it already)."""
        if os.geteuid() != 0 or path.lstat().st_uid == self.uid:
            return
        for folder, _, files in os.walk(path):
            for name in (".", *files):
                os.chown(Path(folder, name), self.uid, self.gid, follow_symlinks=False)

    def popen_options(self) -> dict[str, object]:
        """The options of `subprocess.Popen` that make a child run as this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def account_for(*paths: Path) -> Account:
    """The account that can run servers from and on `paths` (existing files or folders)."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if all(_reachable_by_others(path) for path in paths):
        user = pwd.getpwnam(_UNPRIVILEGED)
        return Account(user.pw_uid, user.pw_gid, switch=True)
    return Account(0, os.getegid(), namespace=True)


def _reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def enter_user_namespace() -> None:
    """In a child before exec: leave root for an ordinary user that still owns root's files."""
    import ctypes  # noqa: PLC0415 only servers started by root below a private folder need it

    uid, gid = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare: user namespaces are not allowed here")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_INSIDE_NAMESPACE} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_INSIDE_NAMESPACE} {gid} 1")


def namespace_error(data_dir: Path) -> ServersError:
    """What to tell when `enter_user_namespace` failed."""
    return ServersError(
        f"The embedded servers cannot run on {data_dir}: started by root they must give up root,"
        f" the user {_UNPRIVILEGED} cannot reach that folder (or this Python's packages), and this"
        " system allows no user namespaces. Set SYNCLINE_DATA to a folder below /var/lib or /tmp"
        " that others may enter, or start as an ordinary user."
    )
