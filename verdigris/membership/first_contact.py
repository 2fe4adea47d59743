"""The authority that a management server shows to a newcomer, which cannot check it yet.

Law: nothing is sent but a TLS handshake; what was shown is not trusted until its fingerprint was compared,
by the token or by a person.
"""

import socket
from typing import Final

from cryptography.x509 import Certificate
from OpenSSL import SSL

from verdigris.errors import PlainTextPeer, ServerUnreachable, TlsFailed
from verdigris.identity.material import signed_by
from verdigris.values import Endpoint


WITHIN: Final = 5.0
"""Seconds for each step of the handshake."""


def shown_authority(address: Endpoint) -> Certificate:
    """The certificate of the authority behind the one that a server shows.

    Raises:
        ServerUnreachable: no connection.
        PlainTextPeer: it does not speak TLS.
        TlsFailed: it shows no authority.
    """
    peer = f"the management server at {address}"
    try:
        chain = _chain(address)
    except SSL.Error:
        raise PlainTextPeer(peer=peer) from None
    except OSError as problem:
        reason = problem.strerror or str(problem) or "it did not answer in time"
        raise ServerUnreachable(server=peer, address=address, reason=reason) from None
    if len(chain) < 2 or not signed_by(chain[0], chain[-1]):  # noqa: PLR2004 - itself, and its authority
        raise TlsFailed(peer=peer, reason="it does not show the certificate of its authority")
    return chain[-1]


def own_address(peer: Endpoint) -> str:
    """The address of this machine from which a peer is reached.

    Raises:
        ServerUnreachable: there is none.
    """
    kind = socket.AF_INET6 if ":" in peer.host else socket.AF_INET
    try:
        with socket.socket(
            kind, socket.SOCK_DGRAM
        ) as one:  # connecting a datagram socket sends nothing
            one.connect((peer.host, peer.port))
            found: str = one.getsockname()[0]
            return found
    except OSError as problem:
        raise ServerUnreachable(
            server=peer.host, address=peer, reason=problem.strerror or str(problem)
        ) from None


def _chain(address: Endpoint) -> list[Certificate]:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    with socket.create_connection((address.host, address.port), timeout=WITHIN) as line:
        line.settimeout(None)
        _bound(line)
        connection = SSL.Connection(context, line)
        connection.set_connect_state()
        try:
            connection.do_handshake()
        except SSL.SysCallError as problem:
            raise SSL.Error(problem) from None
        except SSL.WantReadError:
            raise OSError(0, "it did not answer in time") from None
        return [one.to_cryptography() for one in connection.get_peer_cert_chain() or ()]


def _bound(line: socket.socket) -> None:
    """A limit for each read and write of a blocking socket, which OpenSSL uses by itself."""
    seconds = int(WITHIN).to_bytes(8, "little") + (0).to_bytes(8, "little")
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        line.setsockopt(socket.SOL_SOCKET, option, seconds)
