"""What holds for every test: sockets and processes only where a test says so; traces found once."""

import inspect
import os
import queue
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from twisted.internet import defer


ROOT = Path(__file__).parent

# Hypothesis' limit of 200 ms for an example fails on a busy machine; pytest's own limit is enough.
hypothesis.settings.register_profile("verdigris", deadline=None)
hypothesis.settings.load_profile("verdigris")


def pytest_configure() -> None:
    """No login of who runs the tests; Ctrl-C and hangups as everywhere, for the programs that tests start.

    A shell starts background jobs with SIGINT ignored, nohup with SIGHUP ignored, and both are
    inherited. A handler is not inherited: children begin with the default, and a hangup still does
    not end a run under nohup.
    """
    os.environ["VERDIGRIS_LOGINS"] = str(ROOT / "var" / "no-logins.json")  # nobody's own login
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda _number, _frame: None)


def pytest_report_header() -> str | None:
    """One line where others' recordings are absent, whatever number of tests is skipped for it."""
    folder = _others_recordings()
    return (
        None
        if folder.is_dir()
        else f"recordings by others: none at {folder}; their tests are skipped"
    )


def _others_recordings() -> Path:
    return Path(os.environ.get("VERDIGRIS_TRACES", ROOT.parent / "shared" / "traces"))


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
    """The folder of host sessions recorded by others: VERDIGRIS_TRACES, or `../shared/traces`."""
    folder = _others_recordings()
    if not folder.is_dir():
        pytest.skip(f"no recorded host sessions at {folder} (set VERDIGRIS_TRACES)")
    return folder


@pytest.fixture(scope="session", params=["own", "others"])
def recordings(request: pytest.FixtureRequest) -> Path:
    """A folder of recorded host sessions: `tests/traces`, then that of others."""
    if request.param == "own":
        return ROOT / "tests" / "traces"
    return request.getfixturevalue("traces")  # type: ignore[no-any-return] # pytest cannot know


@pytest.fixture(scope="session")
def s3270() -> str:
    """Debian's 3270 client, the judge of our terminals; in CI it has to be there."""
    found = shutil.which("s3270")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("s3270 is not installed, and CI must not skip it")
        pytest.skip("s3270 is not installed (Debian: apt-get install s3270)")
    return found


@pytest.fixture(scope="session")
def etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """Three members of Debian's etcd, shared by the tests that leave them as they are."""
    from tests.support.etcd_processes import EtcdCluster, need_etcd  # noqa: PLC0415 - few need it

    need_etcd()
    cluster = EtcdCluster(tmp_path_factory.mktemp("etcd"))
    try:
        yield cluster.start()
    finally:
        cluster.close()


@pytest.fixture(scope="session")
def _reactor_thread() -> object:
    """The process's one reactor, running in a thread for as long as the tests run."""
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

    started = threading.Event()
    reactor.callWhenRunning(started.set)  # type: ignore[attr-defined] # the reactor is a module
    threading.Thread(target=reactor.run, args=(False,), daemon=True).start()  # type: ignore[attr-defined] # as above
    assert started.wait(10)
    return reactor


@pytest.fixture
def on_reactor(_reactor_thread: Any) -> Callable[..., Any]:
    """Run an async function on the real reactor: `on_reactor(function, *arguments, seconds=20)`.

    The function may also be a plain one. There is one reactor a process: tests that need real
    sockets share it through this fixture, and never start one of their own.
    """

    def run(function: Callable[..., Any], *arguments: Any, seconds: float = 20) -> Any:
        outcome: queue.Queue[tuple[bool, Any]] = queue.Queue()

        def start() -> None:
            async def job() -> Any:
                found = function(*arguments)
                return await found if inspect.isawaitable(found) else found

            done = defer.Deferred.fromCoroutine(job())
            done.addTimeout(seconds, _reactor_thread)
            done.addCallbacks(
                lambda it: outcome.put((True, it)), lambda why: outcome.put((False, why.value))
            )

        _reactor_thread.callFromThread(start)
        good, value = outcome.get(timeout=seconds + 5)
        if good:
            return value
        raise value

    return run
