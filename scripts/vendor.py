"""Fetches the browser files that the console serves and records what they are.

A developer runs this, by hand, when a version below changes; CI and the image never do, they
only compare hashes. Invariant: every file under static/vendor/ and static/icons.svg is listed in
static/vendor/MANIFEST.json with its name, version, licence and sha256.
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
VENDOR = STATIC / "vendor"
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+")
SYMBOL = re.compile(r"<path (?!stroke=\"none\")[^>]*/>")


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: which of its files we serve, and under which name."""

    name: str
    version: str
    licence: str
    files: dict[str, str]


SUBSETS = ("latin", "latin-ext", "cyrillic", "greek")
PACKAGES = (
    Package(
        "@tabler/core",
        "1.6.1",
        "MIT",
        {"dist/css/tabler.min.css": "tabler/tabler.min.css"},
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        {f"files/inter-{s}-wght-normal.woff2": f"inter/inter-{s}.woff2" for s in SUBSETS}
        | {"LICENSE": "inter/LICENSE"},
    ),
    Package(
        "uplot",
        "1.6.32",
        "MIT",
        {
            "dist/uPlot.iife.min.js": "uplot/uplot.min.js",
            "dist/uPlot.min.css": "uplot/uplot.min.css",
            "LICENSE": "uplot/LICENSE",
        },
    ),
)
ICON_PACKAGE = Package("@tabler/icons", "3.48.0", "MIT", {"LICENSE": "icons/LICENSE"})
ICONS = """
adjustments alert-triangle archive arrow-back-up arrow-down arrow-right arrow-up arrows-diff ban
bell bolt building bug calendar chart-line check chevron-down chevron-left chevron-right
chevrons-left circle-check circle-dashed circle-minus circle-x clipboard-check clock columns-3 copy
database-export device-desktop dots download edit external-link eye eye-off filter forms
help-circle history hourglass info-circle key layout-dashboard link list-details loader-2 lock
logout mail mail-check mail-forward mail-off mail-x menu-2 moon player-pause player-play player-stop
plug plug-connected plug-connected-x plus refresh rotate-clockwise search selector send server
settings share shield-check shield-half shield-lock stack-2 sun trash trash-x unlink upload user
user-cog user-question users x
""".split()  # noqa: SIM905 - a list of words reads best as words


def fetch(package: Package, folder: Path) -> Path:
    """Unpack one package with `npm pack`; returns the folder of its files."""
    packed = subprocess.run(  # noqa: S603 - the arguments are the constants above
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()[-1]
    target = folder / packed.removesuffix(".tgz")
    with tarfile.open(folder / packed) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def stripped(path: Path) -> bytes:
    """The file without source-map comments: they point at files that are not served."""
    if path.suffix not in {".css", ".js"}:
        return path.read_bytes()
    return SOURCE_MAP.sub("", path.read_text()).rstrip().encode() + b"\n"


def sprite(folder: Path) -> bytes:
    """One SVG with a symbol per icon, drawn in the colour of the text around it."""
    symbols = []
    for name in sorted(ICONS):
        drawing = (folder / "icons" / "outline" / f"{name}.svg").read_text()
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">'
            f"{''.join(SYMBOL.findall(drawing))}</symbol>"
        )
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'.encode()


def main() -> None:
    """Fetch everything, write it and the manifest."""
    entries: list[dict[str, str]] = []

    def write(package: Package, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        entries.append(
            {
                "name": package.name,
                "version": package.version,
                "licence": package.licence,
                "file": str(path.relative_to(STATIC)),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )

    with tempfile.TemporaryDirectory() as scratch:
        for package in (*PACKAGES, ICON_PACKAGE):
            unpacked = fetch(package, Path(scratch))
            for source, target in package.files.items():
                write(package, VENDOR / target, stripped(unpacked / source))
            if package is ICON_PACKAGE:
                write(package, STATIC / "icons.svg", sprite(unpacked))
    manifest = {"made_by": "scripts/vendor.py", "files": entries}
    (VENDOR / "MANIFEST.json").write_text(json.dumps(manifest, indent=2) + "\n")
    sys.stdout.write("".join(f"{e['file']} {e['name']} {e['version']}\n" for e in entries))


if __name__ == "__main__":
    main()
