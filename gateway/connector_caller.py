"""Calls carried out by the connector: domain or direct, stateless or in a kept session.

Law: one request id from the HTTP header to the host session's log lines; nothing is tried again
here, the connector has the patience.
"""

from collections.abc import Callable
from typing import Protocol

from gateway.call import Call, Result
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.connector import Connector, Options, Ran, Suspended, Target
from verdigris.wire import Rows


class Configured(Protocol):
    """Whoever knows the settings of the moment."""

    config: PluginConfig


class ConnectorCaller:
    """Carries out calls through a connector.

    Args:
        connector: the way to management and session servers.
        settings: their addresses, which may change while running.

    Attributes:
        told: called with each answered procedure and how it ran.
    """

    def __init__(self, connector: Connector, settings: Configured) -> None:
        self._connector = connector
        self._settings = settings
        self.told: Callable[[Call, Ran], None] = lambda _call, _ran: None

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
        found = await self._connector.call(
            target,
            call.table,
            call.procedure,
            call.filters,
            call.data,
            call.columns,
            call.max_rows,
            repeatable=call.repeatable,
            watch=call.watch,
            **options,
        )
        columns = tuple((column.name, column.type) for column in found.columns)
        ran = found.ran
        self.told(call, ran)
        return Rows(
            columns,
            found.raw,
            found.affected,
            ran.path,
            ran.server,
            ran.milliseconds,
            ran.screens,
        )

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
