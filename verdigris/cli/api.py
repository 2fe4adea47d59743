"""The administration API of a management server, over the standard library's HTTP client.

Law: an answer is the API's JSON as it came; a problem document becomes the coded error it was made
from; no answer at all is `ApiUnreachable`. Nothing waits without a limit.
"""

import http.client
import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import click

from verdigris.cli.files import read_file
from verdigris.cli.saved_logins import SavedLogin, read_logins
from verdigris.config import ports
from verdigris.errors import CODES, ApiUnreachable, UnknownPeerError, VerdigrisError


DEFAULT: Final = f"http://127.0.0.1:{ports.ADMINISTRATION}"
"""The management server's HTTP port on this machine (product facts 1.3)."""

ANSWER: Final = 15.0
"""Seconds to wait; the API gives a session server at most 10 to carry out a command."""

TOKEN: Final = "VERDIGRIS_TOKEN"  # noqa: S105 - the name of a variable
"""Holds a token, such as one of an OpenID Connect issuer."""

TRUST: Final = "VERDIGRIS_TRUST"
"""Names a file of authorities."""

DEPLOYING: Final = 90.0
"""Seconds to wait for a deployment; the API gives a session server 60."""

COMPLETING: Final = 0.7
"""Seconds a shell completion may wait: longer feels like a stuck terminal."""

Json = Any
"""What `json.loads` gives."""

Query = Mapping[str, str]
"""Parameters of the query string."""


UNANSWERED: Final = "X-Verdigris-Unanswered"
"""The header that names the management servers which did not answer the one that was asked."""

Headers = Mapping[str, str]
"""Headers of a request."""

NO_HEADERS: Final[Headers] = {}


class Api:
    """A management server's administration API.

    Args:
        url: its base.
        token: of a login; that of VERDIGRIS_TOKEN, or the one that is kept for this URL, if absent.
        authorities: PEM of the authorities that its certificate is checked against; likewise, or
            those of the file that VERDIGRIS_TRUST names, or the system's.
    """

    def __init__(
        self, url: str = DEFAULT, *, token: str | None = None, authorities: str | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise click.UsageError(
                f"{url!r} is not the URL of an administration API, such as {DEFAULT}"
            )
        self.url = url.rstrip("/")
        self._silent: set[str] = set()
        saved = read_logins().logins.get(self.url) if token is None else None
        self.authorities = authorities if authorities is not None else _authorities(saved)
        private = parts.scheme == "https" or _is_here(parts.hostname)
        if token is None:
            token = os.environ.get(TOKEN) or (saved.token if saved else "")
        self.token = token if private else ""
        proxies = urllib.request.ProxyHandler({} if _is_here(parts.hostname) else None)
        handlers: list[urllib.request.BaseHandler] = [proxies, _NoRedirects()]
        if parts.scheme == "https":
            handlers.append(urllib.request.HTTPSHandler(context=_tls(self.authorities)))
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, *path: str, seconds: float = ANSWER, query: Query | None = None) -> Json:
        """The response to a query (HTTP GET), as JSON.

        Raises:
            VerdigrisError: what the API answered, or ApiUnreachable.
        """
        return self._send("GET", path, None, seconds, query or {})

    def text(self, *path: str) -> str:
        """The response to a query, as text.

        Raises:
            VerdigrisError: what the API answered, or ApiUnreachable.
        """
        return self.data(*path).decode("utf-8", "replace")

    def data(self, *path: str, query: Query | None = None) -> bytes:
        """The response to a query, as it came.

        Raises:
            VerdigrisError: what the API answered, or ApiUnreachable.
        """
        return self._fetch("GET", path, None, ANSWER, query or {})

    def post(
        self,
        *path: str,
        body: bytes = b"",
        seconds: float = ANSWER,
        query: Query | None = None,
        headers: Headers = NO_HEADERS,
    ) -> Json:
        """The response to a command (HTTP POST); the body is a package unless `headers` say else.

        Raises:
            VerdigrisError: what the API answered, or ApiUnreachable.
        """
        return self._send("POST", path, body, seconds, query or {}, headers)

    def put(self, *path: str, body: bytes, query: Query, headers: Headers) -> Json:
        """The response to a replacement (HTTP PUT).

        Raises:
            VerdigrisError: what the API answered, or ApiUnreachable.
        """
        return self._send("PUT", path, body, ANSWER, query, headers)

    def complaints(self) -> list[str]:
        """What is wrong with the files of a management server that goes on with older ones."""
        try:
            data = self._fetch("GET", ("ready",), None, ANSWER, {}, taken=503)
            return [str(it) for it in self._read(data).get("problems", ())]
        except (VerdigrisError, AttributeError):
            return []  # additional information only: the command has its own answer already

    def delete(self, *path: str, query: Query | None = None) -> Json:
        """The response to a removal (HTTP DELETE).

        Raises:
            VerdigrisError: what the API answered, or ApiUnreachable.
        """
        return self._send("DELETE", path, None, ANSWER, query or {})

    def _send(
        self,
        method: str,
        path: tuple[str, ...],
        body: bytes | None,
        seconds: float,
        query: Query,
        headers: Headers = NO_HEADERS,
    ) -> Json:
        return self._read(self._fetch(method, path, body, seconds, query, headers))

    def _fetch(
        self,
        method: str,
        path: tuple[str, ...],
        body: bytes | None,
        seconds: float,
        query: Query,
        headers: Headers = NO_HEADERS,
        taken: int = 0,
    ) -> bytes:
        url = self.url + "".join("/" + quote(part, safe="") for part in path)
        if query:
            url += "?" + "&".join(f"{name}={quote(value)}" for name, value in query.items())
        request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - http(s) only: checked above
        request.add_header("Accept", "application/json")
        if body:
            request.add_header("Content-Type", "application/zip")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in headers.items():
            request.add_header(name, value)
        try:
            with self._opener.open(request, timeout=seconds) as answer:
                data: bytes = answer.read()
                self._note_unanswered(answer.headers.get(UNANSWERED, ""))
                return data
        except urllib.error.HTTPError as problem:
            with problem:
                if problem.code == taken:  # a probe's "no", with a body as of its "yes"
                    return bytes(problem.read())
                raise self._problem(problem.read(), problem.code) from None
        except (OSError, http.client.HTTPException) as problem:
            raise ApiUnreachable(url=self.url, reason=_reason(problem)) from None

    def _note_unanswered(self, names: str) -> None:
        """Say once which management servers did not answer the one that was asked."""
        for name in names.split():
            if name not in self._silent:
                self._silent.add(name)
                click.echo(f"NOTE: management server {name} did not answer.", err=True)

    def _read(self, data: bytes) -> Json:
        try:
            return json.loads(data)
        except ValueError:
            raise ApiUnreachable(
                url=self.url,
                reason="the program at this address is not a Verdigris management server",
            ) from None

    def _problem(self, data: bytes, status: int) -> VerdigrisError:
        """The coded error that a problem document (RFC 9457) describes."""
        try:
            said = json.loads(data)
            code, detail = int(said["code"]), str(said["detail"])
        except (ValueError, TypeError, KeyError):
            return ApiUnreachable(url=self.url, reason=f"it answered with HTTP status {status}")
        error = again(code, detail, str(said.get("advice", "")))
        error.request_id = str(said.get("request_id", ""))
        error.effect = "unknown" if said.get("effect") == "unknown" else "none"
        details = said.get("details")
        error.details.update(details if isinstance(details, dict) else {})
        return error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow none: the token would be sent along."""


def _authorities(saved: SavedLogin | None) -> str:
    """The authorities that a login was made with, or those of the file that the environment names."""
    if saved is not None and saved.authorities:
        return saved.authorities
    file = os.environ.get(TRUST)
    return read_file(Path(file)).decode("utf-8", "replace") if file else ""


def _tls(authorities: str) -> ssl.SSLContext:
    """TLS that checks a server against these authorities, or the system's."""
    try:
        context = ssl.create_default_context(cadata=authorities or None)
    except (ssl.SSLError, ValueError):
        raise click.UsageError(
            "The file of authorities does not hold certificates (PEM)."
        ) from None
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an authority may be signed by another
    return context


def again(code: int, sentence: str, advice: str = "") -> VerdigrisError:
    """The error of this number, saying this sentence."""
    known = CODES.get(code)
    error = UnknownPeerError() if known is None else known()
    error.args = (sentence if known is not None else f"{sentence} (error {code})",)
    if advice:
        error.facts["advice"] = advice
    return error


def _is_here(host: str) -> bool:
    """Whether the host is this machine, where no proxy leads."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(problem: Exception) -> str:
    inner = problem.reason if isinstance(problem, urllib.error.URLError) else problem
    if isinstance(inner, http.client.BadStatusLine | http.client.LineTooLong):
        return "the program at this address does not speak HTTP; is it the port of the API?"
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {inner.verify_message}; --trust names the installation's authorities"
    if isinstance(inner, TimeoutError):
        return "it did not answer in time"
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror.lower()
    return str(inner) or type(inner).__name__
