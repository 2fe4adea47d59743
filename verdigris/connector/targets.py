"""What to call: a model or session pool and the way to it, or a suspended session."""

from dataclasses import dataclass
from typing import Self

from verdigris.values import Endpoint
from verdigris.wire import Kind


@dataclass(frozen=True, slots=True)
class Target:
    """A model or a session pool, through a domain or on one session server.

    Attributes:
        kind: "model" (the host is connected anew) or "pool" (product facts 4.1).
        name: of the model or pool.
        domain: the load distribution domain to ask for a session; "" for a direct connect.
        server: the session server of a direct connect: `host:port`, a host name (port 9623), or
            its name in the installation.
        management_servers: instead of the connector's own, in any order.
    """

    kind: Kind
    name: str
    domain: str = ""
    server: Endpoint | str = ""
    management_servers: tuple[Endpoint | str, ...] = ()

    @classmethod
    def model(cls, name: str, *, domain: str = "", server: Endpoint | str = "") -> Self:
        """A model: connects to the host on demand."""
        return cls("model", name, domain, server)

    @classmethod
    def pool(cls, name: str, *, domain: str = "", server: Endpoint | str = "") -> Self:
        """A session pool: hands over a session that is connected already."""
        return cls("pool", name, domain, server)

    def __str__(self) -> str:
        way = f"domain {self.domain}" if self.domain else f"session server {self.server}"
        return f"{self.kind} {self.name} via {way}"


@dataclass(frozen=True, slots=True)
class Suspended:
    """A suspended session, carried on for one call and suspended again.

    Attributes:
        session_id: what `Session.session_id` or `open_suspended` gave.
        minutes: to keep it afterwards; 0 releases it after the call.
        server: its session server's address, if known; otherwise a management server is asked.
    """

    session_id: str
    minutes: float = 20.0
    server: Endpoint | str = ""

    def __str__(self) -> str:
        return f"suspended session at {self.session_id.partition('~')[0]}"
