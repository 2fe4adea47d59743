"""The session server: runs models against hosts."""
