"""What a connector says to a session server: open, use, keep and end sessions. See docs/reference/protocol.md."""

from typing import Literal

import msgspec

from verdigris.metadata import ColumnType, Value
from verdigris.wire.message_parts import Kind, Login, Message, Passed, ScreenWatch, Values


class Open(Message, frozen=True, array_like=True, tag=80):
    """Direct connect: a session of this model or pool (product facts 9.2). Answer: `Opened`."""

    kind: Kind
    name: str
    login: Login
    variables: Values
    location: str = ""


class Claim(Message, frozen=True, array_like=True, tag=81):
    """Open the allocated session (docs/allocation.md, step 10). Answer: `Opened` (step 12), or 3152."""

    session: str
    claim: str
    login: Login
    variables: Values


class Resume(Message, frozen=True, array_like=True, tag=82):
    """The suspended session, please. Answer: `Opened`, or 9107."""

    session: str
    login: Login
    variables: Values


class Opened(Message, frozen=True, array_like=True, tag=83):
    """The session is yours, at its startup or home entity.

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
    """Perform a table procedure (product facts 9.3). Answer: `Rows`.

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
    """What a procedure returned.

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
    """Open, perform and let go in one round trip. Answer: `Ran`.

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
    """What `Run` came to: the opened session and the answer of the perform, if there was one."""

    opened: Opened
    answer: "Rows | Variables | None" = None


class GetVariables(Message, frozen=True, array_like=True, tag=88):
    """The model variables of the session that clients may read. Answer: `Variables`."""

    session: str


class SetVariables(Message, frozen=True, array_like=True, tag=89):
    """Set model variables of the session. Answer: `Done`."""

    session: str
    values: Values


class Variables(Message, frozen=True, array_like=True, tag=90):
    """Current values; secret ones are None."""

    values: Values


class Suspend(Message, frozen=True, array_like=True, tag=91):
    """Detach and keep the host session for some minutes (product facts 9.5). Answer: `Done`."""

    session: str
    minutes: float


class Release(Message, frozen=True, array_like=True, tag=92):
    """The session is done with; also ends a suspended one, for its user alone. Answer: `Done`.

    Attributes:
        login: of whoever ends a suspended session: as for `Resume`.
    """

    session: str
    login: Login = msgspec.field(default_factory=Login)
