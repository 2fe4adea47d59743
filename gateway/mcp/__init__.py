"""MCP server: procedures as tools for agents, by way of the REST of a gateway.

Only what `toolsAllowed` in plugin-cfg.xml of the gateway allows is listed or called; that is looked
up again for every call. No result contains a secret column; arguments and results are not logged.

A process of its own (`python -m gateway.mcp`, extra `verdigris[mcp]`): the SDK runs on asyncio and
brings a web framework with it, neither of which the gateway needs.
"""
