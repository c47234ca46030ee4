"""The house keeps its own rules (architecture.md §1, §2, §8)."""

import ast
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = [
    Path(name)
    for name in subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    if name and (ROOT / name).exists()
]
PYTHON = [f for f in FILES if f.suffix == ".py" and "migrations" not in f.parts]
PRODUCT = [f for f in PYTHON if f.parts[0] in ("syncapp", "dashboard")]
TEMPLATES = [f for f in FILES if f.suffix == ".html"]


def test_no_python_file_is_over_400_lines() -> None:
    long = {str(f): n for f in PYTHON if (n := len((ROOT / f).read_text().splitlines())) > 400}
    assert long == {}


def test_no_function_of_the_product_is_over_40_lines() -> None:
    long = []
    for file in PRODUCT:
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[0].lineno if node.body else node.lineno
                length = (node.end_lineno or node.lineno) - body + 1
                if length > 40:
                    long.append(f"{file}:{node.name} {length}")
    assert long == []


def test_every_module_of_the_product_says_what_it_is_for() -> None:
    silent = [
        str(f)
        for f in PRODUCT
        if (text := (ROOT / f).read_text()).strip() and ast.get_docstring(ast.parse(text)) is None
    ]
    assert silent == []


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")
    found = [str(f) for f in PRODUCT if marks.search((ROOT / f).read_text())]
    assert found == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    marks = re.compile(r"pytest\.(skip|importorskip|xfail)|mark\.(skip|skipif|xfail)\b")
    here = Path("tests/architecture/test_house.py")
    tests = [f for f in PYTHON if f.parts[0] == "tests" and f != here]
    assert [str(f) for f in tests if marks.search((ROOT / f).read_text())] == []


@pytest.mark.parametrize(
    "forbidden",
    [
        r"<script(?![^>]*(src=|application/json))",
        r"<style",
        r"\sstyle=",
        r"\son\w+=",
        r"\|\s*safe\b",
        r"autoescape off",
        r"hx-on",
    ],
)
def test_no_template_has_inline_script_style_or_unescaped_output(forbidden: str) -> None:
    pattern = re.compile(forbidden)
    assert [str(f) for f in TEMPLATES if pattern.search((ROOT / f).read_text())] == []


def test_vendored_files_are_the_ones_the_manifest_names() -> None:
    manifest = json.loads((ROOT / "static/vendor/MANIFEST.json").read_text())
    entries = manifest["files"] if isinstance(manifest, dict) else manifest
    for entry in entries:
        content = (ROOT / "static" / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["file"]
        assert entry["version"]
        assert entry["licence"]


def test_models_and_migrations_agree() -> None:
    checked = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_layers_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    kept = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert kept.returncode == 0, kept.stdout


def test_nothing_names_a_machine_or_a_registry() -> None:
    hosts = re.compile(
        r"/work/|/root/|pypi\.org|registry\.npmjs|deb\.debian\.org|files\.pythonhosted"
    )
    texts = [
        f
        for f in FILES
        if f.suffix in {".py", ".md", ".txt", ".toml", ".yml", ".json", ".html", ""}
    ]
    here = Path("tests/architecture/test_house.py")
    found = [
        str(f)
        for f in texts
        if f != here
        and "vendor" not in f.parts
        and hosts.search((ROOT / f).read_text(errors="ignore"))
    ]
    assert found == []
