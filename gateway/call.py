"""Call: one operation to be carried out, independent of the protocol it came by, and its result.

A client's request is decoded into an `Invocation`; a service makes a `Call` of it, a frozen value
that says everything a `Caller` needs and nothing of HTTP, SOAP or REST. The caller is the connector,
the memory of a test or the echo of a benchmark. These are structs of msgspec: creating a frozen
dataclass of twenty fields costs more than parsing a request.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct, field

from verdigris.config.plugin_cfg import PluginConfig
from verdigris.metadata import Column
from verdigris.rights import ActTarget
from verdigris.values import NOBODY, Credentials
from verdigris.wire import Kind, Rows, ScreenWatch, Values
from verdigris.wire.session_calls import AnyCall


def _ignore(server: str) -> None:
    """For clients that are not to learn where a procedure ran."""


class Client(Struct, frozen=True):
    """The sender of a request, and the settings the request is carried out under.

    Attributes:
        request_id: of the request.
        location: the address of the client, for message 2643.
        secure: the request came over HTTPS.
        local: it came from this machine.
        config: one snapshot of the settings for the whole request.
        authorization: the credentials of its Authorization header.
        certificate_user: the name in its client certificate; "" if it shows none.
        metadata: the services it may be told of; None is all.
        user: who reads them; "" if nobody asks.
        ran_on: called with the session server a procedure ran on (header X-Verdigris-Server).
    """

    request_id: str
    location: str
    secure: bool
    local: bool
    config: PluginConfig
    authorization: Credentials = NOBODY
    certificate_user: str = ""
    metadata: tuple[ActTarget, ...] | None = None
    user: str = ""
    ran_on: Callable[[str], None] = _ignore

    def __repr__(self) -> str:
        return f"<Client {self.request_id} at {self.location}>"

    @property
    def may_send_credentials(self) -> bool:
        """Whether credentials are taken over its connection."""
        word = self.config.credentials_on_plain_http
        return self.secure or word == "always" or (word == "loopback" and self.local)


class Environment(Struct, frozen=True):
    """The environment block of a request, as far as it was given.

    Attributes:
        domain: None if the request does not name one, "" if it says "no domain".
        session: a session id, "" for a stateless call.
        credentials: user and password of the block.
        connection_timeout: seconds to keep trying to get a session.
        method_timeout: seconds the procedure may take.
        max_rows: rows at most; 0 is all.
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
    """One operation of a service with its values, decoded.

    Attributes:
        operation: its name in the contract, or one of the operations that every service has.
        environment: the settings of the request.
        variables, filters, data: values by the names of the model. A data value of None blanks the
            field.
    """

    operation: str
    environment: Environment = Environment()
    variables: Values = field(default_factory=dict)
    filters: Values = field(default_factory=dict)
    data: Values = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Invocation of {self.operation} {self.environment!r}>"


class Call(Struct, frozen=True):
    """Everything a caller needs to carry out an operation.

    Attributes:
        action: perform a procedure or session calls, read the model variables, or make or end a kept session.
        kind, name: the model or pool.
        request_id: of the request.
        domain: the chosen domain, "" for the configured session server.
        session: a session id, "" for a new session.
        table, procedure: spelled by the model; "" if none is performed.
        filters, data, variables: values by the names of the model.
        columns: wanted output columns.
        max_rows: rows at most; 0 is all.
        credentials: who calls.
        connection_timeout, method_timeout: seconds.
        minutes: how long a kept session is kept without a call.
        location: the address of the client, for message 2643.
        repeatable: the model says that the procedure changes nothing at the host.
        watch: what to report of the screens passed.
        case_sensitive: whether the procedure compares its filters so.
        calls: session calls.
    """

    action: Literal["perform", "calls", "variables", "create", "destroy"]
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
    case_sensitive: bool = True
    calls: tuple[AnyCall, ...] = ()

    def __repr__(self) -> str:
        what = self.procedure or self.action
        return (
            f"<Call {self.request_id} of {what} at {self.kind} {self.name} domain={self.domain!r}>"
        )


class SessionResults(Struct, frozen=True):
    """The results of session calls, in their order."""

    results: list[Any]


Result = Rows | SessionResults | Values | str | None
"""Rows of a procedure, results of session calls, values of model variables, the id of a kept session, nothing."""


class Caller(Protocol):
    """What carries out calls."""

    async def call(self, call: Call) -> Result:
        """Carry out one call; cancelled when its client goes away.

        Returns:
            `Rows` for "perform", `SessionResults` for "calls", `Values` for "variables", a session id for "create", None for
            "destroy".

        Raises:
            VerdigrisError: whatever went wrong.
        """


def column_positions(outputs: Sequence[Column], rows: Rows) -> list[tuple[Column, int]]:
    """Each column of a contract with its position in the rows of a result.

    Raises:
        ValueError: the result lacks a column.
    """
    positions = {name.casefold(): position for position, (name, _) in enumerate(rows.columns)}
    missing = [column.name for column in outputs if column.name.casefold() not in positions]
    if missing:
        raise ValueError(f"the result lacks {', '.join(missing)}")
    return [(column, positions[column.name.casefold()]) for column in outputs]
