"""The management server: registry of session servers, allocator of sessions, administration."""
