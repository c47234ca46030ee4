"""The figures as a table for people."""

from typing import Any

COLUMNS = {
    "seconds": "seconds",
    "cpu": "own CPU s",
    "postgres_cpu": "PostgreSQL CPU s",
    "org_cpu": "org CPU s",
    "org_share": "org share",
    "api_calls": "calls",
    "rss_mb": "peak MB",
    "p95_ms": "p95 ms",
    "most_ms": "most ms",
}


def table(figures: dict[str, Any]) -> str:
    """One line a work, then the ratios."""
    works = figures["works"]
    width = max(map(len, works))
    shown = {k: t for k, t in COLUMNS.items() if any(k in found for found in works.values())}
    head = " " * width + "".join(f"{title:>{_width(title)}}" for title in shown.values())
    lines = [f"{figures['scenario']}, n = {figures['n']:,}, median of {figures['repeat']}", head]
    for work, found in works.items():
        cells = (_cell(key, found.get(key), _width(t)) for key, t in shown.items())
        lines.append(f"{work:<{width}}" + "".join(cells))
    lines += [f"{name}: {ratio:.2f}" for name, ratio in figures.get("ratios", {}).items()]
    return "\n".join(lines)


def _width(title: str) -> int:
    return max(len(title), 8) + 2


def _cell(key: str, value: float | None, width: int) -> str:
    if value is None:
        return " " * width
    if key == "org_share":
        return f"{value:>{width}.0%}"
    return f"{value:>{width}.0f}" if key in ("api_calls", "rss_mb") else f"{value:>{width}.2f}"
