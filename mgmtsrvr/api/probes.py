"""Health probes: questions answered by the status code alone, so that any load balancer can ask.

Law (tests/mgmtsrvr/test_api.py): "yes" is answered only if a session could be given, as far as is
known: a session server that is online but has no host is as good as none.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mgmtsrvr.api.openapi import product_version
from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import HealthAnswer, Version
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.decision_log import DecisionLog
from mgmtsrvr.registry import Registry
from mgmtsrvr.session_server import Server
from verdigris.allocation.eligibility import AVAILABLE, Snapshot
from verdigris.allocation.refusal import Cause
from verdigris.errors import BadRequest, Problem
from verdigris.wire import Hello, Kind, Offer


NO = 503
SHOWN: Final = 10
"""Reasons that an answer lists at most."""


class Probes:
    """The health of this management server, and of its domains.

    Args:
        identity: the management server's name and run, as it introduces itself to peers.
        registry: the session servers and domains.
        configuration: the installation.
        decisions: the log of allocations.
        problems: what is wrong with other things that this management server keeps.
        warnings: about its settings.
    """

    def __init__(
        self,
        identity: Hello,
        registry: Registry,
        configuration: Configuration,
        decisions: DecisionLog,
        problems: Callable[[], list[str]] = list,
        warnings: Sequence[Problem] = (),
    ) -> None:
        self._warnings = [one.message for one in warnings]
        self._other_problems = problems
        self._identity = identity
        self._registry = registry
        self._configuration = configuration
        self._decisions = decisions

    async def live(self, request: ApiRequest) -> ApiReply:
        """Whether the process runs and answers."""
        del request
        return ApiReply(HealthAnswer(status="yes"))

    async def ready(self, request: ApiRequest) -> ApiReply:
        """Whether it can judge, and some session server could give a session."""
        del request
        reason, problems = self._why_unready(), self._problems()
        if reason:
            return ApiReply(HealthAnswer(status="no", reason=reason, problems=problems), NO)
        return ApiReply(HealthAnswer(status="yes", problems=problems))

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
                warnings=self._warnings,
                allocations=dict(self._decisions.counts),
            )
        )

    async def can_serve(self, request: ApiRequest) -> ApiReply:
        """Whether a session server of the domain may be asked for this model or pool now."""
        kind, name = _wanted(request)
        snapshot = self._registry.snapshot(request.names["domain"], kind, name)
        troubles: dict[str, str] = {}
        for group in snapshot.groups:
            found = {m.server: self._trouble(m.server, kind, name) for m in group.members}
            able = [server for server, trouble in found.items() if not trouble]
            if able:
                reason = f"{len(able)} session server(s) at priority {group.priority}"
                return ApiReply(HealthAnswer(status="yes", reason=reason))
            troubles |= found
        reason = _why_not(snapshot, troubles)
        return ApiReply(HealthAnswer(status="no", reason=reason), NO)

    def _trouble(self, server: str, kind: Kind, name: str) -> str:
        """Why an eligible server could not give a session of this now; "" if it could."""
        offers = self._registry.server(server).offers or ()
        return next((it.problem for it in offers if (it.kind, it.name) == (kind, name)), "")

    def _why_unready(self) -> str:
        """Why clients should not be sent here; "" if they may be."""
        registry = self._registry
        if registry.warming:
            waiting = [server.name for server in registry.waiting_for()]
            return f"warming: waiting for {', '.join(waiting[:SHOWN])}"
        reasons: list[str] = []
        for server in registry.servers.values():
            for offer in server.offers or ():
                reason = _why_unable(registry, server, offer)
                if not reason:
                    return ""
                reasons.append(f"{server.name}: {reason}")
            if not server.offers:
                has = "has nothing deployed" if server.health.online else "is not online"
                reasons.append(f"{server.name} {has}")
        shown = list(dict.fromkeys(reasons))[:SHOWN] or ["there are none"]
        return "no session server can give a session: " + "; ".join(shown)

    def _problems(self) -> list[str]:
        problem = self._configuration.problem
        return [*([str(problem)] if problem else []), *self._other_problems()]


def _wanted(request: ApiRequest) -> tuple[Kind, str]:
    model, pool = request.query.get("model"), request.query.get("pool")
    if bool(model) == bool(pool):
        raise BadRequest(problem="ask with ?model=NAME or with ?pool=NAME, not both")
    return ("model", model) if model else ("pool", pool or "")


def _why_unable(registry: Registry, server: Server, offer: Offer) -> str:
    """Why a server could not give a session of this offer now; "" if it could."""
    found = registry.availability(server, offer.kind, offer.name)
    if found != AVAILABLE:
        return found.reason or found.condition.value
    return f"{offer.kind} {offer.name}: {offer.problem}" if offer.problem else ""


def _why_not(snapshot: Snapshot, troubles: Mapping[str, str]) -> str:
    if not snapshot.domain.members:
        return "no servers configured"
    excluded = snapshot.excluded
    reasons = [f"{name}: {why}" for name, why in list(troubles.items())[:SHOWN]]
    reasons += [f"{name} {why.text}" for name, why in list(excluded.items())[:SHOWN]]
    warming = any(why.cause is Cause.WARMING for why in excluded.values())
    return ("warming; " if warming else "") + "; ".join(reasons)
