"""What one run knows while it is under way.

The only state of a run. It holds the newest screen, what the screen was when the last key
went to the host, the entities passed, and nothing that outlives the run except the session's
variables. What it tells about a screen is masked.
"""

from collections.abc import Callable, Iterable, MutableMapping
from typing import Final

from sesssrvr.model.areas import text
from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.model.masking import mask_text, masked
from sesssrvr.model.model import Model
from sesssrvr.model.names import find, same
from sesssrvr.model.operation_commands import DEFAULT_TIMEOUT
from sesssrvr.model.recognise import Nearest, nearest
from sesssrvr.model.steps import Press, Run, SetCursor, TimedOut, Type, Wait
from sesssrvr.model.variables import CURSOR_POSITION, Variables, secret_values
from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.tn3270.keys import EDITING, LINE
from sesssrvr.terminal.tn5250 import keys as keys_5250
from verdigris.errors import AttributeNotFound, UnknownScreen


LOCAL_KEYS: Final = frozenset((*EDITING, *LINE, *keys_5250.EDITING, *keys_5250.LINE))
"""Keys the terminal obeys itself, or that do not lock the keyboard; all others are AID keys."""

QUIET: Final = 0.15
"""Seconds a character host's screen stands still before it counts as finished, unless the entity
says otherwise: 0.1 to 0.15 were enough for local curses programs."""


class Context:
    """The state of one run.

    Args:
        model: what is interpreted.
        screen: the current one.
        variables: the session's.
    """

    def __init__(self, model: Model, screen: Screen, variables: MutableMapping[str, str]) -> None:
        self.model = model
        self.screen = screen
        self.variables = variables
        self.overlay = Variables()
        self.path: list[str] = []
        self.written: set[str] = set()
        self.cached: dict[str, tuple[str, bool]] = {}
        self.delayed: dict[str, dict[str, str]] = {}
        self.operation = ""
        self.before_key = screen
        self._asked: int | None = None
        self._restless = 0.0
        self._version = screen.version
        self._secrets = secret_values(model.variables, variables)
        self._known: tuple[Screen, Entity | None] | None = None

    def __repr__(self) -> str:
        return f"<Context {self.model.name} [{' > '.join(self.path)}] {self.screen!r}>"

    def resume(self, screen: Screen, secrets: Iterable[str]) -> None:
        """Go on with a later screen of the same session: another call of its client.

        Args:
            screen: the current one.
            secrets: texts typed as secrets meanwhile.
        """
        self.screen = screen
        self._secrets |= {*secrets, *secret_values(self.model.variables, self.variables)}
        self.operation = ""

    # ---- asking the driver -------------------------------------------------------------------

    def do(self, step: Type | SetCursor) -> Run[None]:
        """Type or move the cursor."""
        if self.character_host and isinstance(step, Type):  # what is typed goes to the host at once
            self.before_key, self._version = self.screen, self.screen.version
        answer = yield step
        self.screen = answer.screen if isinstance(answer, TimedOut) else answer

    def press(self, key: str) -> Run[None]:
        """Press a key and remember what the screen was then."""
        before = self.screen
        answer = yield Press(key)
        self.screen = answer.screen if isinstance(answer, TimedOut) else answer
        if key in LOCAL_KEYS and not self.character_host:  # a VT obeys no key itself
            return
        # A locked keyboard means the host has not answered yet, so its counters are exact; else
        # the answer is already here and the counters before the key are the base.
        base = self.screen if self.screen.locked else before
        self.before_key = before
        self._version = base.version
        # A character host locks nothing: its answer is a change of the screen, and quiet.
        self._asked = None if self.character_host else base.unlocks

    def wait(
        self,
        until: Callable[[Screen], bool],
        seconds: float,
        what: str,
        quiet: float = 0.0,
        heard: str = "",
    ) -> Run[bool]:
        """Wait; True when the condition came, False when the time ended."""
        answer = yield Wait(until, seconds, what, quiet, heard)
        self._restless = quiet if isinstance(answer, TimedOut) and answer.restless else 0.0
        if isinstance(answer, TimedOut):
            self.screen = answer.screen
            return False
        self.screen = answer
        return True

    @property
    def character_host(self) -> bool:
        """The host sends characters, not screens: nothing says when it has finished."""
        return self.screen.kind == "VT"

    def quiet(self, entities: Iterable[str] = ()) -> float:
        """Seconds the screen must stand still at the arrival at one of these entities.

        A character host's is never believed at once, whatever the entity says.
        """
        wanted = max((self.model.entity(name).quiet for name in entities), default=0.0)
        return wanted or (QUIET if self.character_host else 0.0)

    # ---- what the screen is ------------------------------------------------------------------

    def answered(self, screen: Screen) -> bool:
        """The keyboard is free, and the host has freed it since the last key that asked it.

        A host whose last write was not valid has freed it without showing its answer.
        """
        if screen.locked or screen.stale or not screen.connected:
            return False
        return self._asked is None or screen.unlocks > self._asked

    def renewed(self, screen: Screen) -> bool:
        """Answered, and the host has changed the screen."""
        return self.answered(screen) and screen.version > self._version

    @property
    def unanswered(self) -> bool:
        """A character host has changed nothing since the last key or typing.

        It locks no keyboard, so its old screen would look like an arrival.
        """
        return self.character_host and self.screen.version <= self._version

    def recognise(self, screen: Screen) -> Entity | None:
        """The entity of a screen; asked again about the same screen it remembers."""
        if self._known is None or self._known[0] is not screen:
            self._known = (screen, self.model.recognise(screen))
        return self._known[1]

    @property
    def entity(self) -> Entity | None:
        """The current entity."""
        return self.recognise(self.screen)

    def here(self) -> Run[Entity]:
        """The current entity, waiting a little when the host has not finished.

        Raises:
            UnknownScreen: the screen is not an entity.
        """
        yield from self.wait(
            lambda screen: self.answered(screen) and self.recognise(screen) is not None,
            DEFAULT_TIMEOUT,
            "a known entity",
            0.0 if self.entity is not None else self.quiet(),
        )
        entity = self.entity
        if entity is None or not self.answered(self.screen):
            near = self.nearest()
            raise UnknownScreen(nearest=near.entity, difference=near.difference)
        return entity

    def nearest(self) -> Nearest:
        """The nearest entity of the current screen, and why it is not simply that one."""
        entity = self.entity
        if entity is None:  # the difference quotes the screen: without secrets
            return nearest(self.model.entities, self.masked())
        if self.screen.locked:
            drawn = self.screen.kind == "3270" and self.screen.version > self._version
            way = ": press Reset if the host leaves it so" if drawn else ""
            return Nearest(entity.name, f"it is shown, but the keyboard is locked{way}")
        if self._restless:
            seconds = f"{self._restless:g} seconds"
            difference = f"it is shown, but the screen did not stand still for {seconds}: see quiet"
            return Nearest(entity.name, difference)
        if self.unanswered:
            return Nearest(entity.name, "it is still shown: nothing has changed since the last key")
        if self.screen.stale:
            return Nearest(entity.name, "it is still shown: the host's last record was not valid")
        if not self.answered(self.screen):
            return Nearest(entity.name, "it is shown, but the host has not answered the last key")
        return Nearest(entity.name, "it is still shown")

    def arrived(self, entity: Entity) -> None:
        """Note an arrival: path, read variables, cursor position; nothing is written yet."""
        if not self.path or not same(self.path[-1], entity.name):
            self.path.append(entity.name)
        self.written.clear()
        self.cached.clear()
        row, column = self.screen.place(self.screen.cursor)
        self.variables[CURSOR_POSITION] = f"{row},{column}"
        for attribute in entity.attributes:
            if attribute.read_variable:
                self.variables[attribute.read_variable] = self.shown(entity, attribute)

    # ---- what is on it -----------------------------------------------------------------------

    def attribute(self, entity: Entity, name: str) -> Attribute:
        """An attribute of an entity.

        Raises:
            AttributeNotFound: the entity has none of this name.
        """
        found = find(entity.attributes, name)
        if found is None:
            raise AttributeNotFound(attribute=name, entity=entity.name, problem="it is not defined")
        return found

    def shown(self, entity: Entity, attribute: Attribute) -> str:
        """What an attribute shows, without blanks at its ends; "" when it is not there."""
        try:
            return text(entity, attribute, self.screen).strip()
        except AttributeNotFound:
            return ""

    def variable(self, name: str) -> str:
        """A variable's value: for this call, else the session's."""
        return self.overlay.get(name, self.variables.get(name, ""))

    def is_secret(self, variable: str) -> bool:
        """Whether a variable's value may not be shown."""
        found = find(self.model.variables, variable)
        return found is not None and found.secret

    def keep_secret(self, value: str) -> None:
        """Mask a value wherever it shows from now on."""
        self._secrets.add(value)

    def covered(self, text: str) -> str:
        """A text with secret values masked."""
        return mask_text(text, self._secrets)

    def masked(self, screen: Screen | None = None) -> Screen:
        """The screen, or another one of the session, with secret areas and values masked."""
        return masked(self.model, screen or self.screen, self._secrets)

    def details(self) -> dict[str, object]:
        """What an error carries for people."""
        entity = self.entity
        return {
            "screen": str(self.masked()),
            "entity": entity.name if entity else "",
            "path": tuple(self.path),
        }
