"""The table of routes of the administration API."""

from dataclasses import replace

from mgmtsrvr.api.actions import ZIP, Actions
from mgmtsrvr.api.audit import LINES, AuditQueries
from mgmtsrvr.api.combined_views import CombinedViews
from mgmtsrvr.api.deployments import DeploymentActions
from mgmtsrvr.api.installation import IN_FORCE, InstallationActions
from mgmtsrvr.api.login_actions import JSON, LoginActions
from mgmtsrvr.api.metrics import TEXT, Metrics
from mgmtsrvr.api.parts import Parts
from mgmtsrvr.api.preconditions import XML
from mgmtsrvr.api.probes import Probes
from mgmtsrvr.api.queries import TRACE, Queries
from mgmtsrvr.api.route import Needs, Route
from mgmtsrvr.api.schemas import (
    Changed,
    DeployedView,
    DeploymentView,
    DomainView,
    HealthAnswer,
    ListView,
    LoggedOut,
    LoginView,
    ManagementServerView,
    Named,
    PartView,
    Plan,
    PoolSettingsView,
    PoolView,
    Revision,
    ServerView,
    SessionView,
    TraceView,
    Version,
    VersionView,
)
from mgmtsrvr.api.session_search import FoundSession, SessionSearch
from mgmtsrvr.api.share_views import DrawnShare, ShareViews
from mgmtsrvr.decision_log import Decision
from verdigris.audit_record import AuditRecord
from verdigris.errors import (
    BadPackage,
    BadRequest,
    CannotWrite,
    ChangeUnknown,
    ConfigurationError,
    Conflict,
    CredentialsWrong,
    DirectoryAway,
    FollowsInstallation,
    LoginsBusy,
    NoSigningKey,
    NoSuchPage,
    NotDeployed,
    NothingBefore,
    NotOffered,
    NotPrimary,
    PackageMissing,
    PeerSilent,
    PrimaryAnswers,
    ServerUnreachable,
    StoreUnavailable,
    TooLarge,
    TooManyGuesses,
    UnknownDomain,
    UnknownPart,
    UnknownServer,
    UnknownTrace,
    UnknownVersion,
    WrongPackage,
)
from verdigris.rights import Permission


OPEN = Needs.NOTHING
VIEW, SCREENS, OPERATE = Permission.VIEW, Permission.SEE_SCREENS, Permission.OPERATE
DEPLOY, CHANGE = Permission.DEPLOY, Permission.CHANGE_INSTALLATION
USERS = Permission.MANAGE_USERS

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
    shares: ShareViews,
    deployments: DeploymentActions,
    logins: LoginActions | None = None,
    audit: AuditQueries | None = None,
) -> tuple[Route, ...]:
    """Every operation of the API, in the order of the OpenAPI document."""
    package = SERVER + "/deploy"
    search = SessionSearch(views)
    return (
        *_of_health(probes, metrics),
        Route("GET", "/domains", queries.domains, "All domains.", list[DomainView],
              needs=VIEW),
        Route("GET", "/domains/{domain}", queries.domain, "One domain.", DomainView,
              errors=(UnknownDomain,),
              needs=VIEW),
        Route("GET", "/domains/{domain}/shares", shares.shares,
              "How often each server was drawn, and how often the weights say.", list[DrawnShare],
              {"window": "seconds before now (3600)", **OWN}, errors=(UnknownDomain, BadRequest),
              needs=VIEW),
        Route("GET", "/management-servers", views.management_servers,
              "All management servers, the one that is asked first.", list[ManagementServerView],
              OWN,
              needs=VIEW),
        Route("GET", "/servers", views.servers, "All session servers.", list[ServerView], OWN,
              needs=VIEW),
        Route("GET", SERVER, views.server, "One session server.", ServerView, OWN,
              errors=(UnknownServer,),
              needs=VIEW),
        Route("GET", SERVER + "/sessions", views.sessions, "Its sessions.", list[SessionView],
              {"screens": "true adds each session's masked screen", **OWN}, errors=COMMAND,
              needs=VIEW),
        Route("GET", "/sessions", search.all_sessions, "The sessions of all session servers.", list[FoundSession],
              {"screens": "true adds each session's masked screen"},
              needs=VIEW),
        Route("GET", SERVER + "/sessions/{session}/trace", views.session_trace,
              "A session's last traffic, masked.", gives=TRACE, errors=(*COMMAND, UnknownTrace),
              needs=SCREENS),
        Route("GET", SERVER + "/traces", views.traces,
              "Its traces of host sessions that failed, latest first.", list[TraceView],
              errors=COMMAND,
              needs=VIEW),
        Route("GET", SERVER + "/traces/{trace}", views.trace,
              "A trace, by its name or the id of the request that failed.", gives=TRACE,
              errors=(*COMMAND, UnknownTrace),
              needs=SCREENS),
        Route("POST", SERVER + "/drain", actions.drain,
              "Take no new sessions; the running ones go on.", Changed, errors=STATE,
              needs=OPERATE),
        Route("POST", SERVER + "/resume", actions.resume, "Take new sessions again.", Changed,
              errors=STATE,
              needs=OPERATE),
        Route("POST", SERVER + "/maintenance", actions.maintenance,
              "Take no new sessions, and close the idle ones.", Changed, errors=STATE,
              needs=OPERATE),
        Route("GET", "/pools", views.pools, "All session pools.", list[PoolView], OWN,
              needs=VIEW),
        Route("GET", "/lists", views.lists,
              "The variable lists that session servers share, and who has which rows.", list[ListView], OWN,
              needs=VIEW),
        Route("POST", SERVER + "/pools/{pool}/start", actions.start_pool, "Start a pool.", Changed,
              errors=COMMAND,
              needs=OPERATE),
        Route("POST", SERVER + "/pools/{pool}/stop", actions.stop_pool, "Stop a pool.", Changed,
              FORCE, errors=COMMAND,
              needs=OPERATE),
        *_of_deployments(deployments),
        Route("POST", package, actions.deploy, "Deploy a model package by hand.", DeployedView,
              {"model": "whose package it has to be, for those who may deploy this model only"}, takes=ZIP,
              errors=(*COMMAND, BadPackage, BadRequest, TooLarge, WrongPackage, FollowsInstallation),
              needs=DEPLOY),
        Route("DELETE", SERVER + "/models/{model}", actions.undeploy, "Undeploy a model by hand.", Changed,
              errors=(*COMMAND, FollowsInstallation),
              needs=DEPLOY),
        Route("GET", "/parts", parts.parts, "The parts of the installation.", list[PartView], OWN,
              needs=VIEW),
        Route("DELETE", "/parts/{role}/{part}", parts.remove_part,
              "Take a part out of the installation; its certificates are revoked.", Changed,
              errors=(UnknownPart, BadRequest, *STATE[1:]),
              needs=Permission.JOIN),
        Route("GET", "/installation", installation.installation, "The installation in force.", gives=XML,
              needs=VIEW),
        Route("PUT", "/installation", installation.put_installation, "Replace the installation.",
              Revision, REPLACING, takes=XML, errors=(*WRITING, TooLarge),
              needs=CHANGE),
        Route("POST", "/installation/plan", installation.plan_installation,
              "What a document would change, in meaning and in text; nothing is changed.", Plan,
              MANY, takes=XML, errors=(ConfigurationError, TooLarge),
              needs=VIEW, harmless=True),
        Route("GET", "/installation/compare", installation.compare_installations,
              "What one version changed compared with another.", Plan,
              {"from": f"the older version; {IN_FORCE} if absent", "to": "likewise the newer one"},
              errors=(UnknownVersion, StoreUnavailable),
              needs=VIEW),
        Route("GET", "/installation/versions", installation.installation_versions,
              "The versions that are kept, newest first.", list[VersionView],
              errors=(StoreUnavailable,),
              needs=VIEW),
        Route("GET", "/installation/versions/{revision}", installation.installation_version,
              "A version, named by the beginning of its revision.", gives=XML,
              errors=(UnknownVersion, StoreUnavailable),
              needs=VIEW),
        Route("POST", "/installation/versions/{revision}/restore", installation.restore_installation,
              "Put an earlier version into force again.", Revision, REPLACING,
              errors=(*WRITING, UnknownVersion),
              needs=CHANGE),
        Route("POST", "/promote", installation.promote,
              "Make this management server, which keeps a replica, the primary.", Revision,
              {"force": "true although the primary answers"},
              errors=(PrimaryAnswers, BadRequest, CannotWrite),
              needs=CHANGE),
        Route("GET", "/allocations", views.allocations, "The last allocations.", list[Decision],
              {"last": "how many (50)", **OWN}, errors=(BadRequest,),
              needs=VIEW),
        Route("GET", "/allocations/{request_id}", views.allocation,
              "The allocations of one request, with their trails.", list[Decision], OWN,
              errors=(NoSuchPage,),
              needs=VIEW),
        *(_of_logins(logins) if logins is not None else ()),
        *(_of_audit(audit) if audit is not None else ()),
    )  # fmt: skip


def _of_deployments(deployments: DeploymentActions) -> tuple[Route, ...]:
    """Deployments by the installation, and pools with other values."""
    one, to = "/deployments/{model}", {"to": "domains and session servers, with commas between"}
    terms = {
        "at-a-time": "how many session servers are changed at once (1)",
        "keep-going": "true goes on after an error",
    }
    targets = (UnknownDomain, UnknownServer, BadRequest)
    return (
        Route("GET", "/deployments", deployments.deployments,
              "The packages that the installation names, and which session servers have them.",
              list[DeploymentView], needs=VIEW),
        Route("POST", one, deployments.deploy_to,
              "Name a package for domains and session servers, and roll it out.", Named, {**to, **terms},
              takes=ZIP, errors=(*targets, BadPackage, WrongPackage, TooLarge, *WRITING[1:]), needs=DEPLOY),
        Route("POST", one + "/back", deployments.deploy_back, "Go back to the package before.", Named,
              {**to, **terms}, errors=(*targets, NotDeployed, NothingBefore, PackageMissing, *WRITING[1:]),
              needs=DEPLOY),
        Route("DELETE", one, deployments.undeploy_from, "Name a model no longer.", Revision, to,
              errors=(*targets, NotDeployed, *WRITING[1:]), needs=DEPLOY),
        Route("GET", "/pools/{pool}/settings", deployments.pool_settings,
              "A pool's settings: the package's, the override, and what is in force.", PoolSettingsView,
              needs=VIEW),
        Route("PUT", "/pools/{pool}/settings", deployments.set_pool,
              "Override settings of a pool on all session servers; null is the package's again.",
              PoolSettingsView, takes=JSON, errors=WRITING, needs=OPERATE),
    )  # fmt: skip


def health_routes(probes: Probes, metrics: Metrics) -> tuple[Route, ...]:
    """What is open on an address of its own: health questions and metrics."""
    wanted = {"/live", "/ready", "/domains/{domain}/can-serve", "/metrics"}
    return tuple(replace(it, needs=OPEN) for it in _of_health(probes, metrics) if it.path in wanted)


def _of_health(probes: Probes, metrics: Metrics) -> tuple[Route, ...]:
    model_or_pool = {"model": "name of a model", "pool": "or name of a session pool"}
    return (
        Route("GET", "/live", probes.live, "Whether the process runs.", HealthAnswer,
              needs=OPEN),
        Route("GET", "/ready", probes.ready,
              "Whether it can judge and some session server could give a session.", HealthAnswer,
              statuses=NO,
              needs=OPEN),
        Route("GET", "/version", probes.version, "Product, version, installation.", Version,
              needs=VIEW),
        Route("GET", "/metrics", metrics.page, "Metrics for Prometheus.", gives=TEXT,
              needs=VIEW),
        Route("GET", "/domains/{domain}/can-serve", probes.can_serve,
              "Whether a session server of this domain could give a session of this model or pool now.",
              HealthAnswer, model_or_pool, statuses=NO, errors=(UnknownDomain, BadRequest),
              needs=VIEW),
    )  # fmt: skip


def _of_logins(logins: LoginActions) -> tuple[Route, ...]:
    """Logins and users, where there is security."""
    return (
        Route("POST", "/login", logins.login, "Log in with a name and a password.", LoginView,
              {"cookie": "true keeps the login in a cookie, for pages"}, takes=JSON,
              errors=(BadRequest, CredentialsWrong, TooManyGuesses, DirectoryAway, LoginsBusy, NoSigningKey),
              needs=OPEN, harmless=True),
        Route("GET", "/login", logins.whoami, "Who the caller is, and may do.", LoginView,
              needs=Needs.LOGIN),
        Route("POST", "/logout", logins.logout, "End the login.", LoggedOut, needs=Needs.LOGIN,
              harmless=True),
        Route("GET", "/users", logins.users, "The users document, with hashes of passwords.", gives=XML,
              needs=USERS),
        Route("PUT", "/users", logins.put_users, "Replace the users document.", Revision, takes=XML,
              errors=(*WRITING, TooLarge), needs=USERS),
    )  # fmt: skip


def _of_audit(audit: AuditQueries) -> tuple[Route, ...]:
    """The audit log, where there is security."""
    one_of = {"who": "of this user", "act": "of this operation"}
    return (
        Route("GET", "/audit", audit.audit, "The last records of all management servers' audit logs, newest first.",
              list[AuditRecord], {"last": "how many (50)", **one_of, **OWN}, errors=(BadRequest,),
              needs=Permission.READ_AUDIT),
        Route("GET", "/audit/export", audit.export_audit, "The records of one audit log, oldest first, a line of JSON each.",
              None, {"after": "the number of the record before (0)",
                     "server": "the management server; the one that is asked if absent"},
              gives=LINES, errors=(BadRequest, UnknownPart, PeerSilent),
              needs=Permission.READ_AUDIT),
    )  # fmt: skip
