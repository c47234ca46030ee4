"""What the browser gets from others is what the manifest says, and nothing is inline."""

import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
ENTRIES = json.loads((STATIC / "vendor/MANIFEST.json").read_text())["files"]


def test_every_vendored_file_has_the_hash_of_the_manifest():
    for entry in ENTRIES:
        content = (STATIC / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["file"]
        assert all(entry[fact] for fact in ("name", "version", "licence"))


def test_no_file_under_vendor_is_missing_from_the_manifest():
    listed = {entry["file"] for entry in ENTRIES}
    found = {
        str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.is_file()
    }
    assert found - {"vendor/MANIFEST.json"} <= listed
    assert "icons.svg" in listed


def test_no_vendored_file_points_at_a_source_map():
    for path in (STATIC / "vendor").rglob("*"):
        if path.suffix in {".css", ".js"}:
            assert "sourceMappingURL" not in path.read_text()


def test_every_symbol_of_the_sprite_is_drawn():
    symbols = re.findall(r"<symbol [^>]*>(.*?)</symbol>", (STATIC / "icons.svg").read_text())
    assert len(symbols) > 60
    assert all("<path" in symbol for symbol in symbols)


def test_no_template_has_inline_script_style_or_an_unescaped_value():
    banned = re.compile(
        r"<style|\sstyle=|\son[a-z]+=|hx-on|\|\s*safe\b|autoescape off|<script(?![^>]*\ssrc=)"
    )
    for template in (ROOT / "templates").rglob("*.html"):
        assert not banned.search(template.read_text()), template
