"""The allocation table: what gateways need to go on while no management server answers.

Law (tests/mgmtsrvr/test_allocation_table.py): equal tables have equal revisions, on every management
server that knows the same and after every restart. A server is in it whether it is online or not: who
uses the table finds that out. It holds no secret.
"""

from hashlib import sha256
from typing import Final

import msgspec

from mgmtsrvr.registry import Registry
from mgmtsrvr.session_server import Server
from verdigris.config.installation import Installation
from verdigris.wire import AllocationTable, Offer, TableDomain, TableMember, TableServer


REVISION: Final = 16
"""Characters of a revision."""


def table_of(registry: Registry) -> AllocationTable:
    """The table of what is known now."""
    places: dict[Offer, int] = {}
    servers = tuple(_server(registry.servers[name], places) for name in sorted(registry.servers))
    checked = _checking(registry.installation)
    domains = tuple(
        TableDomain(
            domain.name,
            tuple(TableMember(m.server, m.weight, m.priority) for m in domain.members),
            domain.spill_on_busy,
            any(m.server in checked for m in domain.members),
        )
        for domain in registry.domains.values()
    )
    table = AllocationTable("", registry.installation.id, servers, domains, tuple(places))
    revision = sha256(msgspec.msgpack.encode(table)).hexdigest()[:REVISION]
    return msgspec.structs.replace(table, revision=revision)


def _checking(installation: Installation) -> frozenset[str]:
    """The session servers that check users: all in one go, an installation may have 10,000."""
    security = installation.security
    if security is None:
        return frozenset()
    usual = security.session_servers
    return frozenset(
        one.name
        for one in installation.servers
        if (usual if one.security is None else one.security)
    )


def _server(server: Server, places: dict[Offer, int]) -> TableServer:
    configured = server.configured.address if server.configured else None
    offers = None
    if server.offers is not None:
        offers = tuple(places.setdefault(offer, len(places)) for offer in server.told())
    return TableServer(
        server.name, server.address or str(configured or ""), server.admin_state, offers
    )
