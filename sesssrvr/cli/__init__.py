"""What the session server adds to the `verdigris` command: models, hosts, and the process itself."""

from typing import Final

from verdigris.cli.registry import Command, DocumentKind


COMMANDS: Final = (
    Command("look", "sesssrvr.cli.look:look"),
    Command("package", "sesssrvr.cli.deploy:package"),
    Command("deploy", "sesssrvr.cli.deploy:deploy"),
    Command("undeploy", "sesssrvr.cli.deploy:undeploy"),
    Command("host-key", "sesssrvr.cli.host_key:host_key"),
)

SERVERS: Final = (Command("session-server", "sesssrvr.cli.process:session_server"),)

DOCUMENTS: Final = (
    DocumentKind(
        "session server",
        "sesssrvr*.xml",
        "sesssrvr",
        "sesssrvr.cli.settings_check:load",
        "verdigris.config.sesssrvr:sample",
    ),
)

MODELS: Final = "sesssrvr.cli.model_files"
"""The module that checks model folders and packages."""
