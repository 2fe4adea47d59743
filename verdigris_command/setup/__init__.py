"""Setting an installation up: the first management server, and each further part with one command."""
