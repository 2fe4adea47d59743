"""Fixtures of the command line and the API it calls."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.administration_api import (
    ApiHandler,
    FakeApi,
)
from verdigris_command.main import main


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A fake API that listens; its URL is in `api.url`."""
    fake = FakeApi()
    with ThreadingHTTPServer(("127.0.0.1", 0), ApiHandler) as listening:
        listening.fake = fake  # type: ignore[attr-defined] # handed to the handler
        fake.url = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield fake
        listening.shutdown()
        thread.join()


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run `verdigris` with arguments; given an API, with its URL in the environment."""

    def go(
        *arguments: str, api: FakeApi | None = None, text: str | None = None, **environment: str
    ) -> Result:
        env = {"VERDIGRIS_API": api.url if api else "http://127.0.0.1:1", **environment}
        return CliRunner().invoke(main, list(arguments), env=env, input=text)

    return go


@pytest.fixture
def loads() -> Callable[[Result], Any]:
    """The JSON a command printed."""
    return lambda result: json.loads(result.stdout)
