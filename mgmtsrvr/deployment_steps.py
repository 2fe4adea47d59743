"""What is to be done next so that the session servers have what the installation names. Pure.

Law (tests/mgmtsrvr/deployments/test_deployment_steps.py): of one deployment, at most `at_a_time` session
servers are changed at once that serve meanwhile; those that serve nothing of the model are not counted. What has
stopped is left alone. A rollout is over when every connected session server has the package, and at
least one does.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from verdigris.config.deployment import Assignments, Deployment


NEW_AT_ONCE: Final = 8
"""Session servers that get a package at once where they serve nothing of its model."""


class Origin(NamedTuple):
    """The package of a model on a session server, and whether it follows the installation."""

    package: str
    follows: bool


@dataclass(frozen=True, slots=True)
class ServerPackages:
    """A connected session server, and the packages of its models.

    Attributes:
        serves: the models of which it may serve what it has.
    """

    name: str
    models: Mapping[str, Origin] = field(default_factory=dict)
    serves: frozenset[str] = frozenset()


class Task(NamedTuple):
    """A session server and one of its models."""

    server: str
    model: str


@dataclass(frozen=True, slots=True)
class Steps:
    """What is to be done now.

    Attributes:
        bring: packages to bring to session servers.
        take: models to take from session servers, since the installation does not name them any more.
        over: rollouts that are over.
    """

    bring: tuple[tuple[str, Deployment], ...] = ()
    take: tuple[Task, ...] = ()
    over: tuple[Deployment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.bring or self.take or self.over)


def has(server: ServerPackages, deployment: Deployment) -> bool:
    """Whether a session server has what a deployment names."""
    return server.models.get(deployment.model) == Origin(deployment.package, follows=True)


def next_steps(
    assignments: Assignments,
    servers: Sequence[ServerPackages],
    under_way: Mapping[Task, Deployment],
    waiting: Collection[Task],
) -> Steps:
    """Decide what is to be done next.

    Args:
        assignments: what the installation names.
        servers: those that are connected.
        under_way: packages that are being brought or taken.
        waiting: what has failed and is tried again later.
    """
    changing: Counter[tuple[str, str]] = Counter()
    new = 0
    serving = {Task(it.name, model) for it in servers for model in it.serves}
    for task, deployment in under_way.items():
        if task in serving:
            changing[task.model, deployment.package] += 1
        else:
            new += 1
    bring: list[tuple[str, Deployment]] = []
    lacking = _lacking(assignments, servers)
    for server, deployment in lacking:
        task = Task(server, deployment.model)
        if task in under_way or task in waiting or deployment.rollout == "stopped":
            continue
        key = deployment.model, deployment.package
        if task not in serving:
            if new < NEW_AT_ONCE:
                new += 1
                bring.append((server, deployment))
        elif changing[key] < deployment.at_a_time:
            changing[key] += 1
            bring.append((server, deployment))
    take = tuple(it for it in _surplus(assignments, servers) if it not in {*under_way, *waiting})
    return Steps(tuple(bring), take, tuple(_over(assignments, servers, lacking)))


def _lacking(
    assignments: Assignments, servers: Sequence[ServerPackages]
) -> list[tuple[str, Deployment]]:
    """The session servers that have not what they are to have, those that do not serve first."""
    found = [
        (model in server.serves, server.name, deployment)
        for server in servers
        for model, deployment in assignments.get(server.name, {}).items()
        if not has(server, deployment)
    ]
    found.sort(key=lambda it: it[0])
    return [(server, deployment) for _, server, deployment in found]


def _surplus(assignments: Assignments, servers: Sequence[ServerPackages]) -> Iterator[Task]:
    for server in servers:
        named = assignments.get(server.name, {})
        for model, origin in server.models.items():
            if origin.follows and model not in named:
                yield Task(server.name, model)


def _over(
    assignments: Assignments,
    servers: Sequence[ServerPackages],
    lacking: Sequence[tuple[str, Deployment]],
) -> Iterator[Deployment]:
    going = {
        (one.model, one.package): one
        for server in servers
        for one in assignments.get(server.name, {}).values()
        if one.rollout == "going"
    }
    for _, one in lacking:
        going.pop((one.model, one.package), None)
    yield from going.values()
