"""The connector of gateways: besides what every connector does, it asks who somebody is."""

from typing import Final, Unpack

from verdigris.connector import consultation
from verdigris.connector._deferred import deferred
from verdigris.connector.call_options import CallOptions, Options
from verdigris.connector.connector import Connector
from verdigris.errors import ProtocolError
from verdigris.wire import CallerIs, IdentifyCaller, Login


CHECKING: Final = 10.0
"""Seconds for the check of a password: directories may be slow, and refusals are not hurried."""


class GatewayConnector(Connector):
    """A connector whose certificate proves that it is a gateway's."""

    @deferred
    async def identify_caller(self, login: Login, **options: Unpack[Options]) -> CallerIs:
        """Who sends the gateway a request, as a management server says.

        Args:
            login: what the caller has sent.
            options: see `Options`; `location` is where the caller is.

        Raises:
            NoManagementServer: none answered for the whole connection timeout.
            VerdigrisError: the credentials are not accepted, or cannot be checked.
        """
        chosen = CallOptions.of(options)
        attempts = self._dispatch.attempts(chosen)
        body = IdentifyCaller(login, chosen.location)
        plan = consultation.consult(attempts, self._dispatch.book(chosen), lambda: body, CHECKING)
        found = await self._dispatch.run(attempts, plan)
        if not isinstance(found, CallerIs):
            raise ProtocolError(peer="the management server", problem=f"{found!r} as answer")
        return found
