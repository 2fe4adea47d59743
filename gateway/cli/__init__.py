"""What the gateway adds to the `verdigris` command."""

from typing import Final

from verdigris.cli.registry import Command, DocumentKind


COMMANDS: Final = (
    Command("gateway", "gateway.cli.process:gateway"),
    Command("hash-password", "gateway.cli.hash_password:hash_password"),
)

DOCUMENTS: Final = (
    DocumentKind("gateway", "plugin-cfg*.xml", "properties", "gateway.cli.settings_check:load"),
)
