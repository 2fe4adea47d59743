"""The explorer: every procedure of every service, tried in a browser."""

from gateway.explorer.site import Explorer


__all__ = ["Explorer"]
