"""Errors of the host and of the model that drives it. 93xx and 94xx."""

from verdigris.errors._registry import VerdigrisError, coded


class HostError(VerdigrisError):
    """The host, or the model's picture of it, did not do what was expected."""


@coded(
    9301,
    http=502,
    retry=True,
    advice="Check the host's address and LU or device name, and that it takes terminal connections.",
)
class HostUnreachable(HostError):
    """No connection to the host, or none that became a terminal session."""

    text = "Host {host} cannot be reached: {reason}."


@coded(
    9302,
    http=502,
    retry=True,
    advice="Connect again. Work that had been started on the host may or may not have been done.",
)
class HostConnectionLost(HostError):
    """The host ended the connection during a call."""

    text = "The connection to host {host} was lost: {reason}."


@coded(
    9303,
    http=502,
    advice="The session goes on; the record is kept in the trace for whoever maintains the terminal engine.",
)
class HostDataError(HostError):
    """The host sent a record the terminal cannot obey."""

    text = "The host sent a record that is not valid {stream}: {problem} at offset {offset}."


@coded(
    9304, http=502, advice="Correct the model: the field does not take what the operation types."
)
class OperatorError(HostError):
    """A keystroke the terminal refuses: protected field, numeric field, field full, keyboard locked."""

    text = "The terminal refused the input: {problem}."


@coded(
    9305,
    http=502,
    advice="Compare the fingerprint with the host's own, by a way that does not lead through the network; if they are equal, add the key to the known hosts (`verdigris host-key`) or to the option ssh-host-key.",
)
class HostKeyUnknown(HostError):
    """A host showed an SSH key, and none is known of it: it could be anybody."""

    text = "Host {host} showed the {kind} key {fingerprint}, and no key of it is known ({looked})."


@coded(
    9306,
    http=502,
    advice="Somebody may stand between. Ask the people of the host whether its key has changed; only when the fingerprint is theirs replace the known one.",
)
class HostKeyChanged(HostError):
    """A host showed another SSH key than the one known of it, or one that was revoked."""

    text = "Host {host} showed the {kind} key {fingerprint}, which is not the one known of it: {known}."


@coded(
    9307,
    http=502,
    advice="Correct the user or the password in the pool's variables; tries with a wrong password can lock the account.",
)
class HostPasswordRefused(HostError):
    """The host did not take the password of an SSH sign-on."""

    text = "Host {host} did not accept the password of user {user}{reason}."


@coded(
    9308,
    http=502,
    advice="Add the public key to the user's authorized keys on the host, or correct the user or the key.",
)
class HostLoginKeyRefused(HostError):
    """The host did not take the key of an SSH sign-on."""

    text = "Host {host} did not accept the key {fingerprint} of user {user}{reason}."


@coded(
    9309,
    http=502,
    advice="Correct the key, its passphrase, or the option ssh-key.",
)
class LoginKeyUnusable(HostError):
    """The private key for an SSH sign-on cannot be read: no key, or a wrong passphrase."""

    text = "The private key for host {host} cannot be used: {reason}."


@coded(
    9310,
    http=502,
    advice="Give the model's variables for host-user and host-password, or a key, as the host wants it.",
)
class NoLoginMethod(HostError):
    """The host wants to know a user by other means than the settings have."""

    text = (
        "User {user} cannot sign on to host {host}: it takes {methods}; the settings have {ours}."
    )


@coded(
    9311,
    http=502,
    advice="See that an SSH server listens there; an old one may need the option ssh-algorithms.",
)
class SshFailed(HostError):
    """What the host sent is no SSH, or the two sides have nothing in common."""

    text = "SSH with host {host} failed: {reason}."


@coded(
    9312,
    http=502,
    advice="Look into the host's log: the user may not have terminal sessions, or too many at once.",
)
class SshSessionRefused(HostError):
    """The host knows the user, and gives no terminal session."""

    text = "Host {host} gives user {user} no terminal session: {reason}."


@coded(
    9401,
    http=504,
    advice="Compare the screen in the details with the entity; correct its patterns, or the operation's destinations or timeout.",
)
class EntityNotReached(HostError):
    """A wait for an entity ended without it."""

    text = (
        "Entity {entity} was not reached within {seconds} seconds in operation {operation}; "
        "the screen is nearest to {nearest} ({difference})."
    )


@coded(
    9402,
    http=502,
    advice="Correct the operation: the screen in the details is not one of its destinations.",
)
class WrongDestination(HostError):
    """An operation ended at a known entity which is none of its destinations (VHI: run-time error)."""

    text = "Operation {operation} ended at entity {actual}, which is none of its destinations ({expected})."


@coded(
    9403,
    http=504,
    advice="Compare the screen in the details with what was awaited; correct the command or its timeout.",
)
class WaitTimedOut(HostError):
    """A wait command of an operation ended without its condition."""

    text = "Timed out after {seconds} seconds in operation {operation} while waiting for {awaited}."


@coded(
    9404,
    http=422,
    blame="server",
    advice="The message is the host's own: act on it as a terminal user would.",
)
class HostReportedError(HostError):
    """The host showed an error message or an error entity that the model names."""

    text = "The host reported: {message}"


@coded(
    9405,
    http=500,
    advice="Add operations until the model leads from one entity to the other (`verdigris check` shows unreachable ones).",
)
class NoRoute(HostError):
    """No chain of default operations leads from one entity to another."""

    text = "No route leads from entity {source} to entity {destination}."


@coded(
    9406,
    http=500,
    advice="Add an entity for the screen in the details, or correct the patterns of the nearest one.",
)
class UnknownScreen(HostError):
    """The screen is none of the model's entities."""

    text = "The host shows a screen that is none of the model's entities; nearest is {nearest} ({difference})."


@coded(
    9407,
    http=502,
    advice="Correct the attribute or field in the model, or its column's type: the host shows something else.",
)
class BadHostValue(HostError):
    """What the host shows does not fit the column's type."""

    text = "The host shows {value} for column {column}, which is no {type}."


@coded(
    9408,
    http=502,
    advice="Correct the recordset's end condition; the limit protects against hosts that page for ever.",
)
class TooManyPages(HostError):
    """A recordset did not end within its limit of pages."""

    text = "Recordset {recordset} did not end within {limit} pages."


@coded(
    9409,
    http=404,
    blame="client",
    advice="Correct the values that select the record; the host does not list such a one.",
)
class RecordNotFound(HostError):
    """No record of a recordset matches what a procedure looks for."""

    text = "Recordset {recordset} shows no record that matches ({criteria})."


@coded(
    9410,
    http=502,
    advice="Compare the screen in the details with the attribute; correct its place or its label.",
)
class AttributeNotFound(HostError):
    """An attribute's place is not on the screen."""

    text = "Attribute {attribute} of entity {entity} is not on the screen: {problem}."
