"""Errors of trust between the parts: TLS, certificates, what a part may do. 923x."""

from verdigris.errors._registry import VerdigrisError, coded


class TrustError(VerdigrisError):
    """A connection or message that is refused because of who the peer is, or cannot prove to be."""

    usual_effect = "none"


@coded(
    9230,
    http=502,
    advice="Name the installation's authorities (authorities.pem): --trust, <identity> or identityFolder.",
)
class TlsRequired(TrustError):
    """The peer speaks TLS only, and this side has spoken plain text."""

    text = "{peer} requires TLS, and the other side speaks plain text."


@coded(
    9231,
    http=502,
    advice="Give the other component an identity (verdigris join), or connect without TLS.",
)
class PlainTextPeer(TrustError):
    """The peer speaks plain text, and this side speaks TLS only."""

    text = "{peer} speaks plain text, and the other side requires TLS."


@coded(
    9232,
    http=502,
    advice="Check the certificates of both sides: their dates, and whether both trust the same authority.",
)
class TlsFailed(TrustError):
    """The TLS handshake failed."""

    text = "TLS with {peer} failed: {reason}."


@coded(
    9233,
    http=403,
    advice="Let the component join the installation under the name and role that it uses.",
)
class IdentityRefused(TrustError):
    """What a peer says of itself and what its certificate says do not agree."""

    text = "{peer} is refused: {reason}."


@coded(
    9234,
    http=403,
    advice="Send it through a management server of the installation.",
)
class MessageRefused(TrustError):
    """A message that a peer of this role may not send."""

    text = "A {sender} may not send {message} to a {receiver}."


@coded(
    9235,
    http=403,
    advice="Use a new token (verdigris token create), or a user who may join parts.",
)
class JoinRefused(TrustError):
    """A part that may not join the installation."""

    text = "{part} may not join: {reason}."


@coded(
    9237,
    http=403,
    advice="Compare with `verdigris authority show` on a management server. If it shows the expected fingerprint, something else answers at this address; if not, use what it shows.",
)
class AuthorityDiffers(TrustError):
    """A server of another authority than the one that was expected."""

    text = "{peer} is refused: its authority is {shown}, not {expected}."


@coded(
    9238,
    http=502,
    advice="Use the address of <listen> in mgmtsrvr.xml, by default port 9641.",
)
class WrongPort(TrustError):
    """A part or client that connects to the administration API."""

    text = "{peer} is the administration API, and parts and clients do not connect there."


@coded(9236, http=404, advice="Correct role and name; `verdigris parts` lists the parts.")
class UnknownPart(TrustError):
    """No such part belongs to the installation."""

    text = "The installation has no {role} named {name}."
