"""Embedded servers: started, joined, stopped, and nothing lost when they are killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from syncapp import servers
from syncapp.servers import lifecycle, processes
from syncapp.servers.layout import Layout

MANAGE = Path(__file__).parents[2] / "manage.py"


def killed(data: Path, name: str) -> None:
    (server,) = (one for one in servers.status(data) if one.name == name)
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: servers.dead(data, (name,)) == (name,), 10)


def test_a_cold_start_gives_a_database_and_a_queue_that_answer(data: Path) -> None:
    endpoints = servers.ensure(data)
    with psycopg.connect(endpoints.database_url) as connection:
        row = connection.execute(
            "select current_database(), current_setting('server_version_num')::int,"
            " current_setting('fsync'), current_setting('listen_addresses')"
        ).fetchone()
    assert row is not None
    assert row[0] == "syncline"
    assert row[1] >= 180000
    assert row[2:] == ("on", "")
    queue = redis.from_url(endpoints.redis_url)
    assert queue.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert queue.config_get("appendonly") == {"appendonly": "yes"}
    assert endpoints.started == ("postgres", "valkey")


def test_strings_sort_by_code_point_as_in_production(data: Path) -> None:
    with psycopg.connect(servers.ensure(data).database_url) as connection:
        names = [("a",), ("B",), ("é",)]
        rows = connection.execute(
            "select name from (values ('é'), ('a'), ('B')) as x(name) order by name"
        ).fetchall()
        lowered = connection.execute("select lower('É')").fetchone()
    assert rows == [names[1], names[0], names[2]]
    assert lowered == ("é",)


def test_the_database_refuses_a_wrong_password(data: Path) -> None:
    url = servers.ensure(data).database_url
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="wrong")


def test_the_second_call_joins_what_runs(data: Path) -> None:
    first = servers.ensure(data)
    before = servers.status(data)
    second = servers.ensure(data)
    assert second.started == ()
    assert (second.database_url, second.redis_url) == (first.database_url, first.redis_url)
    assert servers.status(data) == before


def test_only_the_wanted_server_is_started(data: Path) -> None:
    assert servers.ensure(data, want=("valkey",)).started == ("valkey",)
    assert [one.state for one in servers.status(data)] == ["stopped", "running"]


def test_commands_that_start_at_once_share_one_pair_of_servers(data: Path) -> None:
    command = [sys.executable, str(MANAGE), "servers", "start", "--json"]
    commands = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(5)]
    printed = [json.loads(one.communicate(timeout=60)[0]) for one in commands]
    assert sorted(one["started"] for one in printed) == [[], [], [], [], ["postgres", "valkey"]]
    assert len({(one["database_url"], one["redis_url"]) for one in printed}) == 1


def test_stop_ends_both_and_what_was_written_is_there_at_the_next_start(data: Path) -> None:
    endpoints = servers.ensure(data)
    write_row(endpoints.database_url)
    redis.from_url(endpoints.redis_url).set("job", "queued")
    assert sorted(servers.stop(data)) == ["postgres", "valkey"]
    assert [one.state for one in servers.status(data)] == ["stopped", "stopped"]
    assert not Layout(data).sockets.exists()
    assert servers.stop(data) == []
    servers.ensure(data)
    assert rows_in(endpoints.database_url) == 1
    assert redis.from_url(endpoints.redis_url).get("job") == b"queued"


def test_a_killed_postgres_starts_again_with_every_committed_row(data: Path) -> None:
    endpoints = servers.ensure(data)
    write_row(endpoints.database_url)
    killed(data, "postgres")
    assert servers.ensure(data).started == ("postgres",)
    assert rows_in(endpoints.database_url) == 1


def test_a_killed_valkey_starts_again_with_every_job(data: Path) -> None:
    endpoints = servers.ensure(data)
    queue = redis.from_url(endpoints.redis_url)
    for number in range(1000):
        queue.rpush("jobs", number)
    killed(data, "valkey")
    assert servers.ensure(data).started == ("valkey",)
    assert redis.from_url(endpoints.redis_url).llen("jobs") == 1000


def test_a_reused_process_id_in_the_pid_file_does_not_block_the_start(data: Path) -> None:
    layout = Layout(data)
    servers.ensure(data)
    killed(data, "postgres")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        for file in (layout.lock("postgres"), layout.postgres / "postmaster.pid"):
            lines = file.read_text().split("\n")
            file.write_text("\n".join([str(innocent.pid), *lines[1:]]))
        assert servers.ensure(data).started == ("postgres",)
        innocent.kill()


def test_a_server_cut_off_from_its_socket_is_replaced(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "SILENCE_SECONDS", 0.3)
    endpoints = servers.ensure(data)
    write_row(endpoints.database_url)
    Layout(data).postgres_socket.unlink()
    assert [one.state for one in servers.status(data)] == ["silent", "running"]
    assert servers.ensure(data).started == ("postgres",)
    assert rows_in(endpoints.database_url) == 1


def test_servers_whose_data_was_removed_are_ended_and_new_ones_begin(data: Path) -> None:
    servers.ensure(data)
    orphans = [server.pid for server in servers.status(data)]
    data.rename(data.with_name("removed"))
    endpoints = servers.ensure(data)
    assert endpoints.started == ("postgres", "valkey")
    for pid in orphans:
        assert processes.wait_until(lambda pid=pid: not Path(f"/proc/{pid}").exists(), 10)
    with psycopg.connect(endpoints.database_url) as connection:
        connection.execute("select 1")
    assert redis.from_url(endpoints.redis_url).ping()


def test_a_start_that_fails_says_what_the_server_said(data: Path) -> None:
    servers.ensure(data)
    servers.stop(data)
    (Layout(data).postgres / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(servers.ServersError, match=r"(?s)postgres of .* did not start.*9\.6"):
        servers.ensure(data)


def test_an_interrupted_initdb_leaves_no_half_made_cluster(data: Path) -> None:
    draft = data / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    assert rows_after_start(data) == 0


def test_the_servers_do_not_run_as_root(data: Path) -> None:
    servers.ensure(data)
    for server in servers.status(data):
        status = Path(f"/proc/{server.pid}/status").read_text()
        inside = Path(f"/proc/{server.pid}/uid_map").read_text().split()
        effective = int(status.split("Uid:")[1].split()[1])
        assert effective != 0 or inside[0] != "0"
        assert "CapEff:\t0000000000000000" in status


def test_private_folders_stay_private(data: Path) -> None:
    before = data.parent.stat().st_mode
    servers.ensure(data)
    assert data.parent.stat().st_mode == before
    assert data.stat().st_mode & 0o066 == 0
    for file in (data / "postgres.password", data / "postgres.log", data / "valkey.log"):
        assert file.stat().st_mode & 0o077 == 0


def test_a_socket_folder_that_is_no_folder_of_ours_is_refused(data: Path) -> None:
    sockets = Layout(data).sockets
    sockets.symlink_to(data.parent)
    try:
        with pytest.raises(servers.ServersError, match="made by another user"):
            servers.ensure(data)
    finally:
        sockets.unlink()


def write_row(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create table if not exists kept (id int)")
        connection.execute("insert into kept values (1)")


def rows_in(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select count(*) from kept").fetchone()
    assert row is not None
    return int(row[0])


def rows_after_start(data: Path) -> int:
    url = servers.ensure(data).database_url
    with psycopg.connect(url) as connection:
        connection.execute("create table kept (id int)")
    return rows_in(url)
