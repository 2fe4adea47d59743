"""Health probes: questions answered by the status code alone, so that any load balancer can ask."""

from mgmtsrvr.api.openapi import product_version
from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import HealthAnswer, Version
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.decision_log import DecisionLog
from mgmtsrvr.eligibility import Snapshot
from mgmtsrvr.refusal import Cause
from mgmtsrvr.registry import Registry
from verdigris.errors import BadRequest
from verdigris.wire import Hello, Kind


NO = 503


class Probes:
    """The health of this management server, and of its domains.

    Args:
        identity: the management server's name and run, as it introduces itself to peers.
        registry: the session servers and domains.
        configuration: the installation.
        decisions: the log of allocations.
    """

    def __init__(
        self,
        identity: Hello,
        registry: Registry,
        configuration: Configuration,
        decisions: DecisionLog,
    ) -> None:
        self._identity = identity
        self._registry = registry
        self._configuration = configuration
        self._decisions = decisions

    async def live(self, request: ApiRequest) -> ApiReply:
        """Whether the process runs and answers."""
        del request
        return ApiReply(HealthAnswer(status="yes"))

    async def ready(self, request: ApiRequest) -> ApiReply:
        """Whether it can judge: its session servers had time to report."""
        del request
        if self._registry.warming:
            waiting = [server.name for server in self._registry.waiting_for()]
            reason = f"warming: waiting for {', '.join(waiting[:10])}"
            return ApiReply(HealthAnswer(status="no", reason=reason), NO)
        return ApiReply(HealthAnswer(status="yes", problems=self._problems()))

    async def version(self, request: ApiRequest) -> ApiReply:
        """The product, its version, and the installation."""
        del request
        return ApiReply(
            Version(
                product="Verdigris management server",
                version=product_version(),
                name=self._identity.name,
                installation=self._configuration.installation.id,
                revision=self._configuration.revision,
                boot=self._identity.boot,
                problem="; ".join(self._problems()),
                warming=self._registry.warming,
                allocations=dict(self._decisions.counts),
            )
        )

    async def can_serve(self, request: ApiRequest) -> ApiReply:
        """Whether a session server of the domain may be asked for this model or pool now."""
        kind, name = _wanted(request)
        snapshot = self._registry.snapshot(request.names["domain"], kind, name)
        if snapshot.groups:
            best = snapshot.groups[0]
            reason = f"{len(best.members)} session server(s) at priority {best.priority}"
            return ApiReply(HealthAnswer(status="yes", reason=reason))
        return ApiReply(HealthAnswer(status="no", reason=_why_not(snapshot)), NO)

    def _problems(self) -> list[str]:
        problem = self._configuration.problem
        return [str(problem)] if problem else []


def _wanted(request: ApiRequest) -> tuple[Kind, str]:
    model, pool = request.query.get("model"), request.query.get("pool")
    if bool(model) == bool(pool):
        raise BadRequest(problem="ask with ?model=NAME or with ?pool=NAME, not both")
    return ("model", model) if model else ("pool", pool or "")


def _why_not(snapshot: Snapshot) -> str:
    if not snapshot.domain.members:
        return "no servers configured"
    excluded = snapshot.excluded
    reasons = [f"{name} {why.text}" for name, why in list(excluded.items())[:10]]
    warming = any(why.cause is Cause.WARMING for why in excluded.values())
    return ("warming; " if warming else "") + "; ".join(reasons)
