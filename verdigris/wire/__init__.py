"""Messages and framing between connector, management server and session server."""
