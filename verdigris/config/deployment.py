"""What the installation says of models and pools: which package belongs where, and changed pools. Pure.

Law (tests/verdigris/config/test_deployments.py): a session server gets at most one package of a
model: that of the deployment that names the server, else that of one of its domains. Format:
installation.xsd; why: docs/decisions/0264-packages-follow-the-installation.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self, cast

from lxml import etree

from verdigris.config import xmlfile
from verdigris.errors import Problem
from verdigris.suggestion import did_you_mean


Rollout = Literal["", "going", "stopped"]
"""Whether a package is being brought to the session servers; "" is not."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A package of a model, and where it belongs.

    Attributes:
        package: SHA-256 of the package, in hexadecimal.
        domains: all members of these domains get it,
        servers: and these session servers.
        previous: the package before, to which `--back` returns; "" if there is none.
        at_a_time: how many session servers are changed at once.
        stop_on_error: an error ends the rollout; otherwise the other servers are changed all the same.
        rollout: while it is going or stopped, other packages of the model serve too.
        problem: why it has stopped.
    """

    model: str
    package: str
    domains: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    previous: str = ""
    at_a_time: int = 1
    stop_on_error: bool = True
    rollout: Rollout = ""
    problem: str = ""
    line: int = 0

    @property
    def targets(self) -> str:
        """Where it belongs, in words."""
        named = [f"domain {it}" for it in self.domains] + [f"server {it}" for it in self.servers]
        return ", ".join(named) or "nowhere"


@dataclass(frozen=True, slots=True)
class OverriddenPool:
    """Values of a session pool in place of those of its package; None keeps the package's."""

    name: str
    maximum: int | None = None
    initial: int | None = None
    minimum_idle: int | None = None
    maximum_idle: int | None = None
    maximum_pending: int | None = None
    line: int = 0

    @classmethod
    def of(cls, name: str, values: Mapping[str, int | None], line: int = 0) -> Self:
        """An override of these values, by the names in `SETTINGS`."""
        return cls(name, **values, line=line)

    @property
    def values(self) -> dict[str, int]:
        """The values that are overridden, by the names in `SETTINGS`."""
        found = ((name, getattr(self, name)) for name in SETTINGS)
        return {name: value for name, value in found if value is not None}


SETTINGS: Final[Mapping[str, str]] = {
    "maximum": "max-concurrent-sessions",
    "initial": "initial-idle-sessions",
    "minimum_idle": "min-idle-sessions",
    "maximum_idle": "max-idle-sessions",
    "maximum_pending": "max-pending-sessions",
}
"""What may be overridden: the name in programs and in files, which is that of deploy_desc.xml."""


Assignments = Mapping[str, Mapping[str, Deployment]]
"""The deployment of each model on each session server: by server, then by model."""


def assignments(
    deployments: Iterable[Deployment], members: Mapping[str, Iterable[str]]
) -> Assignments:
    """Which deployments belong on which session servers.

    Args:
        deployments: of the installation.
        members: session servers by domain.
    """
    found: dict[str, dict[str, Deployment]] = {}
    direct: list[tuple[str, Deployment]] = []
    for one in deployments:
        for domain in one.domains:
            for server in members.get(domain, ()):
                found.setdefault(server, {}).setdefault(one.model, one)
        direct += [(server, one) for server in one.servers]
    for server, one in direct:
        found.setdefault(server, {})[one.model] = one
    return found


def read_deployments(
    elements: Iterable[etree._Element], file: str, found: list[Problem]
) -> Iterator[Deployment]:
    """The deployments of elements that agree with the schema; problems are added to those found."""
    for element in elements:
        targets = [*element.iterchildren(etree.Element)]
        for target in targets:
            if len(target.attrib) != 1:
                said = "a target is either a domain or a server"
                found.append(Problem(file, xmlfile.line(target), said))
        yield Deployment(
            element.get("model", ""),
            element.get("package", ""),
            tuple(it.get("domain", "") for it in targets if "domain" in it.attrib),
            tuple(it.get("server", "") for it in targets if "server" in it.attrib),
            element.get("previous", ""),
            int(element.get("at-a-time", "1")),
            element.get("stop-on-error", "true").strip() in {"true", "1"},
            cast("Rollout", element.get("rollout", "")),  # the schema lists them
            element.get("problem", ""),
            xmlfile.line(element),
        )


def read_overrides(elements: Iterable[etree._Element]) -> Iterator[OverriddenPool]:
    """The pool overrides of elements that agree with the schema."""
    for element in elements:
        said = {name: element.get(attribute) for name, attribute in SETTINGS.items()}
        values = {name: None if text is None else int(text) for name, text in said.items()}
        yield OverriddenPool.of(element.get("name", ""), values, xmlfile.line(element))


def judge_deployments(
    deployments: Iterable[Deployment],
    members: Mapping[str, Iterable[str]],
    servers: Iterable[str],
    file: str,
) -> Iterator[Problem]:
    """What the schema cannot say of deployments.

    Args:
        deployments: of the installation.
        members: session servers by domain.
        servers: all session servers.
        file: for problems.
    """
    names, seen = set(servers), dict[tuple[str, str], Deployment]()
    listed = tuple(deployments)
    for one in listed:
        where = f"deployment of {one.model}"
        yield from _unknown(one, members, names, file, where)
        for target in [*(f"domain {it}" for it in one.domains), *one.servers]:
            first = seen.setdefault((one.model, target), one)
            if first is not one:
                said = f"{where}: {target} is named twice (first in line {first.line})"
                yield Problem(file, one.line, said, where=where)
        if not one.domains and not one.servers:
            yield Problem(file, one.line, f"{where}: it is deployed nowhere", "warning", where)
    yield from _different(listed, members, file)


def _different(
    deployments: Iterable[Deployment], members: Mapping[str, Iterable[str]], file: str
) -> Iterator[Problem]:
    """Session servers that get different packages of a model by their domains."""
    named = {(one.model, server) for one in deployments for server in one.servers}
    found: dict[tuple[str, str], Deployment] = {}
    for one in deployments:
        for server in (server for domain in one.domains for server in members.get(domain, ())):
            first = found.setdefault((one.model, server), one)
            if first.package != one.package and (one.model, server) not in named:
                where = f"deployment of {one.model}"
                said = (
                    f"{where}: {server} gets different packages by its domains "
                    f"(see line {first.line}); name the server as well"
                )
                yield Problem(file, one.line, said, where=where)


def _unknown(
    one: Deployment, members: Mapping[str, object], servers: set[str], file: str, where: str
) -> Iterator[Problem]:
    for kind, targets, known in (
        ("domain", one.domains, members.keys()),
        ("session server", one.servers, servers),
    ):
        for name in targets:
            if name not in known:
                said = f"{where} names the unknown {kind} {name}{did_you_mean(name, known)}"
                yield Problem(file, one.line, said, where=where)


def judge_overrides(overrides: Iterable[OverriddenPool], file: str) -> Iterator[Problem]:
    """What the schema cannot say of pool overrides."""
    seen: dict[str, int] = {}
    for one in overrides:
        where = f"pool {one.name}"
        if one.name in seen:
            said = f"{where} is listed twice (first in line {seen[one.name]})"
            yield Problem(file, one.line, said, where=where)
        seen.setdefault(one.name, one.line)
        for name, attribute in SETTINGS.items():
            value = one.values.get(name)
            if value is not None and one.maximum is not None and value > one.maximum:
                said = f"{where}: {attribute} is {value}, more than {SETTINGS['maximum']} ({one.maximum})"
                yield Problem(file, one.line, said, where=where)
