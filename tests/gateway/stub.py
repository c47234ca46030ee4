"""A scripted HTTP server that records what it is asked: for answers no well-behaved org gives."""

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

SECRET = "very-secret-consumer-secret"
ORG, USER = "00D000000000001AAA", "005000000000001AAA"


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Reply:
    """An answer; `hang` waits seconds first, `cut` closes the connection after so many bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    cut: int | None = None

    def encoded(self) -> bytes:
        if isinstance(self.body, str):
            return self.body.encode()
        return b"" if self.body is None else json.dumps(self.body).encode()


CUT = Reply(cut=0)
EXPIRED = Reply(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
HTML_503 = Reply(503, "<html><body>Maintenance</body></html>", {"Content-Type": "text/html"})


def token_reply(base: str, number: int, user: str = USER) -> Reply:
    return Reply(
        200,
        {
            "access_token": f"secret-token-{number}",
            "instance_url": base,
            "id": f"{base}/id/{ORG}/{user}",
            "token_type": "Bearer",
        },
    )


def saved(seen: Seen) -> Reply:
    """Every record of a collections request saved, ids made up for new ones."""
    items = [
        {"id": item.get("id", f"00Q{number:015d}"), "success": True, "errors": []}
        for number, item in enumerate(seen.body["records"])
    ]
    return Reply(200, items)


def page(*answers: list[dict[str, Any]]) -> Reply:
    """A composite answer with one finished page per query."""
    bodies = [{"totalSize": len(rows), "done": True, "records": rows} for rows in answers]
    return composite(*((200, body) for body in bodies))


def composite(*answers: tuple[int, Any]) -> Reply:
    subs = [
        {"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": f"query{n}"}
        for n, (status, body) in enumerate(answers)
    ]
    return Reply(200, {"compositeResponse": subs})


class Server(ThreadingHTTPServer):
    """Does not wait for hanging answers, and is silent about clients that left before them."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class StubOrg:
    """Serves `script` reply by reply, then `default`; logins are answered by `login`."""

    def __init__(self) -> None:
        self.calls: list[Seen] = []
        self.logins: list[Seen] = []
        self.script: list[Reply | Callable[[Seen], Reply]] = []
        self.default: Reply | Callable[[Seen], Reply] = saved
        self.login: Callable[[int], Reply] = lambda number: token_reply(self.url, number)
        self._lock = threading.Lock()
        self._server = Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def queries(self) -> list[str]:
        """The SOQL of every composite sub-request so far."""
        bodies = [seen.body for seen in self.calls if seen.path.endswith("/composite")]
        urls = [sub["url"] for body in bodies for sub in body["compositeRequest"]]
        return [unquote(url.split("?q=")[1]) for url in urls]

    def answer(self, seen: Seen) -> Reply:
        with self._lock:
            if "/oauth2/" in seen.path:
                self.logins.append(seen)
                return self.login(len(self.logins))
            self.calls.append(seen)
            reply = self.script.pop(0) if self.script else self.default
        return reply(seen) if callable(reply) else reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        org = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                is_json = raw[:1] in (b"{", b"[")
                body = json.loads(raw) if is_json else raw.decode()
                reply = org.answer(Seen(self.command, self.path, dict(self.headers), body))
                send(self, reply)

            do_GET = do_POST = do_PATCH = do_DELETE = _serve

            def log_message(self, *_args: object) -> None:
                """Silent: pytest shows what matters."""

        return Handler


def send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    if reply.hang:
        threading.Event().wait(reply.hang)
    payload = reply.encoded()
    if reply.cut == 0:
        handler.close_connection = True
        return
    handler.send_response_only(reply.status)
    headers = {"Content-Type": "application/json", "Date": handler.date_time_string()}
    for name, value in (headers | reply.headers).items():
        handler.send_header(name, value)
    if reply.status not in (204, 304):
        handler.send_header("Content-Length", str(len(payload)))
    handler.end_headers()
    handler.wfile.write(payload[: reply.cut])
    handler.close_connection = handler.close_connection or reply.cut is not None
