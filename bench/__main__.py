"""`python -m bench`: how fast a sync is, beside what any sync must do at least.

Prints a table on stderr and one JSON document on stdout.
"""

import argparse
import sys

import orjson

from bench import backup, consent, cycle, kills, small
from bench.report import table

SCENARIOS = {
    "cycle": 100_000,
    "thousand": 20_000,
    "idle": 2_000,
    "full": 20_000,
    "preview": 100_000,
    "pages": 100_000,
    "consent": 50_000,
    "backup": 1_000_000,
    "kills": 100_000,
}
OTHERS = {
    **small.SCENARIOS,
    "consent": consent.consent,
    "backup": backup.backup,
    "kills": kills.kills,
}


def main() -> None:
    """Run one scenario."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenario", nargs="?", choices=SCENARIOS, default="cycle")
    parser.add_argument("--n", type=int, help="prospects (default: by scenario)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each work; medians count")
    parser.add_argument(
        "--only", action="append", choices=cycle.WORKS, help="a work of the cycle; may be repeated"
    )
    parser.add_argument("--profile", help="write a cProfile of the engine's run to this file")
    given = parser.parse_args()
    n = given.n or SCENARIOS[given.scenario]
    if given.scenario == "cycle":
        works = tuple(given.only or cycle.WORKS)
        figures = cycle.measure(n, given.repeat, works, given.profile)
    else:
        figures = OTHERS[given.scenario](n, given.repeat)
    print(table(figures), file=sys.stderr)
    print(orjson.dumps(figures, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
