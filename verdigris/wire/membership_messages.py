"""Messages of parts that join an installation, stay in it and leave it. See docs/reference/protocol.md."""

import msgspec

from verdigris.wire.message_parts import Message


class RevokedPart(Message, frozen=True, array_like=True):
    """A removed part: its certificates issued up to a time (ISO 8601, with its zone) are refused."""

    role: str
    name: str
    at: str


class Join(Message, frozen=True, array_like=True, tag=100):
    """Request to become a part of the installation. Answer: `Joined`, or failure 9235.

    Attributes:
        role: as in identities, such as "session-server".
        name: of the part.
        request: its signing request, PEM; the key stays where it is.
        address: `host:port` by which the other parts reach it; "" for a gateway.
        user, password, token: a user who may join parts, or a join token.
        domains: load distribution domains a session server becomes a member of.
        weight: in these domains.
    """

    role: str
    name: str
    request: bytes
    address: str = ""
    user: str = ""
    password: str = ""
    token: str = ""
    domains: tuple[str, ...] = ()
    weight: int = 100


class Joined(Message, frozen=True, array_like=True, tag=101):
    """Confirmation that a part has joined.

    Attributes:
        installation: its id.
        certificate: of the part, then its authority's, PEM.
        authorities: to be trusted, PEM.
        management_servers: `host:port` of all of them.
        files: what a management server needs besides, by the path in its folder.
    """

    installation: str
    certificate: bytes
    authorities: bytes
    management_servers: tuple[str, ...]
    files: dict[str, bytes] = msgspec.field(default_factory=dict)


class Renew(Message, frozen=True, array_like=True, tag=102):
    """Request of a part for whom to trust, and with a signing request for a new certificate. Answer: `Renewed`."""

    request: bytes = b""


class Renewed(Message, frozen=True, array_like=True, tag=103):
    """Whom to trust, who was removed, and a new certificate if one was asked for.

    Attributes:
        authorities: to be trusted, PEM.
        revoked: parts that were removed.
        certificate: of the part, then its authority's, PEM; empty if none was asked for.
        signer: SHA-256 of the certificate of the authority that signs now.
        management_servers: `host:port` of all of them.
        files: what a management server needs besides, by the path in its folder.
    """

    authorities: bytes
    revoked: tuple[RevokedPart, ...]
    certificate: bytes = b""
    signer: str = ""
    management_servers: tuple[str, ...] = ()
    files: dict[str, bytes] = msgspec.field(default_factory=dict)


class Leave(Message, frozen=True, array_like=True, tag=104):
    """Request of a part to be taken out of the installation; its certificates are revoked. Answer: `Done`."""


class Revoke(Message, frozen=True, array_like=True, tag=105):
    """Parts that were removed, told to session servers at once. Answer: `Done`."""

    revoked: tuple[RevokedPart, ...]


class SetAuthorities(Message, frozen=True, array_like=True, tag=106):
    """Which authority signs, and which are trusted besides, as certificates in PEM form. Answer: `Done`.

    A management server's own command line sends it, with the identity of that management server.
    """

    signer: str
    trusted: tuple[str, ...] = ()
