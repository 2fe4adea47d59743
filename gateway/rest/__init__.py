"""REST beside SOAP: the same procedures as JSON over HTTP, described by an OpenAPI document.

Law: a request means what the same request means in SOAP, and has the same result: only the words
differ. Reading and writing are pure; `resource` alone knows HTTP.
"""

from gateway.rest.rest_resource import Rest


__all__ = ["Rest"]
