"""Operations: what is done on one entity to reach another."""

from dataclasses import dataclass, field

from sesssrvr.model.names import NOWHERE, Origin
from sesssrvr.model.operation_commands import DEFAULT_TIMEOUT, Command


@dataclass(frozen=True, slots=True)
class Intermediate:
    """An arrival on the way: its action is done, and the wait for the destination goes on.

    Attributes:
        entity: the screen that may come.
        operation: of that entity; its commands are the action. "" only waits on.
    """

    entity: str
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """Commands that lead from an entity to a destination.

    Attributes:
        destination: the entity it is meant to reach.
        alternates: entities that are an arrival as well.
        intermediates: entities that may come on the way.
        errors: entities whose arrival means an error of this operation.
        commands: done in order.
        default: "use for navigation commands to this destination": routes are made of these.
        needs: variables without which it is not begun, such as those of a sign-on; a new session
            that has none of them waits at the operation's entity.
        timeout: seconds to arrive after the last command, and again after each intermediate.
    """

    name: str
    destination: str
    commands: tuple[Command, ...] = ()
    alternates: tuple[str, ...] = ()
    intermediates: tuple[Intermediate, ...] = ()
    errors: tuple[str, ...] = ()
    default: bool = False
    needs: tuple[str, ...] = ()
    timeout: float = DEFAULT_TIMEOUT
    description: str = ""
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)

    @property
    def arrivals(self) -> tuple[str, ...]:
        """Destination and alternates."""
        return (self.destination, *self.alternates)
