"""`verdigris management-server`."""

from verdigris.cli.process import process_command


management_server = process_command(
    "management-server",
    "mgmtsrvr",
    "Run a management server: directory, allocation, administration.",
)
