"""Messages from a connector to a session server: open, use, suspend and end sessions. See docs/reference/protocol.md."""

from collections.abc import Iterable
from typing import Any, Literal, Self

import msgspec

from verdigris.errors import Effect, VerdigrisError, revive
from verdigris.metadata import ColumnType, Value
from verdigris.wire.message_parts import Kind, Login, Message, Passed, ScreenWatch, Values
from verdigris.wire.session_calls import SessionCall, as_sent


class Open(Message, frozen=True, array_like=True, tag=80):
    """Direct connection: request for a session of a model or pool (product facts 9.2). Answer: `Opened`."""

    kind: Kind
    name: str
    login: Login
    variables: Values
    location: str = ""


class Claim(Message, frozen=True, array_like=True, tag=81):
    """Request to open the allocated session (docs/allocation.md, step 10). Answer: `Opened` (step 12), or 3152."""

    session: str
    claim: str
    login: Login
    variables: Values


class Resume(Message, frozen=True, array_like=True, tag=82):
    """Request to resume a suspended session. Answer: `Opened`, or failure 9107."""

    session: str
    login: Login
    variables: Values


class Opened(Message, frozen=True, array_like=True, tag=83):
    """Confirmation that the session is open, at its startup or home entity.

    Attributes:
        id: the session's number in logs.
    """

    session: str
    server: str
    model: str
    version: str
    session_type: str
    entity: str
    id: int = 0


class Perform(Message, frozen=True, array_like=True, tag=84):
    """Request to perform a table procedure (product facts 9.3). Answer: `Rows`.

    Attributes:
        session: whose; "" inside a `Run`.
        table: "" finds the procedure in any table.
        columns: wanted output columns, () is all.
        max_rows: 0 is all.
        watch: what to tell of the screens passed.
    """

    session: str
    table: str
    procedure: str
    filters: Values
    data: Values
    columns: tuple[str, ...] = ()
    max_rows: int = 0
    case_sensitive: bool = True
    watch: ScreenWatch = ""


class Rows(Message, frozen=True, array_like=True, tag=85):
    """The result of a procedure.

    Attributes:
        columns: (name, type) of each value of a row.
        affected: records written, for INSERT, UPDATE and DELETE.
        path: the entities passed.
        server: where it ran.
        milliseconds: how long it took there.
        screens: those passed, if `Perform.watch` asked for them.
    """

    columns: tuple[tuple[str, ColumnType], ...]
    rows: list[list[Value]]
    affected: int = 0
    path: tuple[str, ...] = ()
    server: str = ""
    milliseconds: float = 0.0
    screens: tuple[Passed, ...] = ()


class Run(Message, frozen=True, array_like=True, tag=86):
    """Request to open a session, perform and release or suspend in one round trip. Answer: `Ran`.

    Attributes:
        after: "release" or "suspend"; a call that fails releases a session that was opened by it
            and suspends again one that was resumed.
        minutes: how long to keep a suspended session.
    """

    opening: "Open | Claim | Resume"
    perform: "Perform | GetVariables | CallSession | None"
    after: Literal["release", "suspend"] = "release"
    minutes: float = 0.0


class Ran(Message, frozen=True, array_like=True, tag=87):
    """The result of `Run`: the opened session, and the answer of its procedure or calls if there were any."""

    opened: Opened
    answer: "Rows | Variables | SessionCalled | None" = None


class GetVariables(Message, frozen=True, array_like=True, tag=88):
    """Request for the session's model variables that clients may read. Answer: `Variables`."""

    session: str


class SetVariables(Message, frozen=True, array_like=True, tag=89):
    """Request to set model variables of the session. Answer: `Done`."""

    session: str
    values: Values


class Variables(Message, frozen=True, array_like=True, tag=90):
    """Current values of model variables; secret ones are None."""

    values: Values


class CallSession(Message, frozen=True, array_like=True, tag=96):
    """Request to perform calls of a session in order, up to the first that fails. Answer: `SessionCalled`.

    No call of the batch is begun if one of them is not valid (error 9124), and nobody else's comes
    between them.

    Attributes:
        session: whose; "" inside a `Run`.
        calls: each a map by field name (docs/reference/session-calls.md), at most 1,000.
    """

    session: str
    calls: tuple[msgspec.Raw, ...]

    @classmethod
    def of(cls, session: str, calls: "Iterable[SessionCall[Any]]") -> Self:
        """The message that asks for these calls."""
        return cls(session, tuple([as_sent(one) for one in calls]))


class CallFailure(Message, frozen=True, array_like=True):
    """The error a session call ended with; its members are those of `Failure`."""

    code: int
    facts: dict[str, str]
    details: dict[str, object]
    effect: Effect = ""

    @classmethod
    def of(cls, error: VerdigrisError) -> Self:
        """The message for an error."""
        return cls(
            error.code, error.facts, msgspec.to_builtins(error.details, enc_hook=str), error.effect
        )

    def error(self) -> VerdigrisError:
        """The error again."""
        found = revive(self.code, self.facts, self.details)
        found.effect = self.effect
        return found


class SessionCalled(Message, frozen=True, array_like=True, tag=97):
    """The results of session calls, in their order; fewer than calls if one of them failed.

    Attributes:
        results: of the type that docs/reference/session-calls.md names; nil for calls without one.
        failure: of the call after these.
    """

    results: tuple[msgspec.Raw, ...]
    failure: CallFailure | None = None


class Suspend(Message, frozen=True, array_like=True, tag=91):
    """Request to keep the host session for some minutes without a client (product facts 9.5). Answer: `Done`."""

    session: str
    minutes: float


class Release(Message, frozen=True, array_like=True, tag=92):
    """End of a session, or of a suspended one by its user. Answer: `Done`.

    Attributes:
        login: of whoever ends a suspended session: as for `Resume`.
    """

    session: str
    login: Login = msgspec.field(default_factory=Login)
