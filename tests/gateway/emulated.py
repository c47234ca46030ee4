"""An emulated org in a process of its own, and the controls that tests use on it."""

import json
import subprocess
import sys
from typing import Any

import requests

APP = {"client_id": "syncline", "client_secret": "syncline-secret"}


class EmulatedOrg:
    """One emulator process; `control` speaks to /__emulator__/, `rest` as the sales user."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "syncapp.emulator", "--port", "0", "--die-with-parent"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.url: str = json.loads(self._process.stdout.readline())["url"]
        self._http = requests.Session()
        self._http.trust_env = False
        self._token = ""

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._http.close()

    def control(self, method: str, name: str, body: Any = None) -> Any:
        answer = self._http.request(
            method, f"{self.url}/__emulator__/{name}", json=body, timeout=30
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def reset(self) -> None:
        self.control("POST", "faults", [])
        self.control("POST", "reset", {"seed": "empty"})
        self.control("PUT", "limits", {"used": 0, "max": 150_000})
        self._token = self.control("POST", "token", {"username": "sales@syncline.example"})[
            "access_token"
        ]
        self.control("DELETE", "calls")

    def fault(self, kind: str, **how: Any) -> None:
        self.control("POST", "faults", [{"kind": kind} | how])

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(
            method,
            f"{self.url}/services/data/v64.0/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def rows(self, soql: str) -> list[dict[str, Any]]:
        answer = self._http.get(
            f"{self.url}/services/data/v64.0/query",
            params={"q": soql},
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json()["records"]

    def new(self, sobject: str, **fields: Any) -> str:
        return self.rest("POST", f"sobjects/{sobject}", fields)["id"]
