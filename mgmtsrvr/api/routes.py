"""The table of routes."""

from typing import TYPE_CHECKING

from mgmtsrvr.api.actions import XML, ZIP, Orders
from mgmtsrvr.api.metrics import TEXT, Figures
from mgmtsrvr.api.probes import Questions
from mgmtsrvr.api.queries import TRACE, Directory
from mgmtsrvr.api.route import Route
from mgmtsrvr.api.schemas import (
    Changed,
    DeployedView,
    DomainView,
    PoolView,
    Revision,
    ServerView,
    SessionView,
    TraceView,
    Version,
    Word,
)
from mgmtsrvr.decision_log import Decision
from verdigris.errors import (
    BadPackage,
    BadRequest,
    CannotWrite,
    ConfigurationError,
    Conflict,
    NoSuchPage,
    NotOffered,
    ServerUnreachable,
    TooLarge,
    UnknownDomain,
    UnknownServer,
    UnknownTrace,
)


if TYPE_CHECKING:
    from mgmtsrvr.service import ManagementServer


NO = {503: "No; the reason says why."}
FORCE = {"force": "true ends used sessions too"}
STATE = (UnknownServer, Conflict, CannotWrite, ConfigurationError)
ORDER = (UnknownServer, ServerUnreachable, NotOffered)
SERVER = "/servers/{server}"


def routes(server: "ManagementServer") -> tuple[Route, ...]:
    """Every operation of the API, in the order of the document."""
    ask, see, do = Questions(server), Directory(server), Orders(server)
    model_or_pool = {"model": "name of a model", "pool": "or name of a session pool"}
    figures = Figures(server)
    package = SERVER + "/deploy"
    return (
        Route("GET", "/live", ask.live, "Does the process run?", Word),
        Route("GET", "/ready", ask.ready, "Can it judge who is online?", Word, statuses=NO),
        Route("GET", "/version", ask.version, "Product, version, installation.", Version),
        Route("GET", "/metrics", figures.page, "Figures for Prometheus.", gives=TEXT),
        Route("GET", "/domains", see.domains, "All domains.", list[DomainView]),
        Route("GET", "/domains/{domain}", see.domain, "One domain.", DomainView,
              errors=(UnknownDomain,)),
        Route("GET", "/domains/{domain}/can-serve", ask.can_serve,
              "May a session server of this domain be asked for this model or pool now?", Word,
              model_or_pool, statuses=NO, errors=(UnknownDomain, BadRequest)),
        Route("GET", "/servers", see.servers, "All session servers.", list[ServerView]),
        Route("GET", SERVER, see.server, "One session server.", ServerView,
              errors=(UnknownServer,)),
        Route("GET", SERVER + "/sessions", see.sessions, "Its sessions.", list[SessionView],
              {"screens": "true adds each session's masked screen"}, errors=ORDER),
        Route("GET", SERVER + "/sessions/{session}/trace", see.session_trace,
              "A session's last traffic, masked.", gives=TRACE, errors=(*ORDER, UnknownTrace)),
        Route("GET", SERVER + "/traces", see.traces,
              "Its traces of host sessions that failed, latest first.", list[TraceView],
              errors=ORDER),
        Route("GET", SERVER + "/traces/{trace}", see.trace,
              "A trace, by its name or the id of the request that failed.", gives=TRACE,
              errors=(*ORDER, UnknownTrace)),
        Route("POST", SERVER + "/drain", do.drain,
              "Nothing new; what runs goes on.", Changed, errors=STATE),
        Route("POST", SERVER + "/resume", do.resume, "Takes sessions again.", Changed,
              errors=STATE),
        Route("POST", SERVER + "/maintenance", do.maintenance,
              "Nothing new, idle sessions are closed.", Changed, errors=STATE),
        Route("GET", "/pools", see.pools, "All session pools.", list[PoolView]),
        Route("POST", SERVER + "/pools/{pool}/start", do.start_pool, "Start a pool.", Changed,
              errors=ORDER),
        Route("POST", SERVER + "/pools/{pool}/stop", do.stop_pool, "Stop a pool.", Changed,
              FORCE, errors=ORDER),
        Route("POST", package, do.deploy, "Deploy a model package.", DeployedView, takes=ZIP,
              errors=(*ORDER, BadPackage, BadRequest, TooLarge)),
        Route("DELETE", SERVER + "/models/{model}", do.undeploy, "Undeploy a model.", Changed,
              errors=ORDER),
        Route("GET", "/installation", do.installation, "The installation in force.", gives=XML),
        Route("PUT", "/installation", do.put_installation, "Replace the installation.", Revision,
              {"force": "true allows removing more than half of the session servers"}, takes=XML,
              errors=(BadRequest, ConfigurationError, Conflict, CannotWrite, TooLarge)),
        Route("GET", "/allocations", do.allocations, "The last allocations.", list[Decision],
              {"last": "how many (50)"}, errors=(BadRequest,)),
        Route("GET", "/allocations/{request_id}", do.allocation,
              "Explain where a request went.", list[Decision], errors=(NoSuchPage,)),
    )  # fmt: skip
