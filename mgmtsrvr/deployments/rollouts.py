"""The job of bringing packages to the session servers, which one management server does for all.

Law (tests/mgmtsrvr/deployments/test_rollouts.py): whoever holds the lease compares what session servers have with
what the installation names, and does what `steps` says; nothing else is remembered, so that another
one goes on where this one was killed. An error stops a rollout in the document, where all see it.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr.configuration import Configuration
from mgmtsrvr.deployment_steps import ServerPackages, Steps, Task, next_steps
from mgmtsrvr.deployments.packages import Packages
from mgmtsrvr.registry import Registry
from mgmtsrvr.server_commands import ServerCommands
from mgmtsrvr.session_server import Server
from mgmtsrvr.store import Lease, Note
from verdigris.config.deployment import Deployment
from verdigris.config.installation import Installation
from verdigris.config.installation_edit import InstallationDocument
from verdigris.errors import NotOffered, PackageMissing, ServerUnreachable, VerdigrisError
from verdigris.link.periodic import steadily
from verdigris.wire import Deploy


log = Logger()

LOOK: Final = 0.5
"""Seconds between looks, besides those after changes: a comparison of names."""
LEASE: Final = "deployments"
LEASE_SECONDS: Final = 5.0
ANOTHER: Final = 2.0
"""Seconds until the lease is asked for again while another management server has it."""
FIRST_WAIT: Final = 2.0
LAST_WAIT: Final = 300.0
"""Seconds until a package is tried again at a session server that refused it, doubling."""
LONGEST_PROBLEM: Final = 500
"""Characters of an error in the document."""
AUTHOR: Final = "rollout"
"""Who is said to have made the changes of this job."""
MISSING_EVERY: Final = 5.0
"""Seconds between tries to fetch packages that are missing here."""


@dataclass(slots=True)
class Refused:
    """A session server that could not be given a package.

    Attributes:
        deployment: what it was to be given; None for a model that was to be taken.
        problem: why not.
        boot: the run of the session server; another one is tried at once.
        again: when it is tried again.
        wait: seconds before that.
    """

    deployment: Deployment | None
    problem: str
    boot: str
    again: float
    wait: float


@dataclass(slots=True)
class Progress:
    """What is under way, and what was refused."""

    under_way: dict[Task, Deployment] = field(default_factory=dict)
    refused: dict[Task, Refused] = field(default_factory=dict)

    def forget(self, wanted: Callable[[Task, Refused], bool]) -> None:
        """Forget refusals that matter no more."""
        self.refused = {task: it for task, it in self.refused.items() if wanted(task, it)}


class Rollouts:
    """The job.

    Args:
        registry: the session servers.
        commands: sends them packages.
        packages: the packages.
        configuration: the installation.
        clock: the time.

    Attributes:
        progress: what is under way here.
    """

    def __init__(
        self,
        registry: Registry,
        commands: ServerCommands,
        packages: Packages,
        configuration: Configuration,
        clock: IReactorTime,
    ) -> None:
        self.progress = Progress()
        self._registry = registry
        self._commands = commands
        self._packages = packages
        self._configuration = configuration
        self._clock = clock
        self._lease: Lease | None = None
        self._loop = steadily(self.look, "comparing packages with the installation", clock)
        self._looking = self._fetching = self._stopped = False
        self._fetched = ""
        self._fetch_at = self._ask_at = 0.0

    def __repr__(self) -> str:
        return f"<Rollouts [{len(self.progress.under_way)} under way] {self._lease or 'no lease'}>"

    # ---- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Start looking."""
        self._loop.start(LOOK, now=False)

    def stop(self) -> None:
        """Look no more; what is under way ends with the connections."""
        self._stopped = True
        if self._loop.running:
            self._loop.stop()
        self._give_up_lease()

    def follow(self, before: Installation, after: Installation) -> None:
        """Take another installation: rollouts that begin anew forget what was refused before."""
        was = {(it.model, it.package): it.rollout for it in before.deployments}
        begun = {
            it.model
            for it in after.deployments
            if it.rollout == "going" and was.get((it.model, it.package)) != "going"
        }
        named = self._registry.assignments

        def matters(task: Task, refused: Refused) -> bool:
            now = named.get(task.server, {}).get(task.model)
            wanted = "" if now is None else now.package
            before = "" if refused.deployment is None else refused.deployment.package
            return task.model not in begun and wanted == before

        self.progress.forget(matters)
        self.look()

    def look(self) -> None:
        """Do what is to be done now."""
        self._fetch()
        if not self._looking and not self._stopped:
            self._looking = True
            _go(self._look())

    # ---- packages of this server -------------------------------------------------------------

    def _fetch(self) -> None:
        """Have what the installation names here too, whoever brings it to the session servers."""
        revision, now = self._configuration.revision, self._clock.seconds()
        if self._fetching or self._fetched == revision or now < self._fetch_at:
            return
        self._fetching = True
        _go(self._fetch_all(revision))

    async def _fetch_all(self, revision: str) -> None:
        try:
            installation = self._configuration.installation
            if await self._packages.fetch_all(installation):
                self._fetched = revision
                await self._packages.collect(self._configuration.store)
        except VerdigrisError as problem:
            log.info("old packages are not removed: {problem}", problem=str(problem))
        finally:
            self._fetch_at = self._clock.seconds() + MISSING_EVERY
            self._fetching = False

    # ---- those of session servers ------------------------------------------------------------

    async def _look(self) -> None:
        try:
            steps = self._steps()
            if steps and await self._holds_lease():
                self._do(self._steps())  # which may be others since the lease was asked for
        finally:
            self._looking = False

    def _steps(self) -> Steps:
        registry, progress = self._registry, self.progress
        if registry.warming or not registry.up_to_date():
            return Steps()
        servers = [_packages(it) for it in registry.servers.values() if _can_follow(it)]
        now = self._clock.seconds()
        boots = {it.name: it.health.boot for it in registry.servers.values()}
        waiting = {
            task
            for task, it in progress.refused.items()
            if now < it.again and boots.get(task.server) == it.boot
        }
        return next_steps(registry.assignments, servers, progress.under_way, waiting)

    async def _holds_lease(self) -> bool:
        """Whether this management server does the job."""
        if self._lease is not None and self._lease.held:
            return True
        self._lease = None
        if self._clock.seconds() < self._ask_at:
            return False
        self._ask_at = self._clock.seconds() + ANOTHER
        try:
            self._lease = await self._configuration.store.lease(LEASE, LEASE_SECONDS)
        except VerdigrisError as problem:
            log.debug("no rollouts from here: {problem}", problem=str(problem))
        if self._stopped:
            self._give_up_lease()
        return self._lease is not None

    def _give_up_lease(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            _go(lease.release())

    def _do(self, steps: Steps) -> None:
        for server, deployment in steps.bring:
            self.progress.under_way[Task(server, deployment.model)] = deployment
            _go(self._bring(server, deployment))
        for task in steps.take:
            self.progress.under_way[task] = NOTHING
            _go(self._take(task))
        for deployment in steps.over:
            _go(self._set_rollout(deployment, ""))

    async def _bring(self, server: str, deployment: Deployment) -> None:
        task = Task(server, deployment.model)
        try:
            package = await self._packages.get(deployment.package)
            order = Deploy(package, deployment.model, deployment.package)
            done = await self._commands.deploy(server, order, request_id=_request(deployment))
        except ServerUnreachable:
            pass  # it left before it was told: when it comes back, it is its turn
        except VerdigrisError as problem:
            await self._note_refusal(task, deployment, problem)
        else:
            self.progress.refused.pop(task, None)
            log.info("session server {server} has package {package} of model {model}",
                     server=server, package=deployment.package[:12], model=deployment.model)  # fmt: skip
            for warning in done.warnings:
                log.warn("{server}: {warning}", server=server, warning=warning)
        finally:
            self.progress.under_way.pop(task, None)
            self.look()

    async def _take(self, task: Task) -> None:
        try:
            await self._commands.undeploy(
                task.server, task.model, follows=True, request_id=f"undeploy-{task.model}"
            )
        except (ServerUnreachable, NotOffered):
            pass
        except VerdigrisError as problem:
            self._refuse(task, None, problem)
        finally:
            self.progress.under_way.pop(task, None)
            self.look()

    async def _note_refusal(
        self, task: Task, deployment: Deployment, problem: VerdigrisError
    ) -> None:
        self._refuse(task, deployment, problem)
        faulty = not isinstance(problem, PackageMissing)
        if faulty and deployment.rollout == "going" and deployment.stop_on_error:
            await self._set_rollout(deployment, "stopped", f"{task.server}: {problem}")

    def _refuse(self, task: Task, deployment: Deployment | None, problem: VerdigrisError) -> None:
        before = self.progress.refused.get(task)
        wait = FIRST_WAIT if before is None else min(LAST_WAIT, before.wait * 2)
        again = self._clock.seconds() + wait
        server = self._registry.servers.get(task.server)
        boot = server.health.boot if server else ""
        self.progress.refused[task] = Refused(deployment, str(problem), boot, again, wait)
        log.error("session server {server}, model {model}: {problem}",
                  server=task.server, model=task.model, problem=str(problem))  # fmt: skip

    async def _set_rollout(self, deployment: Deployment, rollout: str, problem: str = "") -> None:
        """Write to the document that a rollout is over or has stopped."""
        said = "".join(it if it.isprintable() else " " for it in problem)[:LONGEST_PROBLEM]
        about = f"{deployment.model} {deployment.package[:12]}"
        comment = f"rollout of {about} {'has stopped' if rollout else 'is over'}"

        def change(document: InstallationDocument) -> None:
            document.set_rollout(deployment.model, deployment.package, rollout, said)

        try:
            await self._configuration.edit(change, note=Note(AUTHOR, comment))
        except VerdigrisError as failed:
            log.warn("{comment}, which cannot be written: {problem}",
                     comment=comment, problem=str(failed))  # fmt: skip


NOTHING: Final = Deployment("", "")
"""Stands for what is brought while a model is taken away."""


def _can_follow(server: Server) -> bool:
    return server.link is not None and server.follows


def _packages(server: Server) -> ServerPackages:
    models = server.packages()
    return ServerPackages(server.name, models, frozenset(models) - server.behind)


def _request(deployment: Deployment) -> str:
    return f"deploy-{deployment.package[:12]}"


def _go(job: Coroutine[Any, Any, object]) -> None:
    Deferred.fromCoroutine(job).addErrback(
        lambda caught: log.failure("bringing packages to session servers failed", caught)
    )
