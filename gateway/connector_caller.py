"""Caller that uses the connector: by domain or directly, stateless or in a kept session.

The request id of the HTTP header goes along to the log lines of the host session. Nothing is tried
again here; that is the connector's task.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred

from gateway.call import Call, Result, SessionResults
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.connector import CallReport, Connector, Options, Suspended, Target
from verdigris.wire import Perform


async def _at_once() -> None:
    """No turn: for connections in memory."""


class HasConfig(Protocol):
    """What has the current settings."""

    config: PluginConfig


class ConnectorCaller:
    """Caller that reaches session servers through a connector.

    Args:
        connector: the way to management and session servers.
        settings: their addresses, which may change while running.
        turn: waits until the event loop has looked at all connections once more.

    Attributes:
        on_ran: called with each call of a procedure that was answered, and how it ran.
    """

    def __init__(
        self,
        connector: Connector,
        settings: HasConfig,
        turn: Callable[[], Awaitable[object]] = _at_once,
    ) -> None:
        self._connector = connector
        self._turn = turn
        self._settings = settings
        self.on_ran: Callable[[Call, CallReport], None] = lambda _call, _ran: None

    async def call(self, call: Call) -> Result:
        """See `gateway.call.Caller`."""
        options = self._options(call)
        if call.action == "create":
            kept = await self._connector.open_suspended(self._target(call), call.minutes, **options)
            try:
                await self._turn()
            except CancelledError:  # nobody learns its id
                self._release(kept.session_id, options).addErrback(lambda _: None)
                raise
            return kept.session_id
        if call.action == "destroy":
            await self._release(call.session, options)
            return None
        target = self._suspended(call) if call.session else self._target(call)
        if call.action == "variables":
            return await self._connector.read_variables(target, **options)
        if call.action == "calls":
            found, _ = await self._connector.perform_calls(target, call.calls, **options)
            return SessionResults(found)
        perform = Perform(
            session="",
            table=call.table,
            procedure=call.procedure,
            filters=call.filters,
            data=call.data,
            columns=call.columns,
            max_rows=call.max_rows,
            case_sensitive=call.case_sensitive,
            watch=call.watch,
        )
        rows, report = await self._connector.call_raw(
            target, perform, repeatable=call.repeatable, **options
        )
        self.on_ran(call, report)
        return rows

    def _release(self, session: str, options: Options) -> Deferred[None]:
        return self._connector.release_suspended(session, server=self._holder(), **options)

    def _options(self, call: Call) -> Options:
        return Options(
            credentials=call.credentials,
            model_variables=call.variables,
            connection_timeout=call.connection_timeout,
            method_timeout=call.method_timeout,
            request_id=call.request_id,
            location=call.location,
            management_servers=self._settings.config.management_servers,
        )

    def _target(self, call: Call) -> Target:
        server = "" if call.domain else self._settings.config.session_server
        return Target(call.kind, call.name, call.domain, server)

    def _suspended(self, call: Call) -> Suspended:
        return Suspended(call.session, call.minutes, self._holder())

    def _holder(self) -> str:
        """Where a kept session is: its id says, unless there is only one session server to ask."""
        config = self._settings.config
        return "" if config.management_servers else str(config.session_server)
