"""`verdigris look`: a host seen through a model, a screen at a time.

This is how the first screens of a model are captured. The session is one like any other
(connection, terminal, TLS and SSH of the model's `<host>`); nothing is changed but the captured
screen that is to be saved. Text hidden on the screen, or secret in the model, is neither shown nor
saved.
"""

import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

import click
from twisted.internet.defer import Deferred, DeferredQueue

from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import HostSettings, Model, captured_screens, load_model, read_folder
from sesssrvr.model.loader import host_of
from sesssrvr.model.masking import masked
from sesssrvr.model.readings import readings_of
from sesssrvr.model.recognise import matching, nearest
from sesssrvr.model.steps import Press, Run, Type, Wait
from sesssrvr.terminal import to_text
from sesssrvr.terminal.key_names import listed
from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.tn3270 import keys as keys_3270
from sesssrvr.terminal.tn5250 import keys as keys_5250
from sesssrvr.terminal.vt import keys as keys_vt
from verdigris.errors import ConfigurationError, VerdigrisError
from verdigris.values import Endpoint


CALM: Final = 0.4
"""Seconds without a change after which a screen is shown: a person reads it, so there is time."""

PATIENCE: Final = 5.0
"""Seconds a screen may go on changing, or stay locked, before it is shown as it is."""

HELP: Final = """\
A line is typed as it is. :Enter, :PF3, :Ctrl-A, :Down ... press a key; several are separated by blanks.
=NAME saves the screen as the captured screen of entity NAME; =NAME.2 saves another one of the entity.
An empty line shows the screen again. ? shows this help, :? the names of the keys.
A line that begins with one of = : ? is typed if that character is doubled: ==3.4 types =3.4.
"""


NAMES: Final = "a letter or underscore, then letters, digits, underscores and hyphens"
ENTITY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,62}(\.[A-Za-z0-9_\-]{1,62})?")
"""An entity (`Name` of model.xsd), and the suffix of its further captured screens."""

DOUBLED: Final = ("==", "::", "??")
"""What a line begins with that is typed, less its first character."""

KEYS: Final = {"3270": keys_3270.KEYS, "5250": keys_5250.KEYS, "VT": keys_vt.KEYS}


class Viewer:
    """Shows and saves the screens of one session.

    Args:
        folder: the model's folder.
        model: names the entities of the screens; None while it cannot be used.
        out: where everything is written.
    """

    def __init__(self, folder: Path, model: Model | None, out: TextIO) -> None:
        self._folder, self._model, self._out = folder, model, out

    def obey(self, line: str) -> Callable[[Screen], Run[None]]:
        """The run for one line of input; it ends by showing the screen."""

        def run(screen: Screen) -> Run[None]:
            if line == "?":
                self._say(HELP)
            elif line == ":?":
                self._say(f"{listed(KEYS.get(screen.kind, ()))}\n")
            elif line[:2] in DOUBLED:
                yield Type(line[1:])
                yield from self.show()
            elif line.startswith("="):
                yield from self._save(line[1:].strip())
            elif line.startswith(":"):
                yield from self._press([word.lstrip(":") for word in line.split()])
            else:
                if line:
                    yield Type(line)
                yield from self.show()

        return run

    def show(self) -> Run[None]:
        """Wait until the screen stands still, and show it."""
        answer = yield Wait(_shown, PATIENCE, "a screen", CALM)
        screen = answer if isinstance(answer, Screen) else answer.screen
        self._say(to_text(self._masked(screen), frame=True) + "\n")
        self._say(self._entity(screen) + "\n")
        for line in self._readings(screen):
            self._say(f"   {line}\n")

    def _masked(self, screen: Screen) -> Screen:
        return screen if self._model is None else masked(self._model, screen)

    def _entity(self, screen: Screen) -> str:
        if self._model is None:
            return "   (the model cannot be used yet: no entities)"
        found = [one.name for one in matching(self._model.entities, screen)]
        if found:
            return f"   entity {' and '.join(found)}"
        near = nearest(self._model.entities, screen)
        return f"   no entity; nearest is {near.entity} ({near.difference})"

    def _readings(self, screen: Screen) -> Iterator[str]:
        """What the model reads from the screen, if it is an entity."""
        entity = self._model.recognise(screen) if self._model else None
        if self._model is not None and entity is not None:
            yield from readings_of(self._model, entity, screen)

    def _press(self, keys: Sequence[str]) -> Run[None]:
        """Press keys; each screen that a host sends in between is shown."""
        for place, key in enumerate(keys, 1):
            answer = yield Press(key)
            screen = answer if isinstance(answer, Screen) else answer.screen
            if place == len(keys) or screen.locked:
                yield from self.show()

    def _save(self, name: str) -> Run[None]:
        if not ENTITY.fullmatch(name):
            self._say(f"{name!r} is not the name of an entity: {NAMES}\n")
            return
        answer = yield Wait(_shown, PATIENCE, "a screen")
        if not isinstance(answer, Screen):
            self._say("not saved: the keyboard is locked, so this is not the host's answer yet\n")
            return
        path = self._folder / "model" / "screens" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(captured_screens.write(self._masked(answer)), encoding="utf-8")
        self._say(f"saved {path}\n")

    def _say(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _shown(screen: Screen) -> bool:
    return screen.connected and not screen.locked and not screen.characters.isspace()


async def converse(
    session: HostSession,
    hosts: RealHosts,
    host: HostSettings,
    viewer: Viewer,
    read: Callable[[], Deferred[str]],
) -> None:
    """Connect, and obey one line after the other until the input ends.

    Args:
        session: not connected yet.
        hosts: makes the connection and the terminal.
        host: the model's host settings.
        viewer: shows and saves the screens.
        read: gives the next line with its line end; "" at the end of the input.

    Raises:
        HostUnreachable: the host gave no session.
        HostConnectionLost: the host ended the session.
    """
    seconds = host.connect_timeout
    endpoint = hosts.endpoint(host, seconds, tls=host.tls)
    await session.connect(endpoint, hosts.terminal(host), seconds)
    await session.run(lambda _: viewer.show(), 2 * PATIENCE)
    while line := await read():
        try:
            await session.run(viewer.obey(line.rstrip("\r\n")), 2 * PATIENCE)
        except VerdigrisError as problem:
            if session.lost:
                raise
            click.echo(f"   {problem}")
    session.close()


def settings(folder: Path) -> tuple[HostSettings, Model | None]:
    """Host settings of a model's folder, and the model if it can be used.

    Raises:
        ConfigurationError: the folder has no usable host settings.
        OSError: a file cannot be read.
    """
    inside = {
        path.removeprefix("model/"): data
        for path, data in read_folder(folder).items()
        if path.startswith("model/")
    }
    try:
        model = load_model(inside, "model").model
    except ConfigurationError as problem:
        if any(path.startswith("entities/") for path in inside):  # else it is just begun
            click.echo(f"{problem}\n", err=True)
        return host_of(inside, "model"), None
    return model.host, model


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, epilog=HELP)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--host", "at", metavar="HOST:PORT", help="Connect here instead of to the model's host."
)
def look(folder: Path, at: str | None) -> None:
    """Show the host of the model in FOLDER, a screen at a time, and capture its screens."""
    from twisted.internet import reactor  # noqa: PLC0415 - importing it chooses the event loop

    try:
        host, model = settings(folder)
        if at:
            there = Endpoint.parse(at)
            host = host.override(host=there.host, port=there.port)
    except (VerdigrisError, ValueError, OSError) as problem:
        raise click.ClickException(str(problem)) from None
    loop: Any = reactor
    problems: list[str] = []
    lines: DeferredQueue[str] = DeferredQueue()

    def lost(_: HostSession, reason: str) -> None:
        problems.append(f"The host has ended the session: {reason}.")
        lines.put("")

    def read() -> None:  # a thread that the end of the process does not wait for
        for line in sys.stdin:
            loop.callFromThread(lines.put, line)
        loop.callFromThread(lines.put, "")

    session = HostSession(f"{host.host}:{host.port}", loop, lost)

    async def whole() -> None:
        try:
            await converse(
                session, RealHosts(loop), host, Viewer(folder, model, sys.stdout), lines.get
            )
        except VerdigrisError as problem:
            problems.append(str(problem))
        finally:
            loop.callLater(0, loop.stop)

    threading.Thread(target=read, daemon=True).start()
    loop.callWhenRunning(lambda: Deferred.fromCoroutine(whole()))
    loop.run()
    if problems:
        raise click.ClickException(problems[-1])


if __name__ == "__main__":
    look()
