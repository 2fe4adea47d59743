"""Procedures as tools for agents: an MCP server that is a client of the gateway's REST.

Law: only what `toolsAllowed` in the gateway's plugin-cfg.xml allows is listed or called, looked up
again for every call; secret columns leave in no result; no argument and no result is logged.

A process of its own (`python -m gateway.mcp`, extra `verdigris[mcp]`): the SDK runs on asyncio and
brings a web framework with it, neither of which the gateway needs.
"""
