"""Registry of services: made from what is deployed, replaced and dropped with it.

A service exists from the moment its contract is built until its model is undeployed. It is replaced
in one step, so that every request meets a complete one. Services are built off the reactor's thread,
one at a time. While it is not known what is deployed, everything stays as it is. A service that
may exist is refused with 503 until it is served, never with 404.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from gateway import readiness
from gateway.http.target import printable
from gateway.services.descriptions import Descriptions
from gateway.services.service import Service
from gateway.services.wanted_services import Name, Wanted, wanted_services
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import NotOffered, NotServedYet, VerdigrisError
from verdigris.metadata import Model
from verdigris.suggestion import nearest
from verdigris.wire import Kind, Offer, Offers
from wsdl import Contract, contract_of, default_namespace
from wsdl.names import is_namespace


log = Logger()

GONE_AFTER: Final = 5.0
"""Seconds a service stays after the last server has stopped offering it: a management server that was
restarted learns of its session servers one by one."""

AGAIN: Final = 2.0
"""Seconds before metadata that could not be fetched is requested again."""

MANAGEMENT: Final = "management servers"
"""The source of what is deployed that the calls of a domain need as well."""

Build: TypeAlias = Callable[[Kind, Contract], Service]
InThread: TypeAlias = Callable[[Callable[[], Service]], Awaitable[Service]]


class Describe(Protocol):
    """Fetches metadata from a session server."""

    def __call__(self, kind: Kind, name: str, address: str) -> Awaitable[Model]:
        """The metadata of a model or pool, or a `VerdigrisError`."""


@dataclass(frozen=True, slots=True)
class _BuiltService:
    service: Service
    signature: object


class Services:
    """The services of a gateway.

    Args:
        clock: for retries.
        describe: fetches metadata.
        build: makes a service from a contract; runs in a thread.
        in_thread: runs a function in a thread.
        descriptions: keeps what was fetched; None keeps nothing.
        settled: called after the set of services changed; with True if one was dropped or replaced.

    Attributes:
        problems: why a service could not be made, for people.
    """

    def __init__(
        self,
        clock: IReactorTime,
        describe: Describe,
        build: Build,
        in_thread: InThread,
        settled: Callable[[bool], None] = lambda _: None,
        descriptions: Descriptions | None = None,
    ) -> None:
        self.problems: dict[Name, str] = {}
        self._clock = clock
        self._describe = describe
        self._build = build
        self._in_thread = in_thread
        self._settled = settled
        self._descriptions = descriptions or Descriptions(None, in_thread)
        self._config = PluginConfig()
        self._seen: dict[str, Offers] = {}
        self._made: dict[Name, _BuiltService] = {}
        self._gone: dict[Name, float] = {}
        self._silent: set[str] = set()
        self._listed = False
        self._again = False
        self._work: Deferred[None] | None = None
        self._nap: Deferred[None] | None = None

    def __repr__(self) -> str:
        return f"<Services [{len(self._made)} made, {len(self.problems)} in trouble]>"

    @property
    def known(self) -> bool:
        """Whether any server has reported yet what is deployed."""
        return bool(self._seen)

    def why_unready(self, needed: str = "") -> str:
        """Why no requests should be sent here; "" if they may.

        Args:
            needed: the source without which ordinary calls fail; "" if any will do.
        """
        return readiness.why_unready(self._seen, self._silent, needed, listed=self._listed)

    @property
    def settled(self) -> bool:
        """Whether everything that is reported as deployed is served, as far as it can be."""
        resting = self._work is None or self._nap is not None
        return self.known and resting and not self._again

    def find(self, kind: Kind, name: str) -> Service | None:
        """The service of a model or pool: by its exact name, else in any case; None if there is none."""
        made = self._made.get((kind, name))
        if made is not None:
            return made.service
        for (other, spelled), candidate in self._made.items():
            if other == kind and spelled.lower() == name.lower():
                return candidate.service
        return None

    def get(self, kind: Kind, name: str) -> Service:
        """The service of a model or pool.

        Raises:
            NotServedYet: it is not served yet, or it is not known yet whether it exists.
            NotOffered: there is no such service.
        """
        service = self.find(kind, name)
        if service is None:
            raise self.absence(kind, name)
        return service

    def absence(self, kind: Kind, name: str) -> VerdigrisError:
        """Why there is no such service: there is none, it is not served yet, or nobody knows yet."""
        shown = printable(name)
        reason = self._why_absent(kind, name)
        if reason:
            return NotServedYet({"retry after": 1}, kind=kind, name=shown, reason=reason)
        names = [spelled for other, spelled in self._made if other == kind]
        near = nearest(name, names) if self._config.list_services else ""  # else names are not told
        meant = f" (did you mean {near}?)" if near else ""
        return NotOffered(kind=kind, name=shown, where=f"this gateway{meant}")

    def _why_absent(self, kind: Kind, name: str) -> str:
        """Why a service that may exist is not served; "" if it does not exist."""
        if not self._seen:
            return readiness.UNHEARD
        spelled = (kind, name.lower())
        for known in wanted_services(self._seen):
            if (known[0], known[1].lower()) == spelled:
                return self.problems.get(known, "its description is being read")
        if not all(offers.complete for offers in self._seen.values()):
            return "a session server of the installation has not reported yet what it has"
        return ""

    def all(self) -> list[Service]:
        """Every service, models first, by name."""
        return [self._made[name].service for name in sorted(self._made)]

    def online(self, service: Service) -> bool:
        """Whether a session server that has it is online, as far as is known."""
        wanted = wanted_services(self._seen).get((service.kind, service.contract.name))
        return wanted is not None and bool(wanted.addresses)

    def capacity(self, kind: Kind, name: str) -> int:
        """How many sessions of a pool or model its online servers may have; 0 if nobody has told."""
        most = 0
        for seen in self._seen.values():
            here = (it for it in seen.offers if (it[0].kind, it[0].name) == (kind, name))
            most = max(most, sum(offer.maximum * len(at) for offer, at in here))
        return most

    def version(self, service: Service) -> str:
        """When the service's model was deployed last, as far as is known.

        A redeployment that changes no contract leaves the service as it is.
        """
        wanted = wanted_services(self._seen).get((service.kind, service.contract.name))
        return (wanted.version if wanted is not None else "") or service.contract.version

    def saw(self, source: str, offers: Offers, config: PluginConfig) -> None:
        """Take a report of what is deployed.

        Args:
            source: of the report; the last report of each source counts.
            offers: what is deployed.
            config: the current settings.
        """
        self._seen[source] = offers
        self._silent.discard(source)
        self.configure(config)

    def heard(self, source: str) -> bool:
        """Whether a source has reported."""
        return source in self._seen

    def lost(self, source: str) -> None:
        """A source does not answer any more; what it last said still counts."""
        self._silent.add(source)

    def configure(self, config: PluginConfig, sources: frozenset[str] | None = None) -> None:
        """Take new settings; the reports of sources that are no longer watched are dropped."""
        self._config = config
        if sources is not None:
            self._seen = {name: seen for name, seen in self._seen.items() if name in sources}
            self._silent &= sources
        self._again = True
        if self._nap is not None and not self._nap.called:
            self._nap.callback(None)
        if self._work is None:
            self._work = Deferred.fromCoroutine(self._reconcile())
            self._work.addBoth(self._rested)

    def stop(self) -> None:
        """Stop making services."""
        if self._work is not None:
            self._work.cancel()

    def _rested(self, outcome: object) -> None:
        self._work = None
        caught = getattr(outcome, "value", None)
        if caught is not None and not isinstance(caught, CancelledError):
            log.failure("making services ended", outcome)  # type: ignore[arg-type] # a Failure, as its value shows

    async def _reconcile(self) -> None:
        while self._again:
            self._again = False
            pause = await self._pass()
            if pause and not self._again:
                await self._sleep(pause)
                self._again = True

    async def _sleep(self, seconds: float) -> None:
        """Wait until the time is over or something changes."""
        self._nap = Deferred()
        timer = self._clock.callLater(seconds, self._nap.callback, None)
        try:
            await self._nap
        finally:
            self._nap = None
            if timer.active():
                timer.cancel()

    async def _pass(self) -> float:
        """Bring everything up to date; returns the seconds after which to look again, or 0."""
        wanted = wanted_services(self._seen)
        dropped = await self._drop(wanted)
        changed = False
        for name, want in wanted.items():
            signature = self._signature(want.offer)
            made = self._made.get(name)
            if made is not None and made.signature == signature:
                self.problems.pop(name, None)
            elif await self._make(name, want, signature):
                changed = True
                dropped = dropped or made is not None
        self._listed = self._listed or bool(wanted)
        if changed or dropped:
            self._settled(dropped)
        soon = [AGAIN] * bool(self._retryable(wanted))
        soon += [max(0.05, due - self._clock.seconds()) for due in self._gone.values()]
        return min(soon, default=0.0)

    def _retryable(self, wanted: dict[Name, Wanted]) -> list[Name]:
        return [name for name in self.problems if name in wanted and wanted[name].addresses]

    async def _drop(self, wanted: dict[Name, Wanted]) -> bool:
        """Drop what has been gone for long enough."""
        now = self._clock.seconds()
        gone = [name for name in self._made if name not in wanted]
        self._gone = {name: self._gone.get(name, now + GONE_AFTER) for name in gone}
        over = [name for name, due in self._gone.items() if due <= now]
        for name in over:
            del self._gone[name]
            log.info("{kind} {name} is no longer served", kind=name[0], name=name[1])
            del self._made[name]
        for name in over:  # all are gone before the disk is waited for: no list shows some of them
            await self._descriptions.forget(*name)
        for name in [name for name in self.problems if name not in wanted]:
            del self.problems[name]
        return bool(over)

    async def _make(self, name: Name, want: Wanted, signature: object) -> bool:
        try:
            model = await self._metadata(name, want)
            if model is None:
                return False
            namespace = self._namespace(want.offer, model)
            if not is_namespace(namespace):
                self._trouble(name, f"its namespace {namespace!r} is not a URI")
                return False
            contract = contract_of(
                model,
                name=name[1],
                namespace=namespace,
                qualified_replies=self._config.qualified_replies,
            )
            service = await self._in_thread(lambda: self._build(name[0], contract))
        except CancelledError:
            raise
        except VerdigrisError as problem:
            self._trouble(name, str(problem))
            return False
        except Exception as cause:  # noqa: BLE001 - one bad model must not keep the others away
            log.failure("the service of {kind} {name} cannot be made", kind=name[0], name=name[1])
            self._trouble(name, f"its contract cannot be built ({type(cause).__name__})")
            return False
        self.problems.pop(name, None)
        self._made[name] = _BuiltService(service, signature)
        log.info(
            "{kind} {name} is served: {count} operations in namespace {namespace}",
            kind=name[0],
            name=name[1],
            count=len(contract.operations),
            namespace=contract.namespace,
        )
        for refusal in contract.refused:
            log.warn("{what} is not published: {why}", what=refusal.name, why=refusal.reason)
        return True

    async def _metadata(self, name: Name, want: Wanted) -> Model | None:
        """The metadata from the first session server that gives it, or as kept; None while none is online."""
        problem: VerdigrisError | None = None
        for address in want.addresses:
            try:
                model = await self._describe(*name, address)
            except VerdigrisError as caught:
                problem = caught
            else:
                await self._descriptions.keep(*name, model)
                return model
        kept = await self._descriptions.find(*name, want.offer.digest)
        if kept is not None:
            return kept
        if problem is not None:
            raise problem
        if name not in self._made:
            self.problems[name] = "none of its session servers is online"
        return None

    def _trouble(self, name: Name, problem: str) -> None:
        if self.problems.get(name) != problem:
            log.warn(
                "{kind} {name} cannot be served: {problem}",
                kind=name[0],
                name=name[1],
                problem=problem,
            )
        self.problems[name] = problem

    def _signature(self, offer: Offer) -> object:
        config = self._config
        return (
            offer.digest,
            offer.model,
            offer.namespace,
            config.namespaces.get((offer.kind, offer.name), ""),
            config.namespace_form,
            config.namespace_prefix,
            config.qualified_replies,
            config.request_path,
        )

    def _namespace(self, offer: Offer, model: Model) -> str:
        """plugin-cfg.xml > the deployment descriptor > the default (product facts 7.3)."""
        config = self._config
        return (
            config.namespaces.get((offer.kind, offer.name), "")
            or offer.namespace
            or model.namespace
            or default_namespace(
                offer.kind,
                offer.name,
                offer.model,
                form=config.namespace_form,
                prefix=config.namespace_prefix,
            )
        )
