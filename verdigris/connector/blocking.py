"""The connector for programs without a reactor: the same names, and every call blocks.

Law: no logic here. Each method is the asynchronous one, run on a reactor of our own in one thread
of the process; it does not choose the program's reactor or touch its signal handlers. Connectors
and sessions may be used from any number of threads.

    from verdigris.connector import Target
    from verdigris.connector.blocking import Connector

    with Connector(management_servers=["127.0.0.1:9641"]) as connector:
        session = connector.connect_to_model_via_domain("retail", "BankDemo")
        rows = session.perform_table_procedure("Customers", "SearchCustomers", {"Name": "SMITH"})
        session.disconnect()
"""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, Unpack, cast

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

import verdigris.connector as asynchronous
from verdigris.connector._thread import in_thread
from verdigris.connector.attempts import Attempt
from verdigris.connector.blocking_call_methods import BlockingCallMethods
from verdigris.connector.call_options import Options
from verdigris.connector.results import CallReport, ResultColumn, ResultSet, Row
from verdigris.connector.session_calls import ErrorMessage
from verdigris.connector.targets import Suspended, Target
from verdigris.errors import VerdigrisError
from verdigris.identity import Security
from verdigris.values import Endpoint
from verdigris.wire import Offers


__all__ = [
    "Attempt",
    "CallReport",
    "Connector",
    "ErrorMessage",
    "Options",
    "ResultColumn",
    "ResultSet",
    "Row",
    "Security",
    "Session",
    "Suspended",
    "Target",
    "Watch",
]

P = ParamSpec("P")
R = TypeVar("R")
Wait = Callable[[Callable[[], Any]], Any]


def at_once(job: Callable[[], Any]) -> Any:
    """Run a job whose Deferred has fired by the time it returns, as those of a fake have."""
    found: list[Any] = []
    result = job()
    if not isinstance(result, Deferred):
        return result
    result.addBoth(found.append)
    if not found:
        result.addErrback(lambda _: None).cancel()
        raise TimeoutError("the fake was told never to answer")
    if isinstance(found[0], Failure):
        found[0].raiseException()
    return found[0]


def _connector(
    method: Callable[Concatenate[asynchronous.Connector, P], Deferred[R]],
) -> Callable[Concatenate["Connector", P], R]:
    """The blocking form of a connector's method."""

    @wraps(method)
    def call(self: "Connector", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return cast(R, self._wait(lambda: method(self._inner, *args, **kwargs)))

    return call


def _opening(
    method: Callable[Concatenate[asynchronous.Connector, P], Deferred[asynchronous.Session]],
) -> Callable[Concatenate["Connector", P], "Session"]:
    """The blocking form of a method that opens a session."""

    @wraps(method)
    def call(self: "Connector", /, *args: P.args, **kwargs: P.kwargs) -> "Session":
        return Session(self._wait(lambda: method(self._inner, *args, **kwargs)), self._wait)

    return call


def _session(
    method: Callable[Concatenate[asynchronous.Session, P], Deferred[R]],
) -> Callable[Concatenate["Session", P], R]:
    """The blocking form of a session's method."""

    @wraps(method)
    def call(self: "Session", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return cast(R, self._wait(lambda: method(self._inner, *args, **kwargs)))

    return call


class Session(BlockingCallMethods):
    """A host session in use; see `verdigris.connector.Session`. A context manager: disconnects."""

    def __init__(self, inner: asynchronous.Session, wait: Wait) -> None:
        self._inner = inner
        self._wait = wait
        self.session_id = inner.session_id
        self.number = inner.number
        self.server = inner.server
        self.model = inner.model
        self.version = inner.version
        self.session_type = inner.session_type
        self.entity = inner.entity
        self.report = inner.report

    def __repr__(self) -> str:
        return repr(self._inner)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    @property
    def is_connected(self) -> bool:
        """Whether the session is ours, as far as this side knows."""
        return self._inner.is_connected

    @property
    def request_id(self) -> str:
        """Of the last call."""
        return self._inner.request_id

    @property
    def method_timeout(self) -> float:
        """Seconds a call may take."""
        return self._inner.method_timeout

    @method_timeout.setter
    def method_timeout(self, seconds: float) -> None:
        self._inner.method_timeout = seconds

    @property
    def is_secure_connection(self) -> bool:
        """Whether the connection to the session server is TLS."""
        return self._inner.is_secure_connection

    @property
    def version_string(self) -> str:
        """The version of this connector; "0" in a checkout that is not installed."""
        return self._inner.version_string

    @property
    def last_error(self) -> VerdigrisError | None:
        """Of the last call that failed."""
        return self._inner.last_error

    @property
    def last_error_message_list(self) -> tuple[ErrorMessage, ...]:
        """Number and text of the last error, and of what led to it (product facts 9.4)."""
        return self._inner.last_error_message_list

    @property
    def error_screen(self) -> str:
        """The screen at the last error, secrets masked; "" if there was none."""
        return self._inner.error_screen

    perform_calls = _session(asynchronous.Session.perform_calls)
    perform_table_procedure = _session(asynchronous.Session.perform_table_procedure)
    get_model_variables = _session(asynchronous.Session.get_model_variables)
    set_model_variables = _session(asynchronous.Session.set_model_variables)
    metadata = _session(asynchronous.Session.metadata)
    suspend = _session(asynchronous.Session.suspend)
    disconnect = _session(asynchronous.Session.disconnect)


class Watch:
    """A running watch of what is deployed; `stop` ends it. Its callbacks run on another thread."""

    def __init__(self, inner: asynchronous.Watch, wait: Wait) -> None:
        self._inner = inner
        self._wait = wait

    def __repr__(self) -> str:
        return repr(self._inner)

    @property
    def offers(self) -> Offers | None:
        """The last state seen, None before the first."""
        return self._inner.offers

    @property
    def problem(self) -> VerdigrisError | None:
        """Why the last question failed, None if it was answered."""
        return self._inner.problem

    @property
    def alone(self) -> bool:
        """Whether no management server answered, of those that are watched, when it was asked last."""
        return self._inner.alone

    def stop(self) -> None:
        """End the watch; its callback is not called any more."""
        self._wait(self._inner.stop)


class Connector:
    """Connects to models and session pools; see `verdigris.connector.Connector`.

    Args:
        management_servers: addresses `host:port`, tried in turn.
        connection_timeout: seconds a connect keeps trying; 0 is one try.
        method_timeout: seconds a procedure may take.
        name: who this is, for the servers' logs.
        location: where the client is, for message 2643.

    A context manager: closes its connections.
    """

    def __init__(
        self,
        *,
        management_servers: Sequence[Endpoint | str] = (),
        connection_timeout: float = 30.0,
        method_timeout: float = 30.0,
        name: str = "",
        location: str = "",
        security: Security | None = None,
    ) -> None:
        thread = in_thread()
        inner = asynchronous.Connector(
            thread.reactor,
            management_servers=management_servers,
            connection_timeout=connection_timeout,
            method_timeout=method_timeout,
            name=name,
            location=location,
            security=security,
        )
        self._adopt(inner, thread.wait)

    def _adopt(self, inner: asynchronous.Connector, wait: Wait) -> None:
        self._inner = inner
        self._wait = wait

    def __repr__(self) -> str:
        return repr(self._inner)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; sessions that were not suspended end."""
        self._wait(self._inner.close)

    connect_to_model = _opening(asynchronous.Connector.connect_to_model)
    connect_to_model_via_domain = _opening(asynchronous.Connector.connect_to_model_via_domain)
    connect_to_session = _opening(asynchronous.Connector.connect_to_session)
    connect_to_session_via_domain = _opening(asynchronous.Connector.connect_to_session_via_domain)
    resume = _opening(asynchronous.Connector.resume)
    call = _connector(asynchronous.Connector.call)
    call_raw = _connector(asynchronous.Connector.call_raw)
    perform_calls = _connector(asynchronous.Connector.perform_calls)
    read_variables = _connector(asynchronous.Connector.read_variables)
    open_suspended = _connector(asynchronous.Connector.open_suspended)
    release_suspended = _connector(asynchronous.Connector.release_suspended)
    offers = _connector(asynchronous.Connector.offers)
    describe = _connector(asynchronous.Connector.describe)

    @wraps(asynchronous.Connector.watch_offers)
    def watch_offers(
        self,
        changed: Callable[[Offers], None],
        *,
        server: Endpoint | str = "",
        failed: Callable[[VerdigrisError], None] | None = None,
        **options: Unpack[Options],
    ) -> Watch:
        """See the asynchronous one; `changed` and `failed` run on the connector's own thread."""
        start = partial(self._inner.watch_offers, changed, server=server, failed=failed, **options)
        return Watch(self._wait(start), self._wait)
