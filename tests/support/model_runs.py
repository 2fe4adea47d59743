"""The demo bank and a terminal joined by pumped bytes, and a driver of a model's runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from hostemul.testing import make_site
from sesssrvr.model.interpreter.context import LOCAL_KEYS
from sesssrvr.model.steps import Press, Run, SetCursor, Step, TimedOut, Type, Wait
from sesssrvr.terminal import Field, Screen, Terminal3270
from tests.support.runs import driven
from verdigris.errors import HostConnectionLost, VerdigrisError


FOLDER = Path(__file__).parents[2] / "examples" / "BankDemo"


class Desk:
    """A terminal at the demo bank. Bytes move when something waits; no clock, no socket."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        self.site = make_site(self.clock, **{"motd_rate": 0.0, **options})
        self.steps: list[Step] = []
        self.waited = 0.0
        self.connect()

    def connect(self) -> None:
        """One more terminal at the same bank."""
        self.out: list[bytes] = []
        self.terminal = Terminal3270(self.out.append)
        self.host = self.site.terminal()
        self.wire = StringTransport()
        self.host.makeConnection(self.wire)
        self.pump()

    def pump(self) -> None:
        """Move bytes until nobody has anything to say."""
        for _ in range(50):
            fed, sent = self.wire.value(), b"".join(self.out)
            self.wire.clear()
            self.out.clear()
            if not fed and not sent:
                return
            self.terminal.feed(fed)
            self.host.dataReceived(sent)
        raise AssertionError("the two go on talking for ever")

    @property
    def screen(self) -> Screen:
        return self.terminal.screen()

    def perform(self, step: Step) -> Screen | TimedOut:
        """What the session server does with a step, without its clock."""
        self.steps.append(step)
        if isinstance(step, Wait):
            self.pump()
            if self.wire.disconnecting:
                raise HostConnectionLost(host="bank", reason="it hung up")
            if step.until(self.screen):
                return self.screen
            self.waited += step.seconds
            self.clock.advance(step.seconds)
            self.pump()
            return self.screen if step.until(self.screen) else TimedOut(self.screen, step.seconds)
        if isinstance(step, Press):
            self.terminal.key(step.key)
        elif isinstance(step, SetCursor):
            self.terminal.move_cursor(step.row, step.column)
        elif isinstance(step, Type):
            if step.row:
                self.terminal.move_cursor(step.row, step.column)
            if step.erase:
                self.terminal.key("EraseEOF")
            self.terminal.type(step.text)
        return self.screen

    def drive(self, run: Run[Any]) -> Any:
        """Perform a run to its end."""
        return driven(run, self.perform)


# ---- a scripted host -------------------------------------------------------------------------


class Script:
    """A host made of a few lines: which screens each key brings.

    Screens are 6 rows of 40 columns; the first row says which one it is. A screen `~X` comes with
    the keyboard still locked, `=X` is X once more without an unlock, `-` is silence.
    """

    def __init__(self, screens: dict[str, str], keys: dict[tuple[str, str], str], at: str) -> None:
        self.screens, self.keys = screens, keys
        self.unlocks = self.version = 1
        self.due: list[str] = []
        self.typed: dict[str, str] = {}
        self.steps: list[Step] = []
        self.fail: dict[int, VerdigrisError] = {}
        self.waited = 0.0
        self._show(at)

    def _show(self, name: str, *, locked: bool = False) -> None:
        self.name = name
        rows, fields = self.screens[name].split("\n"), []
        width = 40
        for n, row in enumerate(rows):
            for at, char in enumerate(row):
                if char == "_" and (not at or row[at - 1] != "_"):
                    length = len(row[at:]) - len(row[at:].lstrip("_"))
                    hidden = row[:at].rstrip().endswith("secret")
                    fields.append(Field(n * width + at, length, hidden=hidden))
        text = "".join(row.replace("_", " ").ljust(width) for row in rows).ljust(6 * width)
        self.screen = Screen(
            6, width, text, tuple(fields), locked=locked, version=self.version, unlocks=self.unlocks,
            cursor=fields[0].start if fields else 0,
        )  # fmt: skip

    def _come(self, due: str) -> None:
        self.version += 1
        if due.startswith("~"):
            self._show(due[1:], locked=True)
            return
        self.unlocks += 0 if due.startswith("=") else 1
        self._show(due.lstrip("="))

    def perform(self, step: Step) -> Screen | TimedOut:
        self.steps.append(step)
        if (problem := self.fail.pop(len(self.steps), None)) is not None:
            raise problem
        if isinstance(step, Wait):
            while not step.until(self.screen):
                if not self.due or self.due[0] == "-":
                    self.waited += step.seconds
                    return TimedOut(self.screen, step.seconds)
                self._come(self.due.pop(0))
        elif isinstance(step, Press):
            if step.key not in LOCAL_KEYS:
                self.due = self.keys.get((self.name, step.key), "-").split()
                self.screen = replace(self.screen, locked=True)
        elif isinstance(step, Type):
            self._type(step)
        else:
            place = self.screen.offset(step.row, step.column)
            self.screen = replace(self.screen, cursor=place)
        return self.screen

    def _type(self, step: Type) -> None:
        place = self.screen.offset(step.row, step.column) if step.row else self.screen.cursor
        self.typed[f"{step.row},{step.column}"] = step.text
        field = self.screen.field_at(place)
        cells = list(self.screen.characters)
        if step.erase and field:
            cells[place : field.start + field.length] = " " * (field.start + field.length - place)
        shown = " " * len(step.text) if field and field.hidden else step.text
        cells[place : place + len(shown)] = shown
        self.screen = replace(self.screen, characters="".join(cells), cursor=place + len(step.text))

    drive = Desk.drive


def sign(name: str) -> str:
    """The signature of an entity whose screen begins with its name."""
    return f'<signature><text row="1" column="1">{name} </text></signature>'
