"""Injected trouble: which calls it strikes, how often, and whether the work is done first.

A fault counts the calls (lock_row: the records) that match it, spares the first `after`, strikes
the next `times` and is then over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .errors import refuse

KINDS = (
    "http_503", "html_503", "cut", "hang", "expire_session", "limit", "lock_row", "commit_lag",
    "slow",
)  # fmt: skip
KEYS = {"when", "after", "times", "kind", "seconds", "after_work"}
CONDITIONS = {"method", "path", "record"}


@dataclass(slots=True)
class Fault:
    """One fault as it was posted, and how often it matched."""

    kind: str
    method: str | None = None
    path: re.Pattern[str] | None = None
    record: re.Pattern[str] | None = None
    after: int = 0
    times: int | None = 1
    seconds: float = 3.0
    after_work: bool = False
    seen: int = field(default=0)

    @classmethod
    def read(cls, given: dict[str, Any]) -> Fault:
        """A fault from the control interface; unknown keys are refused."""
        when = given.get("when") or {}
        unknown = (set(given) - KEYS) | (set(when) - CONDITIONS)
        if unknown or given.get("kind") not in KINDS:
            what = ", ".join(sorted(unknown)) or str(given.get("kind"))
            raise refuse(400, "INVALID_FAULT", f"{what} is not known; kinds are {', '.join(KINDS)}")
        return cls(
            kind=given["kind"],
            method=when["method"].upper() if when.get("method") else None,
            path=re.compile(when["path"]) if when.get("path") else None,
            record=re.compile(when["record"], re.IGNORECASE) if when.get("record") else None,
            after=int(given.get("after") or 0),
            times=None if given.get("times", 1) is None else int(given.get("times", 1)),
            seconds=float(given.get("seconds", 3.0)),
            after_work=bool(given.get("after_work", False)),
        )

    def fits(self, method: str, path: str) -> bool:
        """Whether a call is one of those this fault is about."""
        if self.method is not None and self.method != method:
            return False
        return self.path is None or self.path.search(path) is not None

    def concerns(self, emails: Callable[[], list[str]]) -> bool:
        """Whether one of the call's people is meant (or everybody)."""
        return self.record is None or any(self.record.search(mail) for mail in emails())

    def strikes(self) -> bool:
        """Counts a match and says whether it is struck."""
        self.seen += 1
        past = self.seen - self.after
        return past > 0 and (self.times is None or past <= self.times)

    def as_json(self) -> dict[str, Any]:
        """For GET faults."""
        return {"kind": self.kind, "after": self.after, "times": self.times, "seen": self.seen}


class Faults:
    """The faults in force; `emails_of` a call are only looked up when a fault asks for them."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        self._locks: list[Fault] = []

    def replace(self, given: list[dict[str, Any]]) -> None:
        """The posted list is the whole list; an empty one ends all trouble."""
        self.all = [Fault.read(one) for one in given]

    def strike(
        self, method: str, path: str, emails: Callable[[], list[str]], *, named_only: bool = False
    ) -> Fault | None:
        """The fault that strikes this call, if any; arms the row locks for its records."""
        self._locks = []
        struck = None
        for fault in self.all:
            if not fault.fits(method, path) or (named_only and fault.path is None):
                continue
            if fault.kind == "lock_row":
                self._locks.append(fault)
            elif struck is None and fault.concerns(emails) and fault.strikes():
                struck = fault
        return struck

    def arm(self, method: str, path: str) -> None:
        """Arms the row locks for records that a job saves, as the call that brought them would."""
        self._locks = [one for one in self.all if one.kind == "lock_row" and one.fits(method, path)]

    @property
    def locking(self) -> bool:
        """Whether records of the running call may be locked."""
        return bool(self._locks)

    def check_lock(self, record_id: str, email: str | None) -> None:
        """UNABLE_TO_LOCK_ROW when a lock is on this record."""
        for fault in self._locks:
            if fault.record is not None and not fault.record.search(email or ""):
                continue
            if fault.strikes():
                raise refuse(
                    400,
                    "UNABLE_TO_LOCK_ROW",
                    "unable to obtain exclusive access to this record or 1 records: " + record_id,
                )
