"""Cuts the connection to one client, as a dying network does: no answer, no goodbye."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence


def cut_connection(client: Sequence[object]) -> None:
    """Shuts down the socket whose other end is `client` (host, port).

    The web server keeps its sockets to itself, so it is found among the process's descriptors.
    """
    wanted = (str(client[0]), int(str(client[1])))
    for name in os.listdir("/dev/fd"):
        try:
            descriptor = os.dup(int(name))
        except OSError:
            continue
        try:
            with socket.socket(fileno=descriptor) as candidate:
                if candidate.getpeername()[:2] == wanted:
                    candidate.shutdown(socket.SHUT_RDWR)
        except OSError:
            os_close_quietly(descriptor)


def os_close_quietly(descriptor: int) -> None:
    """Closes what turned out to be no connected socket (its socket object may have done so)."""
    try:
        os.close(descriptor)
    except OSError:
        return
