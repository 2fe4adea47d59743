"""What the management server adds to the `verdigris` command."""

from typing import Final

from verdigris.cli.registry import Command, DocumentKind


COMMANDS: Final = (
    Command("management-server", "mgmtsrvr.cli.process:management_server"),
    Command("user", "mgmtsrvr.cli.user_commands:user"),
    Command("group", "mgmtsrvr.cli.user_commands:group"),
)

DOCUMENTS: Final = (
    DocumentKind(
        "installation",
        "installation*.xml",
        "installation",
        "verdigris.config.installation:parse",
        "verdigris.config.installation:sample",
    ),
    DocumentKind(
        "management server",
        "mgmtsrvr*.xml",
        "mgmtsrvr",
        "mgmtsrvr.cli.settings_check:load",
        "verdigris.config.mgmtsrvr:sample",
    ),
    DocumentKind(
        "users",
        "users*.xml",
        "users",
        "verdigris.config.users:load",
        "verdigris.config.users:sample",
    ),
)
