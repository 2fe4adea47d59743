"""The administration API over HTTP: a table of routes, from which /openapi.json is made."""

from mgmtsrvr.api.resource import Api, site


__all__ = ["Api", "site"]
