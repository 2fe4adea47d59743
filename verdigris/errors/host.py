"""Errors of the host and of the model that drives it. 93xx and 94xx."""

from verdigris.errors._registry import VerdigrisError, coded


class HostError(VerdigrisError):
    """The host did not behave as the model expects."""


@coded(
    9301,
    effect="none",
    http=502,
    transient=True,
    advice="Check the host's address and the LU or device name, and that the host accepts terminal connections.",
)
class HostUnreachable(HostError):
    """No connection to the host, or none that became a terminal session."""

    text = "Host {host} cannot be reached: {reason}."


@coded(
    9302,
    effect="unknown",
    http=502,
    transient=True,
    advice="Check that the host is running, and why it ended the session.",
)
class HostConnectionLost(HostError):
    """The host ended the connection during a call."""

    text = "The connection to host {host} was lost: {reason}."


@coded(
    9303,
    http=502,
    advice="The session continues. The record is kept in the trace; report it to the maintainers of the terminal engine.",
)
class HostDataError(HostError):
    """The host sent a record that the terminal cannot process."""

    text = "The host sent a record that is not valid {stream}: {problem} at offset {offset}."


@coded(
    9304, http=502, advice="Correct the model: the field does not accept what the operation types."
)
class OperatorError(HostError):
    """A keystroke the terminal refuses: protected field, numeric field, field full, keyboard locked."""

    text = "The terminal refused the input: {problem}."


@coded(
    9305,
    http=502,
    advice="Verify the fingerprint with the host's administrators over a trusted channel. If it matches, add the key to the known hosts (`verdigris host-key`) or to the option ssh-host-key.",
)
class HostKeyUnknown(HostError):
    """The host presented an SSH key and no key of that host is known, so its identity cannot be verified."""

    text = "Host {host} presented the {kind} key {fingerprint}, but no key is known for this host ({looked})."


@coded(
    9306,
    http=502,
    advice="The connection may be intercepted. Ask the host's administrators whether its key has changed, and replace the known key only if they confirm the new fingerprint.",
)
class HostKeyChanged(HostError):
    """The host presented an SSH key that differs from the known one, or a revoked key."""

    text = "Host {host} presented the {kind} key {fingerprint}, which differs from its known key: {known}."


@coded(
    9307,
    http=502,
    advice="Correct the user or the password in the pool's variables. Repeated attempts with a wrong password can lock the account.",
)
class HostPasswordRefused(HostError):
    """The host rejected the password of an SSH sign-on."""

    text = "Host {host} did not accept the password of user {user}{reason}."


@coded(
    9308,
    http=502,
    advice="Add the public key to the user's authorized keys on the host, or correct the user or the key.",
)
class HostLoginKeyRefused(HostError):
    """The host rejected the key of an SSH sign-on."""

    text = "Host {host} did not accept the key {fingerprint} of user {user}{reason}."


@coded(
    9309,
    http=502,
    advice="Correct the key, its passphrase, or the option ssh-key.",
)
class LoginKeyUnusable(HostError):
    """The private key for an SSH sign-on cannot be read: not a key, or a wrong passphrase."""

    text = "The private key for host {host} cannot be used: {reason}."


@coded(
    9310,
    http=502,
    advice="Set the model's variables for host-user and host-password, or provide a key, as the host requires.",
)
class NoLoginMethod(HostError):
    """The host requires an authentication method for which the settings hold no credentials."""

    text = "User {user} cannot sign on to host {host}: it accepts {methods}; the settings provide {ours}."


@coded(
    9311,
    http=502,
    advice="Check that an SSH server listens at this address. An old one may need the option ssh-algorithms.",
)
class SshFailed(HostError):
    """The host does not speak SSH, or the two sides have no algorithm in common."""

    text = "SSH with host {host} failed: {reason}."


@coded(
    9312,
    http=502,
    advice="Look at the host's log. The user may not be allowed terminal sessions, or may have too many.",
)
class SshSessionRefused(HostError):
    """The host accepted the user but refused a terminal session."""

    text = "Host {host} refused user {user} a terminal session: {reason}."


@coded(
    9401,
    http=504,
    advice="Compare the screen in the details with the entity; correct its patterns, or the operation's destinations or timeout.",
)
class EntityNotReached(HostError):
    """The entity did not appear before the wait timed out."""

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
    """An operation ended at a known entity that is not one of its destinations (VHI: run-time error)."""

    text = "Operation {operation} ended at entity {actual}, which is not one of its destinations ({expected})."


@coded(
    9403,
    http=504,
    advice="Compare the screen in the details with the condition awaited, and correct the command or its timeout.",
)
class WaitTimedOut(HostError):
    """A wait command of an operation timed out before its condition was met."""

    text = "Timed out after {seconds} seconds in operation {operation} while waiting for {awaited}."


@coded(
    9404,
    http=422,
    blame="server",
    advice="The message comes from the host. Respond as a terminal user would.",
)
class HostReportedError(HostError):
    """The host showed an error message or an error entity that the model names."""

    text = "The host reported: {message}"


@coded(
    9405,
    http=500,
    advice="Add the operations that lead from one entity to the other (`verdigris check` lists unreachable entities).",
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
    """The screen matches none of the model's entities."""

    text = "The host shows a screen that matches none of the model's entities; the nearest is {nearest} ({difference})."


@coded(
    9407,
    http=502,
    advice="Correct the attribute or field in the model, or its column's type, so that it matches what the host shows.",
)
class BadHostValue(HostError):
    """A value on the screen does not match the column's type."""

    text = "The host shows {value} for column {column}, which is not a valid {type}."


@coded(
    9408,
    http=502,
    advice="Correct the recordset's end condition. The limit protects against hosts that never stop paging.",
)
class TooManyPages(HostError):
    """A recordset did not end within its limit of pages."""

    text = "Recordset {recordset} did not end within {limit} pages."


@coded(
    9409,
    http=404,
    blame="client",
    advice="Correct the values that select the record; the host lists no such record.",
)
class RecordNotFound(HostError):
    """No record of a recordset matches what a procedure looks for."""

    text = "Recordset {recordset} contains no matching record ({criteria})."


@coded(
    9410,
    http=502,
    advice="Compare the screen in the details with the attribute, and correct its position or its label.",
)
class AttributeNotFound(HostError):
    """An attribute's position is not on the screen."""

    text = "Attribute {attribute} of entity {entity} is not on the screen: {problem}."
