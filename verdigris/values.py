"""Value objects that every part shares: names, addresses, ids, credentials.

Law: frozen; checked where they are made; printing one never shows a secret.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Self


NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,62}\Z")
"""Server, domain, pool and model names: 1 to 63 of letters, digits, `_ . -` (a DNS label's length,
so that a name can be used in addresses, file names and XML ids alike)."""


def is_name(text: str) -> bool:
    """Whether the text may name a server, domain, pool or model."""
    return NAME.match(text) is not None


def is_renewed(request_id: str) -> bool:
    """Whether a request repeats one that was refused: connectors then number the id, `<id>.2`."""
    base, dot, number = request_id.rpartition(".")
    return bool(base and dot) and number.isdecimal()


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """A TCP address: host name or IP address, and port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str, default_port: int | None = None) -> Self:
        """Read `host:port`, `host` (with a default port) or `[v6]:port`.

        Raises:
            ValueError: no port where one is needed, or one outside 1..65535.
        """
        found = re.fullmatch(r"(?:\[([^\]]+)\]|([^:\s\[\]]+))(?::(\d{1,5}))?", text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not a valid address: write host:port")
        port = int(found[3]) if found[3] else default_port
        if port is None or not 0 < port < 65536:  # noqa: PLR2004 - the range of TCP ports
            raise ValueError(f"{text!r} does not have a port from 1 to 65535")
        return cls(found[1] or found[2], port)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SessionId:
    """A session's id. It names its session server, so that any gateway can carry the session on.

    Attributes:
        server: the session server that holds the session.
        key: 128 random bits in hex: cannot be guessed.
    """

    server: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: the text is no session id.
        """
        server, tilde, key = text.strip().partition("~")
        if not tilde or not is_name(server) or re.fullmatch(r"[0-9a-f]{8,64}", key) is None:
            raise ValueError("not a valid session id")
        return cls(server, key)

    def __str__(self) -> str:
        return f"{self.server}~{self.key}"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A Verdigris user and password, or a token. Never printed, never logged.

    Attributes:
        token: of a login, or of an OpenID Connect issuer.
        on_behalf_of: for whom the user acts, such as a gateway for its caller: for logs, and so that a
            session is resumed for nobody else. It gives no rights.
    """

    user: str = ""
    password: str = field(default="")
    token: str = field(default="")
    on_behalf_of: str = ""

    def __bool__(self) -> bool:
        return bool(self.user or self.token)

    def __repr__(self) -> str:
        return f"<Credentials {self.user!r} password=hidden>"


NOBODY: Final = Credentials()
"""No credentials given."""

ANONYMOUS: Final = "anonymous"
"""The user's name in messages when no credentials were given."""


@lru_cache(10_000)
def client_at(location: str) -> str:
    """The client that an address belongs to: all of an IPv6 network of /64 are one."""
    try:
        found = ip_address(location)
    except ValueError:
        return location
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return location
