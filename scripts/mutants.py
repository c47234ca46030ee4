"""Print how many mutants of syncapp/core the tests kill, and name those that survive.

`make mutants` runs mutmut and then this: exit code 1 below the score that we keep.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

KEPT = 90.0  # percent
KILLED = ("killed", "timeout", "segfault")


def main() -> int:
    """Read mutmut's results; 0 when enough mutants were killed."""
    mutmut = Path(sys.executable).with_name("mutmut")
    told = subprocess.run(
        [mutmut, "results", "--all", "true"], capture_output=True, text=True, check=True
    )
    states = dict(line.strip().split(": ", 1) for line in told.stdout.splitlines() if ": " in line)
    counts = Counter(states.values())
    for name, state in sorted(states.items()):
        if state not in KILLED:
            print(f"{state}: {name}")
    killed = sum(counts[state] for state in KILLED)
    score = 100 * killed / max(1, len(states))
    print(f"{killed} of {len(states)} mutants killed: {score:.1f} % (kept: {KEPT:.0f} %)")
    print("`.venv/bin/mutmut show NAME` prints a mutant.")
    return 0 if score >= KEPT else 1


if __name__ == "__main__":
    sys.exit(main())
