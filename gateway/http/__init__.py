"""HTTP/1.1 for the gateway: bytes of connections in, requests out, replies back.

Twisted's reactor and transports below, llhttp's parser inside; docs/decisions/0241-http-server.md.
"""

from gateway.http.connection import Words
from gateway.http.http_server import HttpServer
from gateway.http.parser import Refusal
from gateway.http.request import Request


__all__ = ["HttpServer", "Refusal", "Request", "Words"]
