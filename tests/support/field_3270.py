"""A 3270 terminal and its host in memory, for the tests of field reports."""

from collections.abc import Callable
from typing import Any

from sesssrvr.model.steps import Answer, Press, Run, Step, TimedOut, Type, Wait
from sesssrvr.terminal import Screen, Terminal3270
from tests.support.recordings import records
from tests.support.terminals import CLASSIC


def ebcdic(text: str, page: str = "cp037") -> bytes:
    """Text as a host of this code page has it."""
    return text.encode(page)


class FieldHost:
    """A negotiated session whose host is the test.

    Args:
        functions: of TN3270E, agreed on, such as b"\\2\\5"; None for classic TN3270.
        answer: called with each record of the terminal.
        options: of the terminal.
    """

    def __init__(
        self,
        functions: bytes | None = None,
        answer: "Callable[[bytes, FieldHost], None]" = lambda _record, _host: None,
        **options: Any,
    ) -> None:
        self.out: list[bytes] = []
        self.terminal = Terminal3270(self.out.append, **options)
        self._answer, self._extended = answer, functions is not None
        if functions is None:
            self.terminal.feed(CLASSIC)
        else:
            self.terminal.feed(b"\xff\xfd\x28\xff\xfa\x28\x08\x02\xff\xf0")
            self.terminal.feed(b"\xff\xfa\x28\x02\x04IBM-3278-2-E\x01LU1\xff\xf0")
            self.terminal.feed(b"\xff\xfa\x28\x03\x04" + functions + b"\xff\xf0")
        self.out.clear()

    def say(self, data: bytes, *, kind: int = 0, request: int = 0, response: int = 0) -> None:
        """One record of the host; the header is that of TN3270E (RFC 2355, section 8.1)."""
        header = bytes((kind, request, response, 0, 1)) if self._extended else b""
        self.terminal.feed((header + data).replace(b"\xff", b"\xff\xff") + b"\xff\xef")

    def sent(self) -> list[bytes]:
        """The records of the terminal since the last look, without their headers."""
        data = b"".join(self.out)
        self.out.clear()
        return [one[5:] if self._extended else one for one in records(data)]

    @property
    def screen(self) -> Screen:
        """The screen as it is now."""
        return self.terminal.screen()

    def drive(self, run: Run[Any]) -> Any:
        """Perform a run of a model to its end; a wait that does not hold at once times out."""
        try:
            step = next(run)
            while True:
                step = run.send(self._perform(step))
        except StopIteration as end:
            return end.value

    def _perform(self, step: Step) -> Answer:
        if isinstance(step, Wait):
            for record in self.sent():
                self._answer(record, self)
            return self.screen if step.until(self.screen) else TimedOut(self.screen, step.seconds)
        if isinstance(step, Press):
            self.terminal.key(step.key)
        elif isinstance(step, Type):
            self.terminal.type(step.text)
        return self.screen
