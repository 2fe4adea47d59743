"""Terminal engines: bytes in, screens out; no socket, no clock."""
