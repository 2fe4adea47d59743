"""Fixtures of real VT hosts."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet import Town, quick
from tests.support.vt_hosts import (
    EXAMPLES,
    SSHD,
    TELNETD,
    Desk,
    need,
    sshd,
    telnet,
)


@pytest.fixture(scope="session")
def telnet_host(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Any]:
    """Makes a telnet host for a program of examples/hosts, or any; a context that gives its port."""

    def make(program: str | Path, *needed: str) -> Any:
        need(TELNETD, *needed)
        path = EXAMPLES / "hosts" / program
        return telnet(path, tmp_path_factory.mktemp(path.name))

    return make


@pytest.fixture
def begun(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """A program of examples/hosts that begins with other data."""

    def make(program: str, seed: str, text: str) -> Path:
        shutil.copy(EXAMPLES / "hosts" / program, tmp_path / program)
        (tmp_path / seed).write_text(text)
        return tmp_path / program

    return make


@pytest.fixture(scope="session")
def ssh_host(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Makes an SSH host for a program of examples/hosts, or any; a context that gives it."""

    def make(program: str | Path, *needed: str, options: Iterable[str] = ()) -> Any:
        need(SSHD, "ssh-keygen", *needed)
        path = EXAMPLES / "hosts" / program
        return sshd(path, tmp_path_factory.mktemp("sshd"), options)

    return make


@pytest.fixture(scope="session")
def desk() -> type[Desk]:
    """Makes a session on a real host."""
    return Desk


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of examples."""
    return EXAMPLES


@pytest.fixture(scope="module")
def quick_calendar(start_example: Callable[..., Town]) -> Callable[..., Town]:
    """A town of the calendar with one idle session, whose operations give up after so many seconds.

    `quick_calendar(seconds, model_change, **attributes of the fleet)`
    """

    def make(seconds: float, change: tuple[str, str], **more: Any) -> Town:
        changes: dict[str, Any] = {**quick(seconds, EXAMPLES / "Calendar")}
        changes["model/model.xml"] = change
        changes["deploy/deploy_desc.xml"] = ("<max-idle-sessions>2<", "<max-idle-sessions>1<")
        return start_example(
            "Calendar", "CalendarPool", changes, host=(), log_level="debug",
            settings='<quarantine seconds="1.5" keep="1"/><reconnect first="0.1" last="0.4"/>'
            '<sessions claim="1" return="3"/>', **more,
        )  # fmt: skip

    return make
