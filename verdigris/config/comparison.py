"""What a new version of the installation changes: in text, and in what it means. Pure.

Law (tests/verdigris/config/test_comparison.py): two versions that mean the same have no changes,
whatever their comments and order; every difference in servers, states, domains, members, weights
and priorities is a change with a sentence. Shares are those of each priority group while all of its
servers are online, exact fractions until they are rounded to a hundredth of a percent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from fractions import Fraction
from typing import Final

from verdigris.config.change import Change
from verdigris.config.installation import (
    AdminState,
    DomainMember,
    Installation,
    LoadDomain,
    SessionServer,
)
from verdigris.config.model_changes import compare_models


STATES: Final[Mapping[AdminState, str]] = {
    "up": "takes new sessions",
    "drain": "drains: it takes no new sessions, running ones go on",
    "maintenance": "goes into maintenance: it takes no new sessions and closes its idle ones",
}


@dataclass(frozen=True, slots=True)
class ShareChange:
    """What a server gets of the requests of its priority group: percent before and after.

    None is "not a member of this group, or not in service".
    """

    domain: str
    priority: int
    server: str
    before: float | None
    after: float | None


def compare(old: Installation, new: Installation) -> tuple[Change, ...]:
    """The differences in meaning."""
    return (
        *_servers(old, new),
        *_security(old, new),
        *_domains(old, new),
        *_management_servers(old, new),
        *compare_models(old, new),
    )


def shares(old: Installation, new: Installation) -> tuple[ShareChange, ...]:
    """The shares that change."""
    before, after = _shares(old), _shares(new)
    return tuple(
        ShareChange(*key, _percent(before.get(key)), _percent(after.get(key)))
        for key in [*after, *(key for key in before if key not in after)]
        if before.get(key) != after.get(key)
    )


def text_difference(old: bytes, new: bytes, names: tuple[str, str]) -> str:
    """The difference of two texts, as `diff -u` prints it."""
    lines = [it.decode("utf-8", "replace").splitlines(keepends=True) for it in (old, new)]
    found = unified_diff(lines[0], lines[1], *names)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in found)


def _servers(old: Installation, new: Installation) -> Iterator[Change]:
    known = {server.name: server for server in old.servers}
    for server in new.servers:
        if server.name not in known:
            where = f" at {server.address}" if server.address else ""
            state = "" if server.state == "up" else f", in state {server.state}"
            yield Change(
                "session server", server.name, "added", f"{server.name} is added{where}{state}."
            )
        else:
            yield from _server(known[server.name], server)
    kept = {server.name for server in new.servers}
    for server in old.servers:
        if server.name not in kept:
            text = f"{server.name} is removed: it gets no new sessions of any domain, running ones go on."
            yield Change("session server", server.name, "removed", text)


def _server(old: SessionServer, new: SessionServer) -> Iterator[Change]:
    if old.state != new.state:
        yield Change("session server", new.name, "changed", f"{new.name} {STATES[new.state]}.")
    if old.address != new.address:
        text = f"{new.name} is called at {new.address or 'no address'} while it is offline, not at {old.address or 'none'}."
        yield Change("session server", new.name, "changed", text)


def _security(old: Installation, new: Installation) -> Iterator[Change]:
    """Session server security, of every server that both versions have or that is added."""
    known = {server.name for server in old.servers}
    for server in new.servers:
        before, after = old.checks_users(server.name), new.checks_users(server.name)
        if before != after and server.name in known:
            text = (
                f"{server.name} checks users: connecting needs credentials and the permission use."
                if after
                else f"{server.name} checks users no longer: every client that reaches it may connect."
            )
            yield Change("session server", server.name, "changed", text)


def _management_servers(old: Installation, new: Installation) -> Iterator[Change]:
    known = {server.name: server.address for server in old.management_servers}
    for server in new.management_servers:
        if server.name not in known:
            text = f"Management server {server.name} is added at {server.address}."
            yield Change("management server", server.name, "added", text)
        elif known[server.name] != server.address:
            text = f"Management server {server.name} is at {server.address}, no longer at {known[server.name]}."
            yield Change("management server", server.name, "changed", text)
    kept = {server.name for server in new.management_servers}
    for server in old.management_servers:
        if server.name not in kept:
            text = f"Management server {server.name} is removed: the others ask it no longer."
            yield Change("management server", server.name, "removed", text)


def _domains(old: Installation, new: Installation) -> Iterator[Change]:
    known = {domain.name: domain for domain in old.domains}
    for domain in new.domains:
        if domain.name not in known:
            members = ", ".join(member.server for member in domain.members) or "no session servers"
            text = f"Domain {domain.name} is added with {members}."
            yield Change("domain", domain.name, "added", text)
        else:
            yield from _domain(known[domain.name], domain)
    kept = {domain.name for domain in new.domains}
    for domain in old.domains:
        if domain.name not in kept:
            text = f"Domain {domain.name} is removed: requests for it are refused as unknown (error 9108)."
            yield Change("domain", domain.name, "removed", text)


def _domain(old: LoadDomain, new: LoadDomain) -> Iterator[Change]:
    if old.spill_on_busy != new.spill_on_busy:
        when = "busy or offline" if new.spill_on_busy else "offline, no longer when they are busy"
        text = f"Domain {new.name}: the next priority is used when all servers of one are {when}."
        yield Change("domain", new.name, "changed", text)
    known = {member.server: member for member in old.members}
    for member in new.members:
        before = known.get(member.server)
        if before is None:
            text = (
                f"{member.server} joins domain {new.name} with weight {member.weight} at priority "
                f"{member.priority}."
            )
            yield Change("member", f"{new.name}/{member.server}", "added", text)
        elif text := _member(before, member):
            name = f"{new.name}/{member.server}"
            yield Change(
                "member", name, "changed", f"{member.server} in domain {new.name}: {text}."
            )
    kept = {member.server for member in new.members}
    for member in old.members:
        if member.server not in kept:
            text = f"{member.server} leaves domain {new.name}: it gets no new sessions of it, running ones go on."
            yield Change("member", f"{new.name}/{member.server}", "removed", text)
    yield from _order(old, new)


def _member(old: DomainMember, new: DomainMember) -> str:
    said = []
    if old.weight != new.weight:
        said.append(f"weight {new.weight} instead of {old.weight}")
    if old.priority != new.priority:
        said.append(f"priority {new.priority} instead of {old.priority}")
    return ", ".join(said)


def _order(old: LoadDomain, new: LoadDomain) -> Iterator[Change]:
    """The same members in another order: other numbers of a draw belong to each, the odds stay."""
    before, after = ([member.server for member in it.members] for it in (old, new))
    if before != after and sorted(before) == sorted(after):
        text = (
            f"Domain {new.name} lists its members in another order; their shares stay as they are."
        )
        yield Change("domain", new.name, "changed", text)


def _shares(installation: Installation) -> dict[tuple[str, int, str], Fraction]:
    up = {server.name for server in installation.servers if server.state == "up"}
    return {
        (domain.name, priority, member.server): Fraction(member.weight, total)
        for domain in installation.domains
        for priority, members, total in _groups(domain, up)
        for member in members
    }


def _groups(domain: LoadDomain, up: set[str]) -> Iterator[tuple[int, Sequence[DomainMember], int]]:
    for priority in sorted({member.priority for member in domain.members}):
        members = [
            it
            for it in domain.members
            if it.priority == priority and it.server in up and it.weight > 0
        ]
        if members:
            yield priority, members, sum(member.weight for member in members)


def _percent(share: Fraction | None) -> float | None:
    return None if share is None else round(float(share * 100), 2)
