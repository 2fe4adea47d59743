"""The TCP ports the applications listen on unless their settings say otherwise."""

from typing import Final


SESSION_SERVER: Final = 9623
"""Session servers, for connectors, gateways and management servers."""

MANAGEMENT_SERVER: Final = 9641
"""Management servers, for connectors, gateways and session servers."""

ADMINISTRATION: Final = 8095
"""Management servers, for people and tools over HTTP."""

GATEWAY_HTTP: Final = 9680
"""The gateway, for SOAP and REST clients over plain HTTP."""

GATEWAY_HTTPS: Final = 9681
"""The gateway, for the same over HTTPS."""

TOOLS: Final = 9690
"""The gateway's tools for agents (MCP) over HTTP."""
