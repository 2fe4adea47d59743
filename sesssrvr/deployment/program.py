"""What the session server needs of a deployed model, and how a real model gives it.

A program never touches a host: what it returns are runs (generators of steps), performed by
`sesssrvr.hosts.host_session`. It is shared by all sessions of the model and keeps nothing of any of
them.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Protocol

from sesssrvr.model import HostSettings, Interaction, ProcedureCall, ProcedureResult
from sesssrvr.model.steps import Run
from sesssrvr.terminal.screen import Screen
from verdigris import metadata


SessionVariables = MutableMapping[str, str]
"""The model variables of one session, by name in any case."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a session signs on with at its host.

    Attributes:
        user: "" if no variable holds one.
        proof: equal for equal passwords and keys; says nothing about them.
    """

    user: str
    proof: bytes = field(repr=False)


class Program(Protocol):
    """One deployed model, ready to be run."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def home(self) -> str:
        """Its home entity."""

    def host(self, values: Mapping[str, str]) -> HostSettings:
        """The host of a session with these variables, before any override of its address."""

    def account(self, values: Mapping[str, str]) -> Account | None:
        """The account that a session with these variables signs on with; None without a password."""

    def metadata(self, version: str, namespace: str) -> metadata.Model:
        """What clients see of it."""

    def resolve(self, client: Mapping[str, str], pool: Mapping[str, str]) -> SessionVariables:
        """The values a session starts with: client > pool > model.

        Raises:
            UnknownVariable: the model lacks one, or clients may not set it.
        """

    def change(self, values: SessionVariables, client: Mapping[str, str]) -> None:
        """Set variables as a client may.

        Raises:
            UnknownVariable: the model lacks one, or clients may not set it; none is set then.
        """

    def readable(self, values: Mapping[str, str]) -> dict[str, str | None]:
        """What a client may see of a session's variables; secret ones are None."""

    def start(self, screen: Screen, values: SessionVariables, entity: str) -> Run[Screen]:
        """From the first screen of a new host session to an entity."""

    def go_to(self, screen: Screen, values: SessionVariables, entity: str) -> Run[Screen]:
        """From wherever the session is to an entity."""

    def perform(
        self, screen: Screen, call: ProcedureCall, values: SessionVariables
    ) -> Run[ProcedureResult]:
        """Run a procedure."""

    def writes(self, call: ProcedureCall) -> bool:
        """Whether a procedure may change something at the host; one that does not exist cannot."""

    def interact(self, screen: Screen, values: SessionVariables) -> Interaction:
        """The beginning of what a client does with a session besides procedures."""

    def rests(self, screen: Screen, entity: str) -> bool:
        """Whether `go_to` has nothing to do: the screen is the entity, and takes input."""

    def arrived(self, screen: Screen, values: SessionVariables) -> None:
        """Set the variables that the entity of the screen gives values."""

    def entity(self, screen: Screen) -> str:
        """The entity a screen is; "" if it is none."""

    def picture(self, screen: Screen, values: Mapping[str, str], secrets: Iterable[str]) -> str:
        """The text of a screen for people, its secrets masked.

        Args:
            screen: as the terminal shows it.
            values: of the session's variables; secret ones are masked wherever they show.
            secrets: further texts to mask: what was typed as a secret.
        """

    def secret_texts(self, screen: Screen) -> Iterable[str]:
        """What the secret areas of a screen show."""
