"""A model as the session server runs it."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from secrets import token_bytes
from typing import Final

from sesssrvr.deployment.program import Account, SessionVariables
from sesssrvr.model import (
    HostSettings,
    Interaction,
    Model,
    ProcedureCall,
    ProcedureResult,
    go_to,
    run_procedure,
    start,
)
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.sign_on import is_sign_on, user_of
from sesssrvr.model.masking import masked, secret_texts
from sesssrvr.model.names import find, same
from sesssrvr.model.steps import Run
from sesssrvr.model.variables import secret_values, settable
from sesssrvr.terminal.screen import Screen
from verdigris import metadata
from verdigris.errors import RequestError


_KEY: Final = token_bytes(32)
"""Of the digests of passwords: they are of use to this process only."""


class ModelProgram:
    """Gives a loaded model the shape of `sesssrvr.deployment.program.Program`.

    Args:
        model: as read from a package.
    """

    __slots__ = ("_described", "_model", "_needs")

    def __init__(self, model: Model) -> None:
        self._model = model
        self._described: dict[tuple[str, str], metadata.Model] = {}
        self._needs = tuple(
            name
            for entity in model.entities
            for one in entity.operations
            if is_sign_on(entity, one, model.variables)
            for name in one.needs
        )

    def __repr__(self) -> str:
        return f"<ModelProgram {self._model!r}>"

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def home(self) -> str:
        """Its home entity."""
        return self._model.home

    def host(self, values: Mapping[str, str]) -> HostSettings:
        """The host of a session with these variables."""
        return self._model.host_for(values)

    def account(self, values: Mapping[str, str]) -> Account | None:
        """The account that a session with these variables signs on with; None without a password."""
        variables = self._model.variables
        secrets = sorted(
            (one.name, values.get(one.name, ""))
            for one in variables
            if one.secret or one.setting == "host-password"
        )
        if not any(value for _, value in secrets):
            return None
        user = user_of(variables, lambda name: values.get(name, ""), self._needs)
        return Account(user, blake2b(repr(secrets).encode(), key=_KEY).digest())

    def metadata(self, version: str, namespace: str) -> metadata.Model:
        """What clients see of it; made once for each namespace."""
        key = version, namespace
        if key not in self._described:
            self._described[key] = self._model.metadata(version, namespace)
        return self._described[key]

    def resolve(self, client: Mapping[str, str], pool: Mapping[str, str]) -> SessionVariables:
        """The values a session starts with."""
        return self._model.resolve(client, pool)

    def change(self, values: SessionVariables, client: Mapping[str, str]) -> None:
        """Set variables as a client may: all of them or none."""
        for name in client:
            settable(find(self._model.variables, name), self._model.name, name)
        values.update(client)

    def readable(self, values: Mapping[str, str]) -> dict[str, str | None]:
        """What a client may see of a session's variables."""
        return {**self._model.readable(values)}

    def start(self, screen: Screen, values: SessionVariables, entity: str) -> Run[Screen]:
        """From the first screen of a new host session to an entity."""
        return start(self._model, screen, values, entity)

    def go_to(self, screen: Screen, values: SessionVariables, entity: str) -> Run[Screen]:
        """From wherever the session is to an entity."""
        return go_to(self._model, screen, entity or self._model.home, values)

    def perform(
        self, screen: Screen, call: ProcedureCall, values: SessionVariables
    ) -> Run[ProcedureResult]:
        """Run a procedure."""
        return run_procedure(self._model, screen, call, values)

    def writes(self, call: ProcedureCall) -> bool:
        """Whether a procedure may change something at the host."""
        try:
            return not self._model.find(call.procedure, call.table)[1].read_only
        except RequestError:
            return False

    def interact(self, screen: Screen, values: SessionVariables) -> Interaction:
        """The beginning of what a client does with a session besides procedures."""
        return Interaction(self._model, screen, values)

    def rests(self, screen: Screen, entity: str) -> bool:
        """Whether `go_to` has nothing to do."""
        if screen.locked or screen.stale:
            return False
        found = self._model.recognise(screen)
        return found is not None and same(found.name, entity or self._model.home)

    def arrived(self, screen: Screen, values: SessionVariables) -> None:
        """Set the variables that the entity of the screen gives values."""
        if (found := self._model.recognise(screen)) is not None:
            Context(self._model, screen, values).arrived(found)

    def entity(self, screen: Screen) -> str:
        """The entity a screen is."""
        found = self._model.recognise(screen)
        return "" if found is None else found.name

    def picture(self, screen: Screen, values: Mapping[str, str], secrets: Iterable[str]) -> str:
        """The text of a screen for people, its secrets masked."""
        hidden = {*secrets, *secret_values(self._model.variables, values)}
        return str(masked(self._model, screen, hidden))

    def secret_texts(self, screen: Screen) -> Iterable[str]:
        """What the secret areas of a screen show."""
        return secret_texts(self._model, screen)
