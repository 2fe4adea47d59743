"""The administration APIs of a secure fleet's management servers."""

import json
import ssl
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any

from verdigris_command.demo.fleet import Fleet


class Administration:
    """A client who is admin; each management server is asked by itself.

    Args:
        fleet: with the management servers.

    Attributes:
        tokens: of the logins, by management server.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.tokens: dict[str, str] = {}

    def ask(
        self, manager: str, path: str, method: str = "GET", data: bytes | None = None,
        seconds: float = 20, **headers: str,
    ) -> tuple[int, Any]:  # fmt: skip
        """(status, JSON or text) of a management server, logged in as admin; status 0 is no answer."""
        for _ in range(2):
            status, found = self._asked(manager, path, method, data, seconds, headers)
            if status != 401 or path == "/login":
                break
            body = json.dumps({"user": "admin", "password": self._fleet.password}).encode()
            kind = {"Content_Type": "application/json"}
            status, said = self.ask(manager, "/login", "POST", body, seconds, **kind)
            if status != 200:
                return status, said
            self.tokens[manager] = said["token"]
        return status, found

    def _asked(
        self, manager: str, path: str, method: str, data: bytes | None, seconds: float, headers: dict[str, str]
    ) -> tuple[int, Any]:  # fmt: skip
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if manager in self.tokens:
            named["Authorization"] = f"Bearer {self.tokens[manager]}"
        port = self._fleet.port("api" if manager == "mgmtsrvr" else f"api-{manager}")
        request = urllib.request.Request(
            f"https://127.0.0.1:{port}{path}", data, named, method=method
        )
        tls = ssl.create_default_context(cafile=self._fleet.trust)
        try:
            with urllib.request.urlopen(request, timeout=seconds, context=tls) as answer:  # noqa: S310 - ours
                return answer.status, _content(answer.read())
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, _content(problem.read())
        except (OSError, ValueError):
            return 0, None


def _content(data: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(data)
    return data.decode(errors="replace")
