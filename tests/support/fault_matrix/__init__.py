"""The fault matrix: each fault at each kind of part of an installation under load (docs/contributing.md)."""
