"""What processes use: CPU seconds and peak memory; medians of repeated runs."""

import math
import os
import resource
import sys
from pathlib import Path
from statistics import median

TICKS = os.sysconf("SC_CLK_TCK")


def own_use(since: float = 0.0) -> dict[str, float]:
    """CPU seconds (after `since` of them) and peak memory (MB) of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": use.ru_utime + use.ru_stime - since, "rss_mb": _peak(use.ru_maxrss)}


def _peak(told: int) -> float:
    """MB; Linux's ru_maxrss begins with what the parent had used, its VmHWM does not."""
    status = Path("/proc/self/status")
    if not status.exists():
        return told / (1024**2 if sys.platform == "darwin" else 1024)
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def cpu_of(pid: int) -> float:
    """CPU seconds of a process with its ended children (Linux; elsewhere 0)."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """The median of every figure of some runs."""
    return {key: median(run[key] for run in runs) for key in runs[0]}


def percentile(values: list[float], percent: int) -> float:
    """The value that `percent` of 100 are at most (nearest rank)."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]
