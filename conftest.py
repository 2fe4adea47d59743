"""What holds for every test: sockets and processes only where a test says so; traces found once."""

import os
import shutil
import socket
from pathlib import Path

import pytest


ROOT = Path(__file__).parent


@pytest.fixture(autouse=True)
def _sockets_only_where_marked(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that opens a connection has to say so: pure tests stay fast, exact and repeatable."""
    marks = {mark.name for mark in request.node.iter_markers()}
    if not marks & {"sockets", "processes"}:

        def refused(*_: object, **__: object) -> None:
            raise AssertionError("this test opens a socket: mark it sockets or processes")

        monkeypatch.setattr(socket.socket, "connect", refused)
        monkeypatch.setattr(socket.socket, "bind", refused)


@pytest.fixture(scope="session")
def traces() -> Path:
    """The folder of recorded host sessions: VERDIGRIS_TRACES, or `../shared/traces`."""
    folder = Path(os.environ.get("VERDIGRIS_TRACES", ROOT.parent / "shared" / "traces"))
    if not folder.is_dir():
        pytest.skip(f"no recorded host sessions at {folder} (set VERDIGRIS_TRACES)")
    return folder


@pytest.fixture(scope="session")
def s3270() -> str:
    """Debian's 3270 client, the judge of our terminals; in CI it has to be there."""
    found = shutil.which("s3270")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("s3270 is not installed, and CI must not skip it")
        pytest.skip("s3270 is not installed (Debian: apt-get install s3270)")
    return found
