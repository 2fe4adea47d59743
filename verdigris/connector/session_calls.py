"""Session calls as methods: what a call sends, what it gives, and what its error holds.

Law: a batch is the normal form, one call a batch of one. The error of a batch is that of the call that
failed; its details name the call, its number, and the results before it.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Final, NamedTuple, ParamSpec, Protocol, TypeVar, cast

import msgspec
from twisted.internet.defer import Deferred

from verdigris.errors import ProtocolError, VerdigrisError
from verdigris.wire import SessionCalled
from verdigris.wire import session_calls as calls


P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


class ErrorMessage(NamedTuple):
    """One message of an error list (product facts 9.4); id 0 is what led to the one before."""

    id: int
    text: str


class PerformsCalls(Protocol):
    """A session that performs calls; `verdigris.connector.Session` is one."""

    def perform_calls(self, wanted: Sequence[calls.AnyCall]) -> Deferred[list[Any]]:
        """Perform calls, in order up to the first that fails."""


def asks(
    kind: Callable[P, calls.SessionCall[R]],
) -> Callable[Concatenate[PerformsCalls, P], Deferred[R]]:
    """The method of a session for a session call."""

    def method(self: PerformsCalls, /, *args: P.args, **kwargs: P.kwargs) -> Deferred[R]:
        return self.perform_calls([kind(*args, **kwargs)]).addCallback(_only)

    return like(kind, method)


def like(kind: Any, method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """A method with name, documentation and signature of the call it makes."""
    row = calls.ROWS[kind]
    doc = inspect.cleandoc(kind.__doc__ or "").replace("\nAttributes:\n", "\nArgs:\n")
    method.__name__ = row.method
    method.__doc__ = f"{doc}\n\nSession call {row.name}: docs/reference/session-calls.md."
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    given = inspect.signature(kind).parameters.values()
    method.__signature__ = inspect.Signature([itself, *given])  # type: ignore[attr-defined]  # read by help()
    return method


def _only(results: list[Any]) -> Any:
    return results[0]


def results_of(wanted: Sequence[calls.AnyCall], answer: SessionCalled, server: str) -> list[Any]:
    """The results of calls, each of the type of its call.

    Raises:
        VerdigrisError: of the call that failed; with details `call`, `number` and `results`.
        ProtocolError: the session server answered something else.
    """
    try:
        pairs = zip(wanted, answer.results, strict=False)
        found = [calls.read_result(type(one), data) for one, data in pairs]
    except msgspec.DecodeError as problem:
        raise ProtocolError(peer=f"session server {server}", problem=str(problem)) from None
    if answer.failure is not None and len(found) < len(wanted):
        error = answer.failure.error()
        number = len(found) + 1
        name = calls.ROWS[type(wanted[len(found)])].name
        raise error.with_details(call=name, number=number, results=found)
    if len(found) != len(wanted):
        count = f"{len(found)} results of {len(wanted)} calls"
        raise ProtocolError(peer=f"session server {server}", problem=count)
    return found


_LED: Final = ("cause", "host_data")
"""Details that say what led to an error."""


def error_messages(error: VerdigrisError | None) -> tuple[ErrorMessage, ...]:
    """The messages of an error, what led to it last."""
    if error is None:
        return ()
    led = (error.details.get(name) for name in _LED)
    first = ErrorMessage(error.code, str(error))
    return (first, *(ErrorMessage(0, str(one)) for one in led if one))


def error_screen(error: VerdigrisError | None) -> str:
    """The screen at an error, secrets masked; "" if there was none."""
    return "" if error is None else cast(str, error.details.get("screen", ""))
