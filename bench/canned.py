"""A Salesforce made of bytes: pages rendered beforehand, answers to collections by their Ids.

`python -m bench.canned FOLDER`. It does the least that HTTP allows, so what runs against it shows
its own cost: the physical limit of this machine.
"""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import orjson

from bench.setting import API

IDS = re.compile(rb'"id":"(\w{18})"')
AFTER = re.compile(r"Id > '(\w{18})'")
END_OF_HEAD = b"\r\n\r\n"
EMPTY = b'{"totalSize":0,"done":true,"records":[]}'
Parts = list[bytes]


class Pages:
    """The records of each page as JSON text, found by number or by the Id before them."""

    def __init__(self, folder: Path) -> None:
        facts = orjson.loads((folder / "facts.json").read_bytes())
        self.identity = f"/id/{facts['organization']}/{facts['user']}"
        self._texts = [path.read_bytes() for path in sorted(folder.glob("page-*.json"))]
        self._after = {last: number for number, last in enumerate(facts["last_ids"], start=1)}

    def numbered(self, number: int) -> Parts:
        """A page of a query with a locator."""
        last = number + 1 >= len(self._texts)
        more = f'"done":false,"nextRecordsUrl":"{API}/query/canned-{number + 1}",'
        head = '"done":true,' if last else more
        return [f'{{"totalSize":1,{head}"records":'.encode(), self._texts[number], b"}"]

    def resumed(self, soql: str) -> Parts:
        """A page of a keyset query; the first one when none of our last Ids is in it."""
        if "FROM Lead" not in soql:
            return [EMPTY]
        known = (self._after[i] for i in AFTER.findall(soql) if i in self._after)
        number = next(known, 0)
        if number >= len(self._texts):
            return [EMPTY]
        return [b'{"totalSize":1,"done":true,"records":', self._texts[number], b"}"]


class Canned(asyncio.Protocol):
    """One connection."""

    def __init__(self, pages: Pages, url: str) -> None:
        self._pages = pages
        self._url = url
        self._got = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(END_OF_HEAD)
        if end < 0:
            return
        head = self._got[:end].decode()
        found = re.search(r"(?i)content-length: (\d+)", head)
        whole = end + len(END_OF_HEAD) + (int(found[1]) if found else 0)
        if len(self._got) < whole:
            return
        body = bytes(self._got[end + len(END_OF_HEAD) : whole])
        del self._got[:whole]
        method, target, _ = head.split(" ", 2)
        parts = self._answer(method, target, body)
        size = sum(map(len, parts))
        start = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        )
        self._transport.writelines([start.encode(), *parts])

    def _answer(self, method: str, target: str, body: bytes) -> Parts:
        if method == "PATCH":
            items = b",".join(
                b'{"id":"%s","success":true,"errors":[]}' % i for i in IDS.findall(body)
            )
            return [b"[", items, b"]"]
        if target.endswith("/composite"):
            return self._composite(orjson.loads(body)["compositeRequest"])
        if target.endswith("/token"):
            session = {"access_token": "canned", "instance_url": self._url}
            return [json.dumps({**session, "id": self._url + self._pages.identity}).encode()]
        number = target.rpartition("/query/canned-")[2]
        return self._pages.numbered(int(number) if number.isdigit() else 0)

    def _composite(self, steps: list[dict[str, str]]) -> Parts:
        parts: Parts = []
        for step in steps:
            parts += [b"," if parts else b'{"compositeResponse":[', b'{"body":']
            unchanged = step["url"].endswith("/describe")  # the schema stays as it was read
            parts += [b"null"] if unchanged else self._pages.resumed(unquote(step["url"]))
            status = 304 if unchanged else 200
            reference = step["referenceId"]
            tail = f',"httpHeaders":{{}},"httpStatusCode":{status},"referenceId":"{reference}"}}'
            parts.append(tail.encode())
        return [*parts, b"]}"]


async def serve(folder: Path) -> None:
    """Serve until killed."""
    pages = Pages(folder)
    url = ""
    server = await asyncio.get_running_loop().create_server(
        lambda: Canned(pages, url), "127.0.0.1", 0
    )
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
