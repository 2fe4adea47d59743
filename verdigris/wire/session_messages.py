"""Messages from a connector to a session server: open, use, suspend and end sessions. See docs/reference/protocol.md."""

from typing import Literal

import msgspec

from verdigris.metadata import ColumnType, Value
from verdigris.wire.message_parts import Kind, Login, Message, Passed, ScreenWatch, Values


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
    perform: "Perform | GetVariables | None"
    after: Literal["release", "suspend"] = "release"
    minutes: float = 0.0


class Ran(Message, frozen=True, array_like=True, tag=87):
    """The result of `Run`: the opened session, and the answer of its procedure if there was one."""

    opened: Opened
    answer: "Rows | Variables | None" = None


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
