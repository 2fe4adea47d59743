"""Fixtures of the session server: its pools as a checked machine, the whole of it in memory."""

import io
import zipfile
from pathlib import Path

import pytest

from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.model import build_package
from sesssrvr.pool import (
    PoolKey,
    PoolSettings,
)
from tests.support.pools import (
    Machine,
    sound,
)
from tests.support.session_server import (
    BankFront,
    Front,
)
from tests.support.toy_host import (
    ToyHost,
    ToyProgram,
    ToyTerminal,
)


@pytest.fixture
def machine():
    """Make a checked state machine from pool settings and limits."""
    return Machine


@pytest.fixture
def settings():
    """Make pool settings."""

    def make(name="P", maximum=5, kind="pool", **more):
        return PoolSettings(PoolKey(kind, name), "M", maximum, **more)

    return make


@pytest.fixture
def check_sound():
    """The invariants of a state."""
    return sound


@pytest.fixture
def bank_package():
    """The package of the BankDemo example."""
    root = Path(__file__).parents[2] / "examples" / "BankDemo"
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }
    return build_package(files)


@pytest.fixture
def without_descriptors():
    """The same package without its deployment folder."""

    def thin(package):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                if "deploy/" not in name:
                    new.writestr(name, old.read(name))
        return out.getvalue()

    return thin


@pytest.fixture
def bank_front(tmp_path):
    """Make a session server in memory that talks to the demo bank."""

    def make(**limits):
        return BankFront(tmp_path / "data", **limits)

    return make


@pytest.fixture
def front():
    """Make a session server in memory."""
    return Front


@pytest.fixture
def toys():
    """The toy host, terminal and program."""
    return ToyHost, TerminalFactory(ToyTerminal), ToyProgram
