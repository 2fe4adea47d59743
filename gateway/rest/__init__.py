"""REST beside SOAP: the same procedures as JSON over HTTP, described by an OpenAPI document.

A request means what the same request means in SOAP and has the same result; only reading and writing
differ (tests/gateway/soap/test_same_results.py).
"""

from gateway.rest.rest_resource import Rest


__all__ = ["Rest"]
