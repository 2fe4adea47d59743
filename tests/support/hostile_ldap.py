"""LDAP servers that do wrong: over real TLS, with a certificate that is trusted."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


BIND, SEARCH, UNBIND, EXTENDED = 0x60, 0x63, 0x42, 0x77
"""Tags of requests (RFC 4511)."""

Answer = Callable[[int, int, bytes], Iterable[bytes]]
"""Bytes to send for a request: its number, its tag, its content."""


def ber(tag: int, *parts: bytes) -> bytes:
    """An element of BER."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes(4, "big")
    return bytes([tag, 0x84]) + size + body


def text(value: str) -> bytes:
    return ber(0x04, value.encode())


def message(number: int, *operation: bytes) -> bytes:
    return ber(0x30, ber(0x02, number.to_bytes(2, "big")), *operation)


def result(number: int, tag: int, code: int = 0) -> bytes:
    return message(number, ber(tag, ber(0x0A, bytes([code])), text(""), text("")))


def bound(number: int, code: int = 0) -> bytes:
    return result(number, 0x61, code)


def entry(number: int, dn: str, **attributes: str) -> bytes:
    listed = [ber(0x30, text(name), ber(0x31, text(value))) for name, value in attributes.items()]
    return message(number, ber(0x64, text(dn), ber(0x30, *listed)))


def done(number: int, code: int = 0) -> bytes:
    return result(number, 0x65, code)


def referral(number: int, url: str) -> bytes:
    return message(number, ber(0x73, text(url)))


def bind_of(content: bytes) -> tuple[str, str]:
    """DN and password of a simple bind."""
    _, rest = _element(content)
    dn, rest = _element(rest)
    password, _ = _element(rest)
    return dn.decode(), password.decode()


def _element(data: bytes) -> tuple[bytes, bytes]:
    size, start = data[1], 2
    if size & 0x80:
        start = 2 + (size & 0x7F)
        size = int.from_bytes(data[2:start], "big")
    return data[start : start + size], data[start + size :]


class HostileLdap:
    """A server that answers as it is told.

    Attributes:
        binds: what was bound with.
        connections: that were opened.
    """

    def __init__(self, answer: Answer, certificate: tuple[Path, Path], *, start_tls: bool) -> None:
        self.binds: list[tuple[str, str]] = []
        self.connections = 0
        self._answer = answer
        self._start_tls = start_tls
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(*certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        for one in (self._socket, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, job: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=job, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                taken, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(taken)
            self._start(self._serve, taken)

    def _serve(self, taken: socket.socket) -> None:
        with suppress(OSError, IndexError):
            if not self._start_tls:
                taken = self._wrap(taken)
            self._talk(taken)
        taken.close()

    def _wrap(self, taken: socket.socket) -> socket.socket:
        wrapped = self._context.wrap_socket(taken, server_side=True)
        self._open.append(wrapped)
        return wrapped

    def _talk(self, taken: socket.socket) -> None:
        data = b""
        while more := taken.recv(65536):
            data += more
            body, data = _element(data)
            number, operation = _element(body)
            tag, content = operation[0], _element(operation)[0]
            if tag == BIND:
                self.binds.append(bind_of(content))
            for part in self._answer(int.from_bytes(number, "big"), tag, content):
                taken.sendall(part)
            if tag == EXTENDED:
                taken = self._wrap(taken)


@contextmanager
def hostile(
    answer: Answer, certificate: tuple[Path, Path], *, start_tls: bool = False
) -> Iterator[HostileLdap]:
    """A running hostile server."""
    server = HostileLdap(answer, certificate, start_tls=start_tls)
    try:
        yield server
    finally:
        server.close()
