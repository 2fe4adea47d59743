"""Trace of a host session: kept with the errors it led to, without secrets.

Law: what is typed as a secret, and what the secret areas of a screen show, is masked in every trace.
Tested in `tests/sesssrvr/hosts/test_host_session.py` and `tests/sesssrvr/traces/test_traffic_buffer.py`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sesssrvr.hosts.connection import HostConnection
from sesssrvr.model.steps import Type
from sesssrvr.terminal.screen import Screen
from verdigris.errors import (
    HostError,
    HostReportedError,
    MethodTimedOut,
    RecordNotFound,
    VerdigrisError,
)


Keep = Callable[[str | Callable[[], str], VerdigrisError], str]
"""Keeps the trace of an error, or the function that makes it; gives its name."""


class SessionTrace:
    """The last traffic of a host session.

    Args:
        keep: keeps the trace of an error; its name.
        secret_texts: what the secret areas of a screen show.

    Attributes:
        connection: whose traffic it is; None before it is made.
    """

    __slots__ = ("_keep", "_secret_texts", "connection")

    def __init__(self, keep: Keep | None, secret_texts: Callable[[Screen], Iterable[str]]) -> None:
        self._keep = keep
        self._secret_texts = secret_texts
        self.connection: HostConnection | None = None

    def __repr__(self) -> str:
        return f"<SessionTrace of {self.connection!r}>"

    def text(self) -> str:
        """The last traffic, masked, in a form that can be played back; "" before there is any."""
        if self.connection is None:
            return ""
        self.hide()
        return self.connection.trace()

    @property
    def typed_secrets(self) -> tuple[str, ...]:
        """The latest texts that runs typed as secrets."""
        return () if self.connection is None else self.connection.traffic.typed_secrets

    def hide(self, screen: Screen | None = None) -> None:
        """Mask what the secret areas of a screen show, by default the current one."""
        connection = self.connection
        if connection is None or connection.terminal is None:
            return
        for text in self._secret_texts(screen or connection.terminal.screen()):
            connection.traffic.hide_shown(text)

    @contextmanager
    def typing(self, step: Type) -> Iterator[None]:
        """While a text is typed: mask it, and what is sent meanwhile, if it is a secret."""
        traffic = None if self.connection is None else self.connection.traffic
        if step.secret and traffic is not None:
            traffic.hide(step.text)
            traffic.covered = True
        try:
            yield
        finally:
            if traffic is not None:
                traffic.covered = False

    @contextmanager
    def pressing(self, key: str) -> Iterator[None]:
        """While a key is pressed: what is sent meanwhile is told with its name."""
        traffic = None if self.connection is None else self.connection.traffic
        if traffic is None:
            yield
            return
        traffic.key = key
        try:
            yield
        finally:
            traffic.key = ""

    def keep(self, problem: VerdigrisError) -> None:
        """Keep the traffic that led to an error; clients get its name only.

        What a host says of a call's data (no such record, a refusal) is not a failure, and may come
        many times a second: its trace is not put into words before it is read.
        """
        if self._keep is None or self.connection is None:
            return
        if isinstance(problem, (HostReportedError, RecordNotFound)):
            self.hide()
            self._keep(self.connection.trace_later(), problem)
            return
        failed = isinstance(problem, (HostError, MethodTimedOut))
        if failed and "trace" not in problem.details:
            name = self._keep(self.text(), problem)
            if name:
                problem.details["trace"] = name
