"""manage.py: `servers` by hand, and which commands start servers at all."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from syncapp import servers

MANAGE = Path(__file__).parents[2] / "manage.py"


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(MANAGE), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | environment,
    )


def printed(*words: str) -> dict[str, Any]:
    done = manage(*words, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_servers_start_status_and_stop_by_hand(data: Path) -> None:
    started = printed("servers", "start")
    assert started["started"] == ["postgres", "valkey"]
    assert started["database_url"].startswith("postgresql://syncline:")
    states = {one["name"]: one["state"] for one in printed("servers", "status")["servers"]}
    assert states == {"postgres": "running", "valkey": "running"}
    assert printed("servers", "stop") == {"data": str(data), "stopped": ["valkey", "postgres"]}
    assert printed("servers", "stop")["stopped"] == []


def test_status_in_words_names_the_state_and_the_data(data: Path) -> None:
    told = manage("servers", "status").stdout.splitlines()
    assert told == ["postgres  stopped", "valkey    stopped", f"data in {data}"]


def test_commands_that_need_no_server_start_none(data: Path) -> None:
    for words in (["version"], ["help"], ["migrate", "--help"], ["check"]):
        assert manage(*words).returncode == 0
    assert not data.exists()


def test_a_command_that_needs_servers_starts_them_and_leaves_them_running(data: Path) -> None:
    done = manage("showmigrations", "contenttypes")
    assert done.returncode == 0, done.stderr
    assert "[ ] 0001_initial" in done.stdout
    assert [one.state for one in servers.status(data)] == ["running", "running"]


def test_a_named_database_is_used_and_no_other_is_started(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    try:
        url = servers.ensure(other, want=("postgres",)).database_url
        done = manage("showmigrations", "contenttypes", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        assert [one.state for one in servers.status(data)] == ["stopped", "running"]
        assert not (data / "encryption.key").exists()
    finally:
        servers.stop(other)


def test_commands_on_one_data_directory_share_their_keys(data: Path) -> None:
    code = "from django.conf import settings; print(settings.SECRET_KEY, settings.ENCRYPTION_KEYS)"
    first, second = (manage("shell", "-v0", "-c", code) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert (data / "encryption.key").read_text() in first.stdout


def test_a_start_that_is_impossible_says_why_and_ends_with_1(data: Path) -> None:
    data.parent.mkdir(exist_ok=True)
    data.mkdir()
    (data / "postgres").mkdir()
    for words in (["servers", "start"], ["showmigrations"]):
        done = manage(*words)
        assert done.returncode == 1
        assert f"The embedded postgres of {data} did not start" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_data_directory_that_cannot_be_made_is_named(data: Path) -> None:
    data.write_text("a file is in the way")
    done = manage("servers", "start", SYNCLINE_DATA=str(data / "below"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"{data / 'below'} cannot be made: Not a directory.")
    data.unlink()
