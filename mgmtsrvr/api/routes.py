"""The table of routes of the administration API."""

from mgmtsrvr.api.actions import ZIP, Actions
from mgmtsrvr.api.combined_views import CombinedViews
from mgmtsrvr.api.installation import IN_FORCE, XML, InstallationActions
from mgmtsrvr.api.metrics import TEXT, Metrics
from mgmtsrvr.api.parts import Parts
from mgmtsrvr.api.probes import Probes
from mgmtsrvr.api.queries import TRACE, Queries
from mgmtsrvr.api.route import Route
from mgmtsrvr.api.schemas import (
    Changed,
    DeployedView,
    DomainView,
    HealthAnswer,
    ManagementServerView,
    PartView,
    Plan,
    PoolView,
    Revision,
    ServerView,
    SessionView,
    TraceView,
    Version,
    VersionView,
)
from mgmtsrvr.decision_log import Decision
from verdigris.errors import (
    BadPackage,
    BadRequest,
    CannotWrite,
    ChangeUnknown,
    ConfigurationError,
    Conflict,
    NoSuchPage,
    NotOffered,
    NotPrimary,
    ServerUnreachable,
    StoreUnavailable,
    TooLarge,
    UnknownDomain,
    UnknownPart,
    UnknownServer,
    UnknownTrace,
    UnknownVersion,
)


NO = {503: "No; the reason is in the body."}
FORCE = {"force": "true ends used sessions too"}
OWN = {"own": "true asks no other management server"}
MANY = {"force": "true allows removing more than half of the session servers"}
REPLACING = {**MANY, "comment": "kept with the version"}
STORE = (StoreUnavailable, ChangeUnknown, NotPrimary)
STATE = (UnknownServer, Conflict, CannotWrite, ConfigurationError, *STORE)
WRITING = (BadRequest, ConfigurationError, Conflict, CannotWrite, *STORE)
COMMAND = (UnknownServer, ServerUnreachable, NotOffered)
SERVER = "/servers/{server}"


def routes(
    probes: Probes,
    metrics: Metrics,
    queries: Queries,
    views: CombinedViews,
    actions: Actions,
    installation: InstallationActions,
    parts: Parts,
) -> tuple[Route, ...]:
    """Every operation of the API, in the order of the OpenAPI document."""
    model_or_pool = {"model": "name of a model", "pool": "or name of a session pool"}
    package = SERVER + "/deploy"
    return (
        Route("GET", "/live", probes.live, "Whether the process runs.", HealthAnswer),
        Route("GET", "/ready", probes.ready,
              "Whether it can judge and some session server could give a session.", HealthAnswer,
              statuses=NO),
        Route("GET", "/version", probes.version, "Product, version, installation.", Version),
        Route("GET", "/metrics", metrics.page, "Metrics for Prometheus.", gives=TEXT),
        Route("GET", "/domains", queries.domains, "All domains.", list[DomainView]),
        Route("GET", "/domains/{domain}", queries.domain, "One domain.", DomainView,
              errors=(UnknownDomain,)),
        Route("GET", "/domains/{domain}/can-serve", probes.can_serve,
              "Whether a session server of this domain could give a session of this model or pool now.",
              HealthAnswer, model_or_pool, statuses=NO, errors=(UnknownDomain, BadRequest)),
        Route("GET", "/management-servers", views.management_servers,
              "All management servers, the one that is asked first.", list[ManagementServerView],
              OWN),
        Route("GET", "/servers", views.servers, "All session servers.", list[ServerView], OWN),
        Route("GET", SERVER, views.server, "One session server.", ServerView, OWN,
              errors=(UnknownServer,)),
        Route("GET", SERVER + "/sessions", views.sessions, "Its sessions.", list[SessionView],
              {"screens": "true adds each session's masked screen", **OWN}, errors=COMMAND),
        Route("GET", SERVER + "/sessions/{session}/trace", views.session_trace,
              "A session's last traffic, masked.", gives=TRACE, errors=(*COMMAND, UnknownTrace)),
        Route("GET", SERVER + "/traces", views.traces,
              "Its traces of host sessions that failed, latest first.", list[TraceView],
              errors=COMMAND),
        Route("GET", SERVER + "/traces/{trace}", views.trace,
              "A trace, by its name or the id of the request that failed.", gives=TRACE,
              errors=(*COMMAND, UnknownTrace)),
        Route("POST", SERVER + "/drain", actions.drain,
              "Take no new sessions; the running ones go on.", Changed, errors=STATE),
        Route("POST", SERVER + "/resume", actions.resume, "Take new sessions again.", Changed,
              errors=STATE),
        Route("POST", SERVER + "/maintenance", actions.maintenance,
              "Take no new sessions, and close the idle ones.", Changed, errors=STATE),
        Route("GET", "/pools", views.pools, "All session pools.", list[PoolView], OWN),
        Route("POST", SERVER + "/pools/{pool}/start", actions.start_pool, "Start a pool.", Changed,
              errors=COMMAND),
        Route("POST", SERVER + "/pools/{pool}/stop", actions.stop_pool, "Stop a pool.", Changed,
              FORCE, errors=COMMAND),
        Route("POST", package, actions.deploy, "Deploy a model package.", DeployedView, takes=ZIP,
              errors=(*COMMAND, BadPackage, BadRequest, TooLarge)),
        Route("DELETE", SERVER + "/models/{model}", actions.undeploy, "Undeploy a model.", Changed,
              errors=COMMAND),
        Route("GET", "/parts", parts.parts, "The parts of the installation.", list[PartView]),
        Route("DELETE", "/parts/{role}/{part}", parts.remove_part,
              "Take a part out of the installation; its certificates are revoked.", Changed,
              errors=(UnknownPart, BadRequest, *STATE[1:])),
        Route("GET", "/installation", installation.installation, "The installation in force.", gives=XML),
        Route("PUT", "/installation", installation.put_installation, "Replace the installation.",
              Revision, REPLACING, takes=XML, errors=(*WRITING, TooLarge)),
        Route("POST", "/installation/plan", installation.plan_installation,
              "What a document would change, in meaning and in text; nothing is changed.", Plan,
              MANY, takes=XML, errors=(ConfigurationError, TooLarge)),
        Route("GET", "/installation/compare", installation.compare_installations,
              "What one version changed compared with another.", Plan,
              {"from": f"the older version; {IN_FORCE} if absent", "to": "likewise the newer one"},
              errors=(UnknownVersion, StoreUnavailable)),
        Route("GET", "/installation/versions", installation.installation_versions,
              "The versions that are kept, newest first.", list[VersionView],
              errors=(StoreUnavailable,)),
        Route("GET", "/installation/versions/{revision}", installation.installation_version,
              "A version, named by the beginning of its revision.", gives=XML,
              errors=(UnknownVersion, StoreUnavailable)),
        Route("POST", "/installation/versions/{revision}/restore", installation.restore_installation,
              "Put an earlier version into force again.", Revision, REPLACING,
              errors=(*WRITING, UnknownVersion)),
        Route("GET", "/allocations", views.allocations, "The last allocations.", list[Decision],
              {"last": "how many (50)", **OWN}, errors=(BadRequest,)),
        Route("GET", "/allocations/{request_id}", views.allocation,
              "The allocations of one request, with their trails.", list[Decision], OWN,
              errors=(NoSuchPage,)),
    )  # fmt: skip
