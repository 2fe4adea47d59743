"""Caller that uses the connector: by domain or directly, stateless or in a kept session.

The request id of the HTTP header goes along to the log lines of the host session. Nothing is tried
again here; that is the connector's task.
"""

from collections.abc import Callable
from typing import Protocol

from gateway.call import Call, Result
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.connector import CallReport, Connector, Options, Suspended, Target
from verdigris.wire import Perform


class HasConfig(Protocol):
    """What has the current settings."""

    config: PluginConfig


class ConnectorCaller:
    """Caller that reaches session servers through a connector.

    Args:
        connector: the way to management and session servers.
        settings: their addresses, which may change while running.

    Attributes:
        on_ran: called with each call of a procedure that was answered, and how it ran.
    """

    def __init__(self, connector: Connector, settings: HasConfig) -> None:
        self._connector = connector
        self._settings = settings
        self.on_ran: Callable[[Call, CallReport], None] = lambda _call, _ran: None

    async def call(self, call: Call) -> Result:
        """See `gateway.call.Caller`."""
        options = self._options(call)
        if call.action == "create":
            kept = await self._connector.open_suspended(self._target(call), call.minutes, **options)
            return kept.session_id
        if call.action == "destroy":
            where = self._holder()
            await self._connector.release_suspended(call.session, server=where, **options)
            return None
        target = self._suspended(call) if call.session else self._target(call)
        if call.action == "variables":
            return await self._connector.read_variables(target, **options)
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
