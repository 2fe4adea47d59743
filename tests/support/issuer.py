"""A small issuer of OpenID Connect: its two documents over HTTPS, its keys, its tokens."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.support.certificates import TestAuthority


AUDIENCE: Final = "verdigris"


class Issuer:
    """An issuer.

    Attributes:
        url: its name.
        ca: the authority of its certificate.
        fetched: the paths that were asked for.
        documents: what it answers, by path; bytes as they are.
        broken: it answers 500.
    """

    def __init__(self, folder: Path) -> None:
        authority = TestAuthority(folder, "issuer-ca")
        self.ca = authority.ca
        self.fetched: list[str] = []
        self.documents: dict[str, Any] = {}
        self.redirects: dict[str, str] = {}
        self.broken = False
        self.private: dict[str, Any] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*authority.server("issuer", "127.0.0.1"))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}/realm"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self.publish(r1=_rsa("r1"), e1=_ec("e1"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def publish(self, **keys: tuple[Any, dict[str, Any]]) -> None:
        """Publish these keys, and sign with them."""
        self.private = {name: key for name, (key, _) in keys.items()}
        configuration = "/realm/.well-known/openid-configuration"
        self.documents = {
            configuration: {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/realm/keys": {"keys": [public for _, public in keys.values()]},
        }

    def token(
        self,
        key: str = "r1",
        algorithm: str = "RS256",
        head: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A token; a claim that is None is left out."""
        now = int(time.time())
        given = {"iss": self.url, "aud": AUDIENCE, "sub": "alice", "exp": now + 60, "iat": now}
        made = {name: value for name, value in {**given, **claims}.items() if value is not None}
        return jwt.encode(made, self.private[key], algorithm, {"kid": key, **(head or {})})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetched.append(self.path)
                if self.path in issuer.redirects:
                    self.send_response(302)
                    self.send_header("Location", issuer.redirects[self.path])
                    self.end_headers()
                    return
                found = issuer.documents.get(self.path)
                body = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.send_response(500 if issuer.broken else 404 if found is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _rsa(name: str, **more: Any) -> tuple[Any, dict[str, Any]]:
    key = rsa.generate_private_key(65537, 2048)
    return key, {
        **jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
        "kid": name,
        "use": "sig",
        **more,
    }


def _ec(name: str, **more: Any) -> tuple[Any, dict[str, Any]]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, {
        **jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True),
        "kid": name,
        **more,
    }


def okp_key(name: str) -> tuple[Any, dict[str, Any]]:
    """An Ed25519 key and its public half."""
    key = ed25519.Ed25519PrivateKey.generate()
    return key, {**jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name}


rsa_key, ec_key = _rsa, _ec


@contextmanager
def issuer(folder: Path) -> Iterator[Issuer]:
    """A running issuer."""
    with Issuer(folder) as running:
        yield running
