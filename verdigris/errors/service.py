"""Errors of the service: servers, domains, sessions, time. 92xx and the two of VHI."""

from verdigris.errors._registry import VerdigrisError, coded


class ServiceError(VerdigrisError):
    """A failure of the service: the request was valid but could not be carried out."""


@coded(
    2643,
    effect="none",
    http=503,
    transient=True,
    advice="Start a session server of this domain, or raise its limit. The trail shows what each server answered.",
)
class NoServerAvailable(ServiceError):
    """No session server of the domain can provide a session (VHI message 2643, kept word for word)."""

    text = (
        "User {user} at {location} was refused a connection to {name}. No servers in domain "
        "{domain} are able to provide a session because they are either busy or offline."
    )


@coded(
    2820,
    effect="unknown",
    http=504,
    advice="Compare the screen with the expected entity in the details before raising MethodTimeout.",
)
class MethodTimedOut(ServiceError):
    """No answer within the method timeout (VHI message 2820, kept word for word)."""

    text = "Timed out while waiting for data."


@coded(
    3152,
    effect="none",
    http=410,
    transient=True,
    advice="Connect again. If this happens often, raise the claim timeout of the session server.",
)
class ClaimExpired(ServiceError):
    """The reservation was not claimed in time, was cancelled, or its server was restarted."""

    text = "Allocated session timed out waiting for client connection ({session})."


@coded(
    9201,
    http=503,
    effect="none",
    transient=True,
    advice="Wait for a session to end, or raise the {limit} limit.",
)
class AtLimit(ServiceError):
    """The session server or the pool is at its limit of concurrent sessions (direct connects)."""

    text = "Session server {server} cannot provide a session of {name}: the {limit} limit of {maximum} concurrent sessions has been reached."


@coded(
    9202,
    http=503,
    effect="none",
    transient=True,
    advice="Start the session server, or correct its address.",
)
class ServerUnreachable(ServiceError):
    """No connection to a session server."""

    text = "Session server {server} at {address} cannot be reached: {reason}."


@coded(
    9203,
    effect="none",
    http=503,
    transient=True,
    advice="Start a management server, or correct the list of management servers (port 9641 by default; 8095 is their administration API).",
)
class NoManagementServer(ServiceError):
    """None of the management servers answered within the connection timeout; what is known of one may follow."""

    text = "None of the management servers ({addresses}) answered within {seconds} seconds{why}."


@coded(
    9204,
    http=503,
    effect="none",
    transient=True,
    advice="Wait a moment, or ask another management server.",
)
class Warming(ServiceError):
    """The management server has just started and has not heard from its session servers yet."""

    text = "The management server has just started and is still waiting for its session servers to report."


@coded(
    9225,
    http=503,
    effect="none",
    transient=True,
    advice="Start a management server, or wait until one answers again.",
)
class UsersUnchecked(ServiceError):
    """A gateway chooses session servers itself, and theirs check users, which takes a management server."""

    text = (
        "Users of domain {domain} cannot be authenticated at present: session servers of this domain "
        "require it, and no management server answers."
    )


@coded(
    9226,
    http=400,
    effect="none",
    advice="Set domainName in the gateway's plugin-cfg.xml, or DomainName in the request.",
)
class DomainNotChosen(ServiceError):
    """The gateway has no domain for requests without one, and the installation has several."""

    text = "The request names no domain, and the gateway has none set. The installation has these domains: {domains}."


@coded(
    9219,
    http=503,
    effect="none",
    transient=True,
    advice="Wait a moment and repeat the call; GET /ready shows the state.",
)
class NotServedYet(ServiceError):
    """A service that is not available yet, or whose existence is not known yet."""

    text = "{kind} {name} cannot be served yet: {reason}."


@coded(
    9205,
    http=503,
    effect="none",
    transient=True,
    advice="Resume the server, or connect to another.",
)
class Draining(ServiceError):
    """The session server takes no new sessions."""

    text = "Session server {server} takes no new sessions: it is {state}."


@coded(
    9206,
    effect="unknown",
    http=502,
    transient=True,
    advice="Check that the other component is running and can be reached.",
)
class ConnectionLost(ServiceError):
    """The connection between two components was lost during a call."""

    text = "The connection to {peer} was lost during the call: {reason}."


@coded(
    9207,
    effect="unknown",
    http=502,
    advice="Update the older of the two components; docs/reference/protocol.md lists the versions.",
)
class ProtocolError(ServiceError):
    """A peer violated the wire protocol."""

    text = "{peer} violated the protocol: {problem}."


@coded(
    9208, http=403, advice="Add the server to this installation, or correct its installation id."
)
class ForeignServer(ServiceError):
    """A session server of another installation tried to register."""

    text = "Session server {server} belongs to installation {theirs}, not to {ours}."


@coded(9209, http=503, effect="none", transient=True, advice="Start the pool.")
class PoolStopped(ServiceError):
    """The pool is deployed but not started."""

    text = "Session pool {pool} on session server {server} is not started."


@coded(
    9210,
    effect="none",
    http=503,
    transient=True,
    advice="Give the variable list at least as many rows as all session servers have sessions of its pools. `verdigris lists` shows who has which rows; they come from the management server.",
)
class VariableListExhausted(ServiceError):
    """Every row of a variable list is in use, or with other session servers."""

    text = "Variable list {list} of pool {pool} has no free row: {rows}."


@coded(9211, http=499, advice="No action is needed: the caller cancelled the call.")
class Cancelled(ServiceError):
    """The caller cancelled the call or disconnected."""

    text = "The call was cancelled by its caller."


@coded(
    9212,
    effect="none",
    http=503,
    transient=True,
    advice="Try again later, or raise the limit if the machine can handle more.",
)
class TooManyCalls(ServiceError):
    """The limit of concurrent calls has been reached."""

    text = "{peer} has reached its limit of {limit} concurrent calls."


@coded(
    9223,
    effect="none",
    http=429,
    blame="client",
    transient=True,
    advice="End sessions that are no longer used. Behind a proxy all clients share one address: raise maxClientSessions there.",
)
class TooManySessions(ServiceError):
    """A client address keeps as many sessions as it may."""

    text = "Client {client} has reached its limit of {limit} kept sessions of {kind} {name}."


@coded(9213, http=409, advice="Give the server another name, or stop the one that uses this name.")
class NameTaken(ServiceError):
    """Another running server is registered under this name."""

    text = "The name {server} is in use by another running session server."


@coded(
    9215,
    http=503,
    transient=True,
    advice="Start the management server, or give the address of its API with --api or VERDIGRIS_API.",
)
class ApiUnreachable(ServiceError):
    """The administration API does not answer."""

    text = "The administration API at {url} cannot be reached: {reason}."


@coded(
    9216,
    effect="none",
    http=503,
    transient=True,
    advice="Check the host. The pool retries automatically, and within a second while clients ask for it.",
)
class HostAway(ServiceError):
    """The pool has no session ready, and its host has just refused a new connection."""

    text = "Session pool {pool} on session server {server} has no session ready: {reason}"


@coded(
    9218,
    effect="none",
    http=503,
    transient=True,
    advice="Repeat the request later, or raise idempotencyKeys in plugin-cfg.xml.",
)
class TooManyKeys(ServiceError):
    """The gateway has reached its limit of stored Idempotency-Keys, or one client its part of them."""

    text = (
        "The gateway already stores {limit} responses for Idempotency-Keys{whose}; nothing was "
        "performed."
    )


@coded(
    9220,
    effect="none",
    http=503,
    transient=True,
    advice="Nothing was performed. Check the disk and the permissions of the gateway's data folder.",
)
class KeyStoreUnavailable(ServiceError):
    """The gateway cannot store Idempotency-Keys, so it does not perform requests that have one."""

    text = "The gateway cannot store the Idempotency-Key in {file}: {reason}."


@coded(
    9221,
    effect="unknown",
    http=409,
    blame="server",
    advice="If the host did not perform it, send the request with a new key.",
)
class OutcomeUnknown(ServiceError):
    """The request with this Idempotency-Key was being performed when the gateway was ended."""

    text = (
        "The request with this Idempotency-Key (request id {first}) was being performed when the "
        "gateway was ended; whether the host performed it is not known."
    )


@coded(
    9222,
    effect="none",
    http=503,
    transient=True,
    advice="Make room in the gateway's temporary folder (TMPDIR), or send smaller requests.",
)
class NoRoomForBody(ServiceError):
    """The body of a request could not be kept while it arrived."""

    text = "There is no room for the body of the request: {reason}."


@coded(
    9250,
    effect="none",
    http=503,
    transient=True,
    advice="Nothing was changed. Start the servers of the store, or correct its addresses; allocation goes on meanwhile.",
)
class StoreUnavailable(ServiceError):
    """The configuration store does not answer: the last document stays in use, writes are refused."""

    text = "The configuration store ({store}) does not answer: {reason}."


@coded(
    9251,
    effect="unknown",
    http=504,
    advice="Read the configuration before repeating the change: `verdigris versions` shows whether it was stored.",
)
class ChangeUnknown(ServiceError):
    """The store fell silent during a change, and again when it was asked what became of it."""

    text = "It is not known whether the change was stored: {reason}."


@coded(
    9252,
    effect="none",
    http=409,
    advice="Send the change to the primary. If the primary is lost for good: `verdigris promote`.",
)
class NotPrimary(ServiceError):
    """A change was sent to a management server that keeps a replica."""

    text = "This management server keeps a replica of the configuration; changes go to {primary}."


@coded(
    9253,
    effect="none",
    http=409,
    advice="No action is needed: another management server has taken over this job.",
)
class StaleLease(ServiceError):
    """A command of a management server that has lost its lease."""

    text = "Session server {server} refused a command under lease {number}: it has seen lease {newest}."


@coded(
    9254,
    effect="none",
    http=409,
    advice="If the primary is to give way all the same: `verdigris promote --force`.",
)
class PrimaryAnswers(ServiceError):
    """A replica was to be promoted while the primary answers."""

    text = "The primary ({primary}) answers; this replica was not promoted."


@coded(
    9255,
    effect="none",
    http=503,
    transient=True,
    advice="Ask that management server itself (`--api`), or repeat the question when it answers again.",
)
class PeerSilent(ServiceError):
    """A question that another management server alone can answer, which does not."""

    text = "Management server {server} did not answer: {reason}."


@coded(
    9260,
    effect="none",
    http=409,
    advice="Change the installation: `verdigris deploy PACKAGE --to ...`, or `verdigris undeploy MODEL --to ...`.",
)
class FollowsInstallation(ServiceError):
    """A model that follows the installation was to be deployed or undeployed by hand."""

    text = "Model {model} on session server {server} follows the installation."


@coded(
    9261,
    effect="none",
    http=503,
    transient=True,
    advice="Start the management servers that have it, or deploy the package again.",
)
class PackageMissing(ServiceError):
    """A package that the installation names is on no management server that answers."""

    text = "No management server that answers has package {package}."


@coded(
    9262,
    effect="none",
    http=400,
    blame="client",
    advice="Name the package's own model, and send the package as it was built.",
)
class WrongPackage(ServiceError):
    """A package is not the one that the request names."""

    text = "The package is not the one that was named: {reason}."


@coded(
    9263,
    effect="none",
    http=404,
    advice="`verdigris deployments` lists what the installation names.",
)
class NotDeployed(ServiceError):
    """The installation does not name this model, or not for this domain or session server."""

    text = "The installation does not deploy model {model}{where}."


@coded(
    9264,
    effect="none",
    http=409,
    advice="Deploy the package you want with `verdigris deploy PACKAGE --to ...`.",
)
class NothingBefore(ServiceError):
    """There is no earlier package to go back to."""

    text = "Model {model} has no earlier package to go back to."


@coded(9214, http=500, advice="Read the log file that the message names.")
class NotStarted(VerdigrisError):
    """A process ended or did not report that it was ready."""

    text = "{name} did not start: {reason} (log: {log})."
