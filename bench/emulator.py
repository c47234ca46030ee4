"""`python -m bench.emulator`: how fast the emulated org itself is, with a million leads.

The client reads and writes bytes without making records of them, so that the org is what is
measured. Each figure has its limit; the exit code tells whether all were kept.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from urllib.parse import quote, urlsplit

import orjson

from bench.org import Org, emulator
from bench.setting import API, CHUNK, CONNECTOR

Figures = dict[str, float]
SOQL = (
    "SELECT Id, Email, FirstName, LastName, Company, City, HasOptedOutOfEmail, SystemModstamp "
    "FROM Lead WHERE SystemModstamp >= 2000-01-01T00:00:00Z ORDER BY SystemModstamp, Id"
)
NEXT = b'"nextRecordsUrl":"'
AT_LEAST = {"query_rows_per_s": 50_000, "update_rows_per_s": 8_000}
AT_MOST = {
    "query_p95_ms": 60, "update_p95_ms": 60, "start_s": 3, "start_after_kill_s": 3, "rss_mb": 1536,
}  # fmt: skip


class Caller:
    """One kept connection of a logged-in client."""

    def __init__(self, org: Org) -> None:
        token = org.control("token", {"username": CONNECTOR})["access_token"]
        self._http = HTTPConnection(urlsplit(org.url).netloc, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.milliseconds: list[float] = []

    def call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer's bytes; what it took is noted."""
        begun = time.perf_counter()
        self._http.request(method, path, body, self._headers)
        answer = self._http.getresponse()
        content = answer.read()
        self.milliseconds.append((time.perf_counter() - begun) * 1000)
        if answer.status >= 300:
            raise SystemExit(f"{method} {path[:80]}: {answer.status} {content[:300]!r}")
        return content

    def pages(self, soql: str) -> Iterator[bytes]:
        """The pages of a query as they come."""
        path = f"{API}/query?q={quote(soql)}"
        while path:
            content = self.call("GET", path)
            yield content
            path = content[:400].partition(NEXT)[2].partition(b'"')[0].decode()

    def update(self, ids: list[str], city: str) -> int:
        """Two fields of up to 200 leads; how many were saved."""
        kind = {"type": "Lead"}
        records = [{"attributes": kind, "id": one, "City": city, "Title": city} for one in ids]
        body = orjson.dumps({"allOrNone": False, "records": records})
        answer = self.call("PATCH", f"{API}/composite/sobjects", body)
        return answer.count(b'"success":true')


def _p95(milliseconds: list[float]) -> float:
    return quantiles(milliseconds, n=20)[-1]


def reading(org: Org, most: int) -> Figures:
    """Pages of 2,000 in the order of the index, from the oldest lead on."""
    caller, rows = Caller(org), 0
    begun = time.perf_counter()
    for page in caller.pages(SOQL):
        rows += page.count(b'"attributes"')
        if rows >= most:
            break
    took = time.perf_counter() - begun
    return {
        "query_rows_per_s": rows / took,
        "query_p95_ms": _p95(caller.milliseconds),
        "query_first_ms": caller.milliseconds[0],
    }


def writing(org: Org, ids: list[str], at_once: int) -> Figures:
    """Collections of 200 by some callers at once."""
    parts = [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]
    callers = [Caller(org) for _ in range(at_once)]

    def send(number: int) -> int:
        mine = list(enumerate(parts))[number::at_once]
        return sum(callers[number].update(part, f"Town {at}") for at, part in mine)

    begun = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        saved = sum(pool.map(send, range(at_once)))
    took = time.perf_counter() - begun
    if saved != len(ids):
        raise SystemExit(f"{saved} of {len(ids)} updates were saved")
    every = [one for caller in callers for one in caller.milliseconds]
    return {"update_rows_per_s": saved / took, "update_p95_ms": _p95(every)}


def first_ids(org: Org, count: int) -> list[str]:
    """The ids of some leads."""
    pages = Caller(org).pages(f"SELECT Id FROM Lead ORDER BY Id LIMIT {count}")
    return [row["Id"] for page in pages for row in orjson.loads(page)["records"]]


def _memory(org: Org) -> float:
    """The most that the org ever had, in MB (Linux)."""
    lines = Path(f"/proc/{org.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def measure(data: Path, n: int, at_once: int) -> Figures:
    """Everything about an org with `n` leads in the folder `data`, made there when it is empty."""
    begun = time.perf_counter()
    with emulator(data, str(n)):
        figures = {"first_start_s": time.perf_counter() - begun}
    begun = time.perf_counter()
    with emulator(data, str(n)) as org:
        figures["start_s"] = time.perf_counter() - begun
        figures |= reading(org, min(n, 300_000))
        ids = first_ids(org, min(n, 100_000))
        figures |= writing(org, ids, at_once)
        figures["rss_mb"] = _memory(org)
        saved = Caller(org).update(ids[:CHUNK], "Killed")
        os.kill(org.pid, signal.SIGKILL)
    begun = time.perf_counter()
    with emulator(data, str(n)) as org:
        figures["start_after_kill_s"] = time.perf_counter() - begun
        (page,) = Caller(org).pages("SELECT COUNT() FROM Lead WHERE City = 'Killed'")
        if orjson.loads(page)["totalSize"] != saved:
            raise SystemExit("What was saved before SIGKILL is not there.")
    return figures


def missed(figures: Figures) -> list[str]:
    """The figures that are beyond their limits."""
    low = [name for name, least in AT_LEAST.items() if figures[name] < least]
    return low + [name for name, most in AT_MOST.items() if figures[name] > most]


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.emulator", description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000, help="leads")
    parser.add_argument("--at-once", type=int, default=1, help="callers that update")
    parser.add_argument("--data", type=Path, help="a folder that keeps the org (default: none)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="syncline-bench-") as scratch:
        figures = measure(given.data or Path(scratch), given.n, given.at_once)
    print(orjson.dumps(figures, option=orjson.OPT_INDENT_2).decode())
    beyond = missed(figures)
    if beyond:
        sys.exit(f"Beyond the limit: {', '.join(beyond)}")


if __name__ == "__main__":
    main()
