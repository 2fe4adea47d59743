"""A host session in use: what `connect_to_...` and `resume` give."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from verdigris.connector._deferred import deferred
from verdigris.connector.convert import Given, to_wire
from verdigris.connector.performer import Caller, own
from verdigris.connector.plans import GRACE
from verdigris.connector.results import CallReport, ResultSet
from verdigris.connector.session_call_methods import SessionCallMethods
from verdigris.connector.session_calls import (
    ErrorMessage,
    error_messages,
    error_screen,
    results_of,
)
from verdigris.errors import ProtocolError, SessionGone, VerdigrisError
from verdigris.link import Link
from verdigris.metadata import Model, Value
from verdigris.wire import (
    CallSession,
    Describe,
    Described,
    Done,
    GetVariables,
    Login,
    Opened,
    Perform,
    Release,
    Request,
    Rows,
    SessionCalled,
    SetVariables,
    Suspend,
    Variables,
)
from verdigris.wire import session_calls as calls


A = TypeVar("A")

CONTROL = 5.0
"""Seconds for what needs no host: variables, metadata, suspend, release."""


class Session(SessionCallMethods):
    """A host session of ours.

    It lives as long as the connection to its session server; `disconnect` gives it back. One call
    at a time: a second one is refused by the server (9110). Besides the methods here it has one for
    each session call (docs/reference/session-calls.md), such as `get_current_entity()`.

    Attributes:
        session_id: names the session and its session server; give it to `resume`. A secret: who
            has it has the session.
        server: the session server's name.
        model, version: what the session runs.
        session_type: "3270", "5250" or "VT".
        entity: the entity it was opened at.
        ran: how it was come by.
        request_id: of the last call.
        method_timeout: seconds a call may take.
        last_error: of the last call that failed.
    """

    def __init__(
        self,
        link: Caller,
        opened: Opened,
        report: CallReport,
        method_timeout: float,
        login: Callable[[], Awaitable[Login]],
    ) -> None:
        self._login = login
        self._link = link
        self._gone = False
        self._calls = 0
        self.method_timeout = method_timeout
        self.last_error: VerdigrisError | None = None
        self.session_id = opened.session
        self.number = opened.id
        self.server = opened.server
        self.model = opened.model
        self.version = opened.version
        self.session_type = opened.session_type
        self.entity = opened.entity
        self.report = report
        self.request_id = report.request_id

    def __repr__(self) -> str:
        state = "" if self.is_connected else " disconnected"
        return f"<Session {self.number} of {self.model} at {self.server}{state}>"

    @property
    def is_connected(self) -> bool:
        """Whether the session is ours, as far as this side knows."""
        return not self._gone and self._link.open

    @property
    def is_secure_connection(self) -> bool:
        """Whether the connection to the session server is TLS."""
        return isinstance(self._link, Link) and self._link.secured

    @property
    def version_string(self) -> str:
        """The version of this connector; "0" in a checkout that is not installed."""
        try:
            return version("verdigris")
        except PackageNotFoundError:
            return "0"

    @property
    def last_error_message_list(self) -> tuple[ErrorMessage, ...]:
        """Number and text of the last error, and of what led to it (product facts 9.4)."""
        return error_messages(self.last_error)

    @property
    def error_screen(self) -> str:
        """The screen at the last error, secrets masked; "" if there was none."""
        return error_screen(self.last_error)

    @deferred
    async def perform_calls(
        self,
        wanted: Sequence[calls.AnyCall],
        *,
        method_timeout: float | None = None,
        request_id: str = "",
    ) -> list[Any]:
        """Perform session calls in one round trip, in order up to the first that fails.

        Args:
            wanted: such as `[calls.SetCurrentEntity("MainMenu"), calls.GetAttributes()]` of
                `verdigris.wire.session_calls`.
            method_timeout: seconds for all of them, instead of the session's.
            request_id: of these calls; made from the session's if absent.

        Returns:
            The result of each.

        Raises:
            BadSessionCall: one of them is not valid; none was begun.
            ConnectionLost: the work may or may not have been done.
            VerdigrisError: of the call that failed: details `call` and `number` name it, `results` are
                those before it; `effect` says what the host may have done.
        """
        listed = tuple(wanted)
        seconds = self.method_timeout if method_timeout is None else method_timeout
        try:
            body = CallSession.of(self.session_id, listed)
            answer = await self._ask(body, SessionCalled, seconds, request_id)
            return results_of(listed, answer, self.server)
        except VerdigrisError as error:
            error.request_id = error.request_id or self.request_id
            self.last_error = error.settle(writes=calls.acts(listed))
            raise

    @deferred
    async def perform_table_procedure(
        self,
        table: str,
        procedure: str,
        filters: Mapping[str, Given] | None = None,
        data: Mapping[str, Given] | None = None,
        columns: Sequence[str] = (),
        max_rows: int = 0,
        case_sensitive: bool = True,  # noqa: FBT001, FBT002 - the documented argument (product facts 6.2)
        *,
        method_timeout: float | None = None,
        request_id: str = "",
        repeatable: bool = False,
    ) -> ResultSet:
        """Perform a procedure of a table (product facts 9.3).

        Args:
            table: its table; "" finds the procedure in any table.
            procedure: its name, in any case.
            filters: what selects the rows.
            data: what is written.
            columns: wanted output columns; none is all.
            max_rows: at most so many rows; 0 is all.
            case_sensitive: whether filters compare case-sensitively.
            method_timeout: seconds, instead of the session's.
            request_id: of this call; made from the session's if absent.
            repeatable: the procedure is read-only: no error says that it may have changed something.

        Raises:
            MethodTimedOut: 2820.
            ConnectionLost: the work may or may not have been done.
            VerdigrisError: what the session server answered; `effect` says what the host may have done.
        """
        body = Perform(
            self.session_id,
            table,
            procedure,
            to_wire(filters),
            to_wire(data),
            tuple(columns),
            max_rows,
            case_sensitive,
        )
        seconds = self.method_timeout if method_timeout is None else method_timeout
        try:
            rows = await self._ask(body, Rows, seconds, request_id)
        except VerdigrisError as error:
            raise error.settle(writes=not repeatable)  # noqa: B904 - it is the same error
        report = CallReport(
            rows.server or self.server,
            self.request_id,
            path=rows.path,
            milliseconds=rows.milliseconds,
            session_id=self.session_id,
            session_number=self.number,
            model=self.model,
            version=self.version,
        )
        return ResultSet(rows, report)

    @deferred
    async def get_model_variables(self) -> dict[str, Value]:
        """The model variables that clients may read; secret ones are None."""
        return (await self._ask(GetVariables(self.session_id), Variables)).values

    @deferred
    async def set_model_variables(self, values: Mapping[str, Given]) -> None:
        """Set model variables.

        Raises:
            UnknownVariable: no such variable, or clients may not write it.
        """
        await self._ask(SetVariables(self.session_id, to_wire(values)), Done)

    @deferred
    async def metadata(self) -> Model:
        """What the session's model offers."""
        asked = Describe("model", self.model, await self._login(), self.session_id)
        return (await self._ask(asked, Described)).model

    @deferred
    async def suspend(self, minutes: float) -> str:
        """Detach and keep the host session for some minutes (product facts 9.5).

        Returns:
            The session id: any connector can `resume` it.
        """
        await self._ask(Suspend(self.session_id, minutes), Done)
        self._gone = True
        return self.session_id

    @deferred
    async def disconnect(self) -> None:
        """Give the session back. Nothing happens if it is gone already."""
        if not self.is_connected:
            return
        try:
            await self._ask(Release(self.session_id), Done)
        except SessionGone:
            pass
        finally:
            self._gone = True

    async def _ask(
        self, body: Request, kind: type[A], seconds: float = CONTROL, request_id: str = ""
    ) -> A:
        if self._gone:
            raise SessionGone(session=self.number, server=self.server).settle(writes=False)
        self._calls += 1
        self.request_id = request_id or f"{self.report.request_id}-{self._calls}"
        try:
            answer = await self._link.call(
                body, request_id=self.request_id, seconds=seconds, grace=GRACE
            )
        except VerdigrisError as problem:
            error = own(problem)
            error.request_id = self.request_id
            self.last_error = error
            raise error from None
        if not isinstance(answer, kind):
            raise ProtocolError(
                peer=f"session server {self.server}", problem=f"{answer!r} as answer"
            )
        return answer
