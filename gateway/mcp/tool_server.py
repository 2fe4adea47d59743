"""The MCP side: the gateway's tools in the SDK's words."""

from typing import Any, Final

import msgspec
from mcp.server import Server, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from gateway.mcp.gateway_client import GatewayAway, GatewayTools, NoSuchTool, OfferedTool
from gateway.mcp.repeated_members import MARK


INSTRUCTIONS: Final = (
    "Each tool performs one procedure of a terminal application on a mainframe or midrange host, "
    "as a person would at a terminal. Calls take from a tenth of a second to some seconds. "
    "An error text says what to do next."
)


def server_of(tools: GatewayTools, version: str) -> Server[Any]:
    """An MCP server over these tools."""

    async def listed(
        _: ServerRequestContext[Any], __: PaginatedRequestParams | None
    ) -> ListToolsResult:
        try:
            offers = await tools.offers()
        except GatewayAway:
            offers = {}
        return ListToolsResult(tools=[described(offer) for offer in offers.values()])

    async def called(_: ServerRequestContext[Any], asked: CallToolRequestParams) -> CallToolResult:
        repeated = (asked.meta or {}).get(MARK)
        if repeated is not None:
            raise MCPError(INVALID_PARAMS, f"The member {repeated!r:.80} comes twice in the call.")
        try:
            outcome = await tools.call(asked.name, asked.arguments or {})
        except NoSuchTool as problem:
            # A protocol error and no result (MCP 2025-06-18, server/tools, error handling).
            raise MCPError(INVALID_PARAMS, str(problem)) from None
        if outcome.result is None:
            return CallToolResult(
                content=[TextContent(type="text", text=outcome.problem)], is_error=True
            )
        text = msgspec.json.encode(outcome.result).decode()
        return CallToolResult(
            content=[TextContent(type="text", text=text)], structured_content=outcome.result
        )

    return Server(
        "verdigris",
        version=version,
        title="Verdigris",
        instructions=INSTRUCTIONS,
        on_list_tools=listed,
        on_call_tool=called,
    )


def described(offer: OfferedTool) -> Tool:
    """A tool with its schemas and hints."""
    tool = offer.tool
    return Tool(
        name=offer.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent,
            open_world_hint=False,
        ),
    )
