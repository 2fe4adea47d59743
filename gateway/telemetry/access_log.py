"""What operators see of the gateway: `/metrics`, spans, and the access log, put together.

Law: nothing here has a query, a body or a header's content.
"""

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from gateway.call import Caller, Client
from gateway.http import HttpServer, Request
from gateway.http.access import may_see
from gateway.settings import Settings
from gateway.telemetry.measured_caller import MeasuredCaller
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tracing import Tracing
from verdigris.errors import NoSuchPage


log = Logger(namespace="gateway.access")

PATH_SHOWN = 200
"""Characters of a path in the access log."""


class Telemetry:
    """Figures, spans and the access log of one gateway process.

    Args:
        settings: who may see figures, and whether there is an access log.
        clock: for durations.
    """

    def __init__(self, settings: Settings, clock: IReactorTime) -> None:
        self.metrics = Metrics(settings)
        self.tracing = Tracing()
        self._settings = settings
        self._clock = clock
        self._site: HttpServer | None = None

    def __repr__(self) -> str:
        return f"<Telemetry [{self.tracing!r}]>"

    def measured(self, caller: Caller) -> MeasuredCaller:
        """The caller, with its calls counted and traced."""
        return MeasuredCaller(caller, self.metrics, self.tracing, self._clock)

    def watch(self, site: HttpServer) -> None:
        """Count what this site answers."""
        self._site = site
        site.answered.append(self._answered)

    def page(self, request: Request, client: Client) -> None:  # noqa: ARG002 - a route's signature
        """Answer `GET /metrics`.

        Raises:
            NoSuchPage: it is not for this client.
        """
        if not may_see(self._settings.config.metrics, request):
            raise NoSuchPage(path="/metrics")
        self.metrics.observe(self._site.count if self._site is not None else 0)
        content_type, body = self.metrics.page(request.getHeader("accept") or "")
        request.setHeader(b"content-type", content_type.encode())
        request.setHeader(b"cache-control", b"no-store")
        request.setHeader(b"content-length", str(len(body)).encode())
        if request.method != b"HEAD":
            request.write(body)
        request.finish()

    def _answered(self, request: Request) -> None:
        method = request.method.decode("latin-1")
        self.metrics.answered(method, request.code)
        if not self._settings.config.access_log:
            return
        path = request.path.decode("latin-1")[:PATH_SHOWN]
        given = request.response.get(b"x-request-id", b"").decode()
        log.info(
            '{client} "{method} {path}" {status} {bytes}',
            client=request.location,
            method=method,
            path=path,
            status=request.code,
            bytes=request.sent,
            request_id=given,
        )
