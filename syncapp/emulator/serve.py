"""Runs the application in one process: HTTP in a thread of its own, the org in the event loop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable

import orjson
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from .app import Front
from .bulk.worker import keep_working
from .live import keep_editing
from .org import Org

BIGGEST_HEAD = 256 * 1024
# A page is thousands of small dicts without cycles; the default threshold would search them all.
COLLECT_AFTER = (200_000, 20, 20)


async def serve(org: Org, host: str, port: int, *, live: bool) -> None:
    """Serves until SIGTERM or SIGINT."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    front = Front(org, f"http://{host}:{port}")
    server = Server(
        front.asgi,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=BIGGEST_HEAD),
        websockets=False,
        log_enabled=False,
        backlog=1024,
    )
    loop = asyncio.get_running_loop()
    for end in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(end, _stop, front, server.stop)
    serving = loop.create_task(server.serve())
    beside = [loop.create_task(keep_working(org))]
    if live:
        beside.append(loop.create_task(keep_editing(org)))
    await _listening(host, port)
    announce(host, port)
    await serving
    for task in beside:
        task.cancel()


def _stop(front: Front, stop: Callable[[], None]) -> None:
    """Hanging calls are let go, so that they do not hold up the end."""
    front.ended.set()
    stop()


async def _listening(host: str, port: int) -> None:
    """Returns when the port answers."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        await writer.wait_closed()
        return


def announce(host: str, port: int) -> None:
    """The ready line."""
    ready = {"url": f"http://{host}:{port}", "pid": os.getpid()}
    sys.stdout.write(orjson.dumps(ready).decode() + "\n")
    sys.stdout.flush()
