"""Install a hashed requirements file into the virtualenv that runs this: uv for speed, else pip.

uv does not read pip's configuration, so the package index that pip is told to use is handed to it;
which index that is stays the machine's own matter.
"""

import ast
import os
import subprocess
import sys
from typing import Any

# pip's settings and the variables by which uv takes the same.
HANDED_OVER = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
}
SECTIONS = {"global", "install", ":env:"}


def main(requirements: str) -> int:
    """Install `requirements`; the exit code."""
    wanted = ["--require-hashes", "-r", requirements]
    if run("pip", "install", "-q", "uv").returncode == 0:
        uv = ["uv", "pip", "install", "-q", "--python", sys.executable]
        if run(*uv, *wanted, env=uv_environment()).returncode == 0:
            return 0
        sys.stderr.write("uv could not install the requirements; trying pip.\n")
    return run("pip", "install", "-q", *wanted).returncode


def run(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a module of this Python; a failure is the caller's to see."""
    return subprocess.run([sys.executable, "-m", *words], check=False, text=True, **options)  # noqa: S603


def uv_environment() -> dict[str, str]:
    """The environment for uv: pip's index settings, unless uv has its own."""
    # Every file is checked against its hash, so the best match of all indexes is as safe as pip's.
    environment = {"UV_INDEX_STRATEGY": "unsafe-best-match", **os.environ}
    listing = run("pip", "config", "list", capture_output=True).stdout.splitlines()
    for line in sorted(listing, key=lambda entry: entry.startswith(":env:")):  # the last one wins
        name, _, value = line.partition("=")
        section, _, setting = name.rpartition(".")
        variable = HANDED_OVER.get(setting)
        if variable and section in SECTIONS and variable not in os.environ:
            separator = "," if variable == "UV_FIND_LINKS" else " "
            environment[variable] = separator.join(ast.literal_eval(value).split())
    return environment


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
