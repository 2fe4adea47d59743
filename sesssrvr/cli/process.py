"""`verdigris session-server`."""

from verdigris.cli.process import process_command


session_server = process_command(
    "session-server", "sesssrvr", "Run a session server: models, host sessions, pools."
)
