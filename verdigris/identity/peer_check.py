"""Whether a peer is who its hello says: its certificate beside its claims. Pure.

Law: a role that has certificates is never taken on a peer's word. What a client dialled has to be
what answers: a session server is a particular one, by a host name of its certificate or its own
name, whereas management servers of an installation stand for each other.
"""

from collections.abc import Collection

from cryptography.x509 import Certificate

from verdigris.errors import IdentityRefused
from verdigris.identity.certificates import hosts_in, issued, part_of
from verdigris.identity.part import WITH_CERTIFICATES, Part, Role
from verdigris.identity.revocation import Revocation
from verdigris.wire import Hello


def admitted(
    hello: Hello,
    certificate: Certificate | None,
    *,
    home: str,
    revocations: Collection[Revocation] = (),
    dialled: str = "",
) -> Part | None:
    """Who the peer is; None for a client without a certificate.

    Args:
        hello: what the peer says of itself.
        certificate: what it proved, signed by an authority that is trusted.
        home: our installation; "" for a client, which belongs to none.
        revocations: certificates that are revoked.
        dialled: the host that was connected to; "" for a peer that has connected.

    Raises:
        IdentityRefused: what it says and what it has shown do not agree.
    """
    claimed, peer = Role.of_hello(hello.role), f"{hello.role} {hello.name}"
    if claimed is None:
        raise IdentityRefused(peer=peer, reason=f"{hello.role!r:.80} is not a role")
    if certificate is None:
        if claimed in WITH_CERTIFICATES:
            reason = f"a {claimed.words} has to show a certificate, and it has shown none"
            raise IdentityRefused(peer=peer, reason=reason)
        return None
    part = part_of(certificate)
    if part is None:
        raise IdentityRefused(peer=peer, reason="its certificate names no part of an installation")
    reason = (
        _mismatch(hello, claimed, part, home)
        or _revoked(part, certificate, revocations)
        or _elsewhere(part, certificate, dialled)
    )
    if reason:
        raise IdentityRefused(peer=peer, reason=reason)
    return part


def _mismatch(hello: Hello, claimed: Role, part: Part, home: str) -> str:
    if (claimed, hello.name) != (part.role, part.name):
        return f"its certificate is that of {part.role.words} {part.name}"
    for other in (home, hello.installation):
        if other and other != part.installation:
            return f"its certificate is of installation {part.installation}, not of {other}"
    return ""


def _revoked(part: Part, certificate: Certificate, revocations: Collection[Revocation]) -> str:
    if any(one.covers(part, certificate) for one in revocations):
        return f"its certificate of {issued(certificate):%Y-%m-%d %H:%M:%S} UTC has been revoked"
    return ""


def _elsewhere(part: Part, certificate: Certificate, dialled: str) -> str:
    if not dialled or part.role is not Role.SESSION_SERVER:
        return ""
    known = (*hosts_in(certificate.extensions), part.name)
    if dialled.lower() in {one.lower() for one in known}:
        return ""
    return f"it was expected at {dialled}, and its certificate is for {', '.join(known[:8])}"
