"""A character host whose screen never stands still (Blazemeter/RTEPlugin#27, HATS settle times)."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IProtocol, IProtocolFactory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from sesssrvr.hosts.host_session import HostSession
from sesssrvr.hosts.terminal_vt import make_vt
from sesssrvr.model import go_to, load_model
from sesssrvr.model.interpreter.navigate import start
from verdigris.errors import EntityNotReached, UnknownScreen


TICK = 0.1


def model_of(quiet: str) -> Any:
    """A model A -> B; B has this quiet time."""
    space = 'xmlns="urn:verdigris:model:1"'
    host = '<host type="VT" model="VT220" connect-timeout="5"/>'
    go = (
        '<operation name="Go" destination="B" default="true" timeout="5">'
        '<TransmitTerminalKey key="Enter"/></operation>'
    )
    files = {"model.xml": f'<model {space} name="M" home="A">{host}</model>'.encode()}
    for name, attributes, inner in (("A", "", go), ("B", quiet, "")):
        files[f"entities/{name}.xml"] = (
            f'<entity {space} name="{name}"{attributes}><signature>'
            f'<text row="1" column="1">{name} MENU</text></signature>{inner}</entity>'
        ).encode()
    return load_model(files).model


class TickingHost:
    """Shows a menu and a clock that is drawn ten times a second."""

    def __init__(self, clock: Clock, menu: str, *, ticks: bool) -> None:
        self._clock, self._menu, self._ticks, self._count = clock, menu, ticks, 0
        self._line: Any = None

    def connect(self, factory: IProtocolFactory) -> "Deferred[IProtocol]":
        host = self

        class Wire(StringTransport):
            def write(self, data: bytes) -> None:
                super().write(data)
                if b"\r" in data:
                    host._menu, host._ticks = "B", True
                    host._clock.callLater(0.05, host.show)

        self._line = factory.buildProtocol(None)  # type: ignore[arg-type]  # no address in memory
        self._line.makeConnection(Wire())
        self.show()
        return succeed(self._line)

    def show(self) -> None:
        self._line.dataReceived(b"\x1b[2J\x1b[H" + self._menu.encode() + b" MENU\x1b[24;1H> ")
        if self._ticks:
            self._tick()

    def _tick(self) -> None:
        self._count += 1
        self._line.dataReceived(b"\x1b7\x1b[1;70H%08d\x1b8" % self._count)
        self._clock.callLater(TICK, self._tick)


def attempt(quiet: str, *, first: bool = False) -> Any:
    """What comes of the way to B; or, with `first`, of a session whose first screen ticks."""
    clock, model = Clock(), model_of(quiet)
    host = TickingHost(clock, "B" if first else "A", ticks=first)
    session = HostSession("vt:23", clock, lambda *_: None)

    async def job() -> Any:
        await session.connect(host, make_vt(model.host), 10)
        values = model.resolve({})
        if first:
            return await session.run(lambda screen: start(model, screen, values, "B"), 20)
        return await session.run(lambda screen: go_to(model, screen, "B", values), 20)

    found: list[Any] = []
    Deferred.fromCoroutine(job()).addBoth(found.append)
    for _ in range(400):
        if found:
            break
        clock.advance(0.05)
    (result,) = found
    return result


def test_the_error_says_that_the_screen_is_shown_and_did_not_stand_still() -> None:
    result = attempt("")
    assert result.check(EntityNotReached)
    assert "nearest to B (it is shown, but the screen did not stand still for 0.15 seconds" in str(
        result.value
    )


def test_a_first_screen_that_ticks_says_the_same() -> None:
    result = attempt("", first=True)
    assert result.check(UnknownScreen)
    assert "did not stand still for 0.15 seconds" in str(result.value)


@pytest.mark.parametrize("first", [False, True])
def test_a_smaller_quiet_lets_it_arrive(*, first: bool) -> None:
    assert "B MENU" in str(attempt(' quiet="0.01"', first=first))
