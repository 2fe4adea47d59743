"""Who may have a session of this session server, and who may read metadata."""
