"""What a gateway needs to choose session servers itself while no management server answers. See docs/allocation.md."""

from verdigris.wire.message_parts import Message, Offer


class TableServer(Message, frozen=True, array_like=True):
    """A session server of an allocation table.

    Attributes:
        address: `host:port` for clients; "" while nobody knows it.
        state: "up", "drain" or "maintenance": the administrative state in the installation.
        offers: places in the table's list of what it has; None while that is not known.
    """

    name: str
    address: str
    state: str = "up"
    offers: tuple[int, ...] | None = None


class TableMember(Message, frozen=True, array_like=True):
    """A member of a domain: a session server by name, with its weight and priority."""

    server: str
    weight: int
    priority: int


class TableDomain(Message, frozen=True, array_like=True):
    """A load distribution domain of an allocation table.

    Attributes:
        members: in the order of the installation.
        spill_on_busy: whether the next priority is tried after a group in which a server was busy.
        checks_users: whether its session servers want a management server's word on who the user is.
    """

    name: str
    members: tuple[TableMember, ...] = ()
    spill_on_busy: bool = True
    checks_users: bool = False


class AllocationTable(Message, frozen=True, array_like=True):
    """The domains and session servers of an installation, as one management server knows them.

    Attributes:
        revision: equal tables have equal ones. With the one that the receiver has, all else is left out.
        installation: its id.
        servers: all of them, also those that are offline now.
        domains: all of them.
        offers: everything that some server has.
    """

    revision: str
    installation: str = ""
    servers: tuple[TableServer, ...] = ()
    domains: tuple[TableDomain, ...] = ()
    offers: tuple[Offer, ...] = ()
