"""The installation file: session servers, and domains of (server, weight, priority).

Law: an `Installation` is frozen and has been checked: schema, names that exist, nothing twice.
What is allowed but looks like a mistake is a warning. Edits by program change what they mean to
change; comments, order and everything else stay. Format: installation.xsd; product facts 2.1.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from lxml import etree

from verdigris.config import ports, xmlfile
from verdigris.config.deployment import (
    Assignments,
    Deployment,
    OverriddenPool,
    assignments,
    judge_deployments,
    judge_overrides,
    read_deployments,
    read_overrides,
)
from verdigris.errors import Problem, UnknownServer
from verdigris.suggestion import did_you_mean
from verdigris.values import Endpoint


NAMESPACE: Final = "urn:verdigris:installation:1"
MAX_WEIGHT: Final = 1_000_000
"""So that 1 : 999,999 can be said; more has no use and is taken for a slip (decision 0183)."""
MAX_PRIORITY: Final = 1_000

_SECURITY: Final = f"{{{NAMESPACE}}}security"

AdminState = Literal["up", "drain", "maintenance"]


@dataclass(frozen=True, slots=True)
class SessionServer:
    """A session server of the installation.

    Attributes:
        address: where to call it while it is offline; None if only the server itself says where it is.
        state: what the administrator says of it.
        security: whether it checks users; None is as the installation says.
    """

    name: str
    address: Endpoint | None = None
    state: AdminState = "up"
    line: int = 0
    security: bool | None = None


@dataclass(frozen=True, slots=True)
class DomainMember:
    """A session server in a domain: weight 0..1,000,000, priority 0..1,000."""

    server: str
    weight: int
    priority: int = 1
    line: int = 0


@dataclass(frozen=True, slots=True)
class LoadDomain:
    """A load distribution domain.

    Attributes:
        spill_on_busy: False keeps requests off the next priority while this one is only busy.
    """

    name: str
    members: tuple[DomainMember, ...] = ()
    spill_on_busy: bool = True
    line: int = 0


@dataclass(frozen=True, slots=True)
class ManagementServer:
    """A management server of the installation, and where the other parts reach it."""

    name: str
    address: Endpoint
    line: int = 0


@dataclass(frozen=True, slots=True)
class Revoked:
    """The certificates of a removed part: all that were issued up to a time."""

    role: str
    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class InstallationSecurity:
    """That TLS and logins are on, and what belongs to them.

    Attributes:
        signer: the certificate of the authority that signs, PEM; "" is that of the management server.
        trusted: further authorities that are trusted, PEM.
        used_tokens: ids of join tokens that were used.
        revoked: parts that were removed.
        session_servers: session server security: whether session servers check users, those that say
            nothing else.
    """

    signer: str = ""
    trusted: tuple[str, ...] = ()
    used_tokens: frozenset[str] = frozenset()
    revoked: tuple[Revoked, ...] = ()
    session_servers: bool = False


@dataclass(frozen=True, slots=True)
class Installation:
    """What the file says.

    Attributes:
        id: names the installation.
        management_servers: those that have joined.
        gateways: names of those that have joined.
        security: None is off: plain text between the parts, and no logins.
        force: this version may remove more than half of the servers.
        warnings: what is allowed and looks like a mistake.
        deployments: which packages belong on which session servers.
        pools: session pools with other values than those of their packages.
    """

    id: str
    servers: tuple[SessionServer, ...] = ()
    domains: tuple[LoadDomain, ...] = ()
    management_servers: tuple[ManagementServer, ...] = ()
    gateways: tuple[str, ...] = ()
    security: InstallationSecurity | None = None
    force: bool = False
    warnings: tuple[Problem, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    pools: tuple[OverriddenPool, ...] = ()

    @property
    def members(self) -> dict[str, list[str]]:
        """Session servers by domain."""
        return {one.name: [it.server for it in one.members] for one in self.domains}

    def assignments(self) -> Assignments:
        """Which packages belong on which session servers."""
        return assignments(self.deployments, self.members)

    def __repr__(self) -> str:
        return (
            f"<Installation {self.id!r} [{len(self.servers)} session servers, "
            f"{len(self.domains)} domains]>"
        )

    def checks_users(self, server: str) -> bool:
        """Whether a session server gives sessions only to users who may have them."""
        if self.security is None:
            return False
        own = next((one.security for one in self.servers if one.name == server), None)
        return self.security.session_servers if own is None else own

    @property
    def checks_some_users(self) -> bool:
        """Whether some session server does, of those listed and those that may yet come."""
        own = (one.security for one in self.servers)
        return self.security is not None and (self.security.session_servers or any(own))

    def checks_users_of(self, domain: str) -> bool:
        """Whether a domain has a session server that does: then all who come by it are checked."""
        found = next((one.members for one in self.domains if one.name == domain), None)
        if found is None:  # nobody learns without credentials which domains there are
            return self.checks_some_users
        return any(self.checks_users(member.server) for member in found)


def parse(data: bytes, file: str = "installation.xml") -> Installation:
    """Read and check an installation file.

    Raises:
        ConfigurationError: with every problem found and its line; nothing of it is used.
    """
    rules = xmlfile.schema("verdigris.config", "installation.xsd")
    root = xmlfile.load(data, file, rules)
    found: list[Problem] = []
    servers = tuple(_servers(root, file, found))
    domains = tuple(_domains(root))
    management = tuple(_management_servers(root, file, found))
    gateways = tuple(one.get("name", "") for one in _each(root, "gateways", "gateway"))
    security = _security(root, file, found)
    found.extend(_judge(servers, domains, file))
    found.extend(_judge_security(servers, domains, security, file))
    deployments = tuple(read_deployments(_each(root, "deployments", "deployment"), file, found))
    pools = tuple(read_overrides(_each(root, "pools", "pool")))
    members = {one.name: [it.server for it in one.members] for one in domains}
    known = [server.name for server in servers]
    found.extend(judge_deployments(deployments, members, known, file))
    found.extend(judge_overrides(pools, file))
    listed = ((one.name, one.line) for one in management)
    found.extend(_twice(file, listed, "management server {} is listed"))
    if _flag(root, "force"):
        message = "force allows more than half of the session servers to be removed: remove it again after use"
        found.append(Problem(file, xmlfile.line(root), message, "warning"))
    xmlfile.refuse(file, found)
    return Installation(
        root.get("id", ""),
        servers,
        domains,
        management,
        gateways,
        security,
        _flag(root, "force"),
        tuple(sorted(found)),
        deployments,
        pools,
    )


def with_state(data: bytes, server: str, state: AdminState) -> bytes:
    """The file with another administrative state of one server; comments and order stay.

    Raises:
        UnknownServer: the file has no such server.
        ConfigurationError: the file is not well-formed.
    """
    root = xmlfile.parse(data, "installation.xml", keep_comments=True)
    for element in _each(root, "session-servers", "session-server"):
        if element.get("name") == server:
            element.set("state", state)
            return write(root)
    raise UnknownServer(server=server)


def write(root: etree._Element) -> bytes:
    """The bytes of a document, comments before and after its root included."""
    around = [*reversed([*root.itersiblings(preceding=True)]), root, *root.itersiblings()]
    parts = [etree.tostring(node, encoding="UTF-8", with_tail=False) for node in around]
    plain = [part.partition(b"?>\n")[2] if part.startswith(b"<?xml ") else part for part in parts]
    return b"\n".join([b'<?xml version="1.0" encoding="UTF-8"?>', *plain, b""])


def sample() -> str:
    """A commented file to start from: the example of the product's own documentation."""
    return SAMPLE


def removed(old: Installation, new: Installation) -> Sequence[str]:
    """Names of the session servers that the new version no longer has."""
    kept = {server.name for server in new.servers}
    return [server.name for server in old.servers if server.name not in kept]


def _servers(root: etree._Element, file: str, found: list[Problem]) -> Iterator[SessionServer]:
    for element in _each(root, "session-servers", "session-server"):
        address = None
        if said := element.get("address"):
            try:
                address = Endpoint.parse(said, ports.SESSION_SERVER)
            except ValueError as problem:
                found.append(Problem(file, xmlfile.line(element), str(problem)))
        state = cast("AdminState", element.get("state", "up"))  # the schema lists the three
        security = {"on": True, "off": False}.get(element.get("security", ""))
        line = xmlfile.line(element)
        yield SessionServer(element.get("name", ""), address, state, line, security)


def _management_servers(
    root: etree._Element, file: str, found: list[Problem]
) -> Iterator[ManagementServer]:
    for element in _each(root, "management-servers", "management-server"):
        try:
            address = Endpoint.parse(element.get("address", ""), ports.MANAGEMENT_SERVER)
        except ValueError as problem:
            found.append(Problem(file, xmlfile.line(element), str(problem)))
            continue
        yield ManagementServer(element.get("name", ""), address, xmlfile.line(element))


def _domains(root: etree._Element) -> Iterator[LoadDomain]:
    for element in _each(root, "domains", "domain"):
        members = tuple(
            DomainMember(
                member.get("server", ""),
                int(member.get("weight", "0")),
                int(member.get("priority", "1")),
                xmlfile.line(member),
            )
            for member in element.iterchildren(f"{{{NAMESPACE}}}member")
        )
        spill = element.get("spill-on-busy", "true").strip() in {"true", "1"}
        yield LoadDomain(element.get("name", ""), members, spill, xmlfile.line(element))


def _security(root: etree._Element, file: str, found: list[Problem]) -> InstallationSecurity | None:
    if root.find(_SECURITY) is None:
        return None
    revoked: list[Revoked] = []
    for element in _each(root, "security", "revoked"):
        said = element.get("at", "")
        when = _time(said)
        if when is None:
            message = f"{said!r} is not a time with its time zone, such as 2026-12-01T11:30:00Z"
            found.append(Problem(file, xmlfile.line(element), message))
            continue
        revoked.append(Revoked(element.get("role", ""), element.get("name", ""), when))
    authorities = [
        (one.get("use"), (one.text or "").strip()) for one in _each(root, "security", "authority")
    ]
    return InstallationSecurity(
        next((text for use, text in authorities if use == "sign"), ""),
        tuple(text for use, text in authorities if use == "trust"),
        frozenset(one.get("id", "") for one in _each(root, "security", "used-token")),
        tuple(revoked),
        any(one.get("session-servers") == "on" for one in root.iterchildren(_SECURITY)),
    )


def _time(text: str) -> dt.datetime | None:
    """A time with its time zone; None if the text is none."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _judge(
    servers: Sequence[SessionServer], domains: Sequence[LoadDomain], file: str
) -> Iterator[Problem]:
    """What the schema cannot say."""
    names = {server.name for server in servers}
    yield from _twice(file, ((s.name, s.line) for s in servers), "session server {} is listed")
    yield from _twice(file, ((d.name, d.line) for d in domains), "domain {} is listed")
    addresses = ((str(s.address), s.line) for s in servers if s.address is not None)
    yield from _twice(file, addresses, "address {} is listed")
    for domain in domains:
        where = f"domain {domain.name}"
        members = ((m.server, m.line) for m in domain.members)
        yield from _twice(file, members, f"{where} names session server {{}}")
        for member in domain.members:
            if member.server not in names:
                message = f"{where} names the unknown session server {member.server}"
                hint = did_you_mean(member.server, names)
                yield Problem(file, member.line, message + hint, where=where)
        yield from _weights(domain, file, where)


def _judge_security(
    servers: Sequence[SessionServer],
    domains: Sequence[LoadDomain],
    security: InstallationSecurity | None,
    file: str,
) -> Iterator[Problem]:
    """Session servers that cannot check users, and domains of which only some servers do."""
    if security is None:
        for server in servers:
            if server.security:
                message = (
                    f'session server {server.name} has security="on", and the installation has no'
                    " <security> element: credentials would travel in plain text"
                )
                yield Problem(file, server.line, message)
        return
    own = {one.name: one.security for one in servers}
    for domain in domains:
        said = [own.get(member.server) for member in domain.members]
        checks = {security.session_servers if one is None else one for one in said}
        if len(checks) > 1:
            where = f"domain {domain.name}"
            message = (
                f"{where}: session server security is on for some of its servers only, so all who"
                " come by the domain need credentials"
            )
            yield Problem(file, domain.line, message, "warning", where)


def _twice(file: str, named: Iterable[tuple[str, int]], say: str) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for name, line in named:
        if name in seen:
            yield Problem(file, line, f"{say.format(name)} twice (first in line {seen[name]})")
        seen.setdefault(name, line)


def _weights(domain: LoadDomain, file: str, where: str) -> Iterator[Problem]:
    """Warnings: nothing to draw from, or totals that are no percentages."""

    def warn(message: str) -> Problem:
        return Problem(file, domain.line, f"{where}: {message}", "warning", where)

    if not domain.members:
        yield warn("it has no session servers, so every request is refused")
    totals: dict[int, int] = {}
    for member in domain.members:
        totals[member.priority] = totals.get(member.priority, 0) + member.weight
    for priority, total in sorted(totals.items()):
        if total == 0:
            yield warn(f"all weights of priority {priority} are 0, so the group is never used")
        elif total != 100:  # noqa: PLR2004 - the documented advice: weights read as percentages
            yield warn(f"the weights of priority {priority} add up to {total}, not 100")


def _each(root: etree._Element, parent: str, child: str) -> Iterator[etree._Element]:
    for group in root.iterchildren(f"{{{NAMESPACE}}}{parent}"):
        yield from group.iterchildren(f"{{{NAMESPACE}}}{child}")


def _flag(element: etree._Element, name: str) -> bool:
    return element.get(name, "false").strip() in {"true", "1"}


Check = Callable[[bytes], object]
"""Reads a document to find out whether it can be used; raises `ConfigurationError` if not."""

SAMPLE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- The installation: the session servers that belong together. The management server watches this
     file; an edit takes effect at once. An invalid edit is reported, and the last valid version stays
     in use. -->
<installation xmlns="urn:verdigris:installation:1" id="example">
  <session-servers>
    <!-- state: up, drain (no new sessions) or maintenance (also closes idle sessions) -->
    <session-server name="vs1" address="127.0.0.1:9623" state="up"/>
    <session-server name="vs2" address="127.0.0.1:9624" state="up"/>
    <session-server name="vs3" address="127.0.0.1:9625" state="up"/>
  </session-servers>
  <domains>
    <!-- vs1 gets 80 % and vs2 20 % of the requests; vs3 is used when both are busy or offline.
         With spill-on-busy="false", vs3 is used only when both are offline. -->
    <domain name="mydomain1" spill-on-busy="true">
      <member server="vs1" weight="80" priority="1"/>
      <member server="vs2" weight="20" priority="1"/>
      <member server="vs3" weight="100" priority="2"/>
    </domain>
  </domains>
  <!-- Which model packages belong where. "verdigris deploy" writes it when a domain is given, and brings the
       package to the session servers, also to those that come later.
  <deployments>
    <deployment model="BankDemo" package="...64 hexadecimal digits..." at-a-time="1">
      <to domain="mydomain1"/>
    </deployment>
  </deployments> -->
  <!-- Pools with other values than those of their packages: "verdigris pools set BankPool ..." writes it. -->
  <pools>
    <!-- <pool name="BankPool" max-concurrent-sessions="30" min-idle-sessions="2"/> -->
  </pools>
</installation>
"""
