"""Health as questions answered by the status code alone, so that any load balancer can ask them."""

from typing import TYPE_CHECKING

from mgmtsrvr.allocator import Condition, Snapshot
from mgmtsrvr.api.openapi import product_version
from mgmtsrvr.api.route import Asked, Reply
from mgmtsrvr.api.schemas import Version, Word
from verdigris.errors import BadRequest
from verdigris.wire import Kind


if TYPE_CHECKING:
    from mgmtsrvr.service import ManagementServer


NO = 503


class Questions:
    """Answers about this management server and what its domains can do."""

    def __init__(self, server: "ManagementServer") -> None:
        self._server = server

    async def live(self, asked: Asked) -> Reply:
        """The process runs and answers."""
        del asked
        return Reply(Word(status="yes"))

    async def ready(self, asked: Asked) -> Reply:
        """It can judge: it has an installation, and its session servers had time to report."""
        del asked
        waiting = [server.name for server in self._server.registry.waiting_for()]
        if self._server.registry.warming:
            reason = f"warming: waiting for {', '.join(waiting[:10])}"
            return Reply(Word(status="no", reason=reason), NO)
        return Reply(Word(status="yes", problems=self._problems()))

    async def version(self, asked: Asked) -> Reply:
        """Which product, which version, which installation."""
        del asked
        server = self._server
        return Reply(
            Version(
                product="Verdigris management server",
                version=product_version(),
                name=server.me.name,
                installation=server.configuration.installation.id,
                revision=server.configuration.revision,
                boot=server.me.boot,
                problem="; ".join(self._problems()),
                warming=server.registry.warming,
                allocations=dict(server.trails.counts),
            )
        )

    async def can_serve(self, asked: Asked) -> Reply:
        """Whether a session server of the domain may be asked for this model or pool now."""
        kind, name = _wanted(asked)
        snapshot = self._server.registry.snapshot(asked.names["domain"], kind, name)
        if snapshot.groups:
            best = snapshot.groups[0]
            reason = f"{len(best.members)} session server(s) at priority {best.priority}"
            return Reply(Word(status="yes", reason=reason))
        return Reply(Word(status="no", reason=_why_not(snapshot)), NO)

    def _problems(self) -> list[str]:
        problem = self._server.configuration.problem
        return [str(problem)] if problem else []


def _wanted(asked: Asked) -> tuple[Kind, str]:
    model, pool = asked.query.get("model"), asked.query.get("pool")
    if bool(model) == bool(pool):
        raise BadRequest(problem="ask with ?model=NAME or ?pool=NAME, one of the two")
    return ("model", model) if model else ("pool", pool or "")


def _why_not(snapshot: Snapshot) -> str:
    if not snapshot.domain.members:
        return "no servers configured"
    said = [f"{name} {why.text}" for name, why in list(snapshot.excluded.items())[:10]]
    warming = any(why.kind == Condition.WARMING for why in snapshot.excluded.values())
    return ("warming; " if warming else "") + "; ".join(said)
