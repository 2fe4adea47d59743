"""`verdigris gateway` and `verdigris mcp-server`."""

from verdigris.cli.process import process_command


gateway = process_command("gateway", "gateway", "Run a gateway: SOAP, REST and tools over HTTP.")
mcp_server = process_command(
    "mcp-server", "gateway.mcp", "Run a server of tools for agents (MCP) beside a gateway."
)
