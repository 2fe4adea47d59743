"""What the gateway asks of the rest of the world: one call, and whoever carries it out.

Law: a call is a frozen value that says everything; nothing about HTTP or SOAP is left in it. The
caller behind the protocol may be the connector, a test's memory or a benchmark's echo. They are
structs of msgspec: making a frozen dataclass of twenty fields costs more than parsing a request.
"""

from typing import Literal, Protocol

from msgspec import Struct, field

from verdigris.values import NOBODY, Credentials
from verdigris.wire import Kind, Rows, ScreenWatch, Values


class Environment(Struct, frozen=True):
    """The environment block of a request, as far as it was given.

    Attributes:
        domain: None if the request says nothing, "" if it says "no domain".
        session: a session id, "" for a stateless call.
        connection_timeout: seconds to keep trying to get a session.
        method_timeout: seconds the procedure may take.
        max_rows: 0 is all.
    """

    domain: str | None = None
    session: str = ""
    credentials: Credentials = NOBODY
    connection_timeout: float | None = None
    method_timeout: float | None = None
    max_rows: int | None = None

    def __repr__(self) -> str:
        return f"<Environment domain={self.domain!r} {self.credentials!r}>"


class Invocation(Struct, frozen=True):
    """One operation of a service, decoded.

    Attributes:
        operation: the contract's name of it, or one of the operations every service has.
        filters, data, variables: by the names of the model. A data value None blanks the field.
    """

    operation: str
    environment: Environment = Environment()
    variables: Values = field(default_factory=dict)
    filters: Values = field(default_factory=dict)
    data: Values = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Invocation of {self.operation} {self.environment!r}>"


class Call(Struct, frozen=True):
    """Everything a caller needs to know.

    Attributes:
        action: perform a procedure, read the model variables, or make and end a kept session.
        kind, name: the model or pool.
        domain: the chosen domain, "" for the configured session server.
        session: a session id, "" for a session of its own.
        table, procedure: spelled by the model; "" if none is performed.
        columns: wanted output columns.
        connection_timeout, method_timeout: seconds.
        minutes: how long a kept session is kept without a call.
        location: where the client is, for message 2643.
        repeatable: the modeller promised that the procedure changes nothing.
        watch: what to tell of the screens passed.
    """

    action: Literal["perform", "variables", "create", "destroy"]
    kind: Kind
    name: str
    request_id: str
    domain: str = ""
    session: str = ""
    table: str = ""
    procedure: str = ""
    filters: Values = field(default_factory=dict)
    data: Values = field(default_factory=dict)
    variables: Values = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    max_rows: int = 0
    credentials: Credentials = NOBODY
    connection_timeout: float = 30.0
    method_timeout: float = 30.0
    minutes: float = 20.0
    location: str = ""
    repeatable: bool = False
    watch: ScreenWatch = ""

    def __repr__(self) -> str:
        what = self.procedure or self.action
        return (
            f"<Call {self.request_id} of {what} at {self.kind} {self.name} domain={self.domain!r}>"
        )


Result = Rows | Values | str | None
"""Rows of a procedure, values of model variables, the id of a kept session, nothing."""


class Caller(Protocol):
    """Carries out calls."""

    async def call(self, call: Call) -> Result:
        """Carry out one call; cancelled when its client goes away.

        Returns:
            `Rows` for "perform", `Values` for "variables", a session id for "create", None for
            "destroy".

        Raises:
            VerdigrisError: whatever went wrong.
        """
