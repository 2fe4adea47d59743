"""What the gateway adds to the `verdigris` command."""

from typing import Final

from verdigris.cli.registry import Command, DocumentKind


COMMANDS: Final = (
    Command("gateway", "gateway.cli.process:gateway"),
    Command("mcp-server", "gateway.cli.process:mcp_server"),
    Command("hash-password", "gateway.cli.hash_password:hash_password"),
)

DOCUMENTS: Final = (
    DocumentKind(
        "gateway",
        "plugin-cfg*.xml",
        "properties",
        "gateway.cli.settings_check:load",
        "verdigris.config.plugin_cfg_files:sample",
    ),
)
