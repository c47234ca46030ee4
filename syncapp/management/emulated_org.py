"""The emulated org as its administrator and a sales person reach it: control and plain REST."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

from syncapp.core.ports import SalesforceError

SALES = "sales@syncline.example"
_API = "/services/data/v64.0"
_SECONDS = 30.0


class EmulatedOrg:
    """Serves `services.demo_situations.Org`; a refusal raises SalesforceError."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._token: str | None = None

    def put(self, what: str, body: object) -> None:
        """Set up schema, permissions or visibility."""
        self._call("PUT", f"/__emulator__/{what}", body)

    def change(self, email: str, **fields: object) -> None:
        """Edit the record with the email; nothing when there is none."""
        path = self._path(email)
        if path:
            self._as_sales("PATCH", path, fields)

    def delete(self, email: str) -> None:
        """Delete the record with the email; nothing when there is none."""
        path = self._path(email)
        if path:
            self._as_sales("DELETE", path)

    def _path(self, email: str) -> str | None:
        for sobject in ("Lead", "Contact"):
            query = quote(f"SELECT Id FROM {sobject} WHERE Email = '{email}' ORDER BY Id LIMIT 1")
            found = self._as_sales("GET", f"{_API}/query?q={query}")["records"]
            if found:
                return f"{_API}/sobjects/{sobject}/{found[0]['Id']}"
        return None

    def _as_sales(self, method: str, path: str, body: object = None) -> Any:
        if self._token is None:
            answer = self._call("POST", "/__emulator__/token", {"username": SALES})
            self._token = str(answer["access_token"])
        return self._call(method, path, body)

    def _call(self, method: str, path: str, body: object) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        payload = None if body is None else json.dumps(body)
        connection = HTTPConnection(self._host, timeout=_SECONDS)
        try:
            connection.request(method, path, payload, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 300:
            raise SalesforceError(str(answer.status), f"{method} {path} was refused: {text}")
        return json.loads(text) if text else None
