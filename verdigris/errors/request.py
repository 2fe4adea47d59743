"""Errors of the request: the caller has to change something. 91xx."""

from verdigris.errors._registry import VerdigrisError, coded


class RequestError(VerdigrisError):
    """A fault of the caller: the request has to change before it can succeed."""

    usual_effect = "none"


@coded(9100, http=400, advice="Correct the part of the request that the message names.")
class BadRequest(RequestError):
    """The request could not be parsed."""

    text = "The request cannot be read: {problem}."


@coded(
    9101,
    http=404,
    advice="List what is deployed (GET /vhi-ws or `verdigris servers`) and correct the name.",
)
class NotOffered(RequestError):
    """The model or session pool is not deployed."""

    text = "There is no {kind} named {name} at {where}."


@coded(
    9102,
    http=404,
    advice="Correct the name; the WSDL and `verdigris call --list` show the tables and procedures.",
)
class UnknownProcedure(RequestError):
    """The model has no such procedure."""

    text = "Model {model} has no procedure {procedure} in table {table}."


@coded(9103, http=400, advice="Give the column a value.")
class MissingValue(RequestError):
    """A required filter or data column is absent."""

    text = "Procedure {procedure} requires a value for column {column}."


@coded(9104, http=400, advice="Correct the value; the column's type and limits are in the WSDL.")
class BadValue(RequestError):
    """A value is not valid for its column."""

    text = "The value of column {column} is not valid: {problem}."


@coded(9105, http=400, advice="Correct the name; the procedure's columns are in the WSDL.")
class UnknownColumn(RequestError):
    """The procedure does not use this column."""

    text = "Procedure {procedure} does not accept column {column} as {role}."


@coded(
    9106, http=400, advice="Correct the name; getModelVariables lists the variables of the model."
)
class UnknownVariable(RequestError):
    """The model has no such variable, or clients may not access it."""

    text = "Model {model} has no variable {variable} that a client may {action}."


@coded(
    9107,
    http=404,
    advice="Connect again. A session ends when it is released, when it expires, or when its server stops.",
)
class SessionGone(RequestError):
    """The session does not exist or has ended."""

    text = "Session {session} does not exist at {server}, or has ended."


@coded(
    9126,
    http=404,
    advice="`verdigris versions` lists the versions; name one by at least six characters of its revision.",
)
class UnknownVersion(RequestError):
    """No version of the installation, or several, begin with what was named."""

    text = "There is no single version {version} of the installation."


@coded(9108, http=404, advice="Correct the domain name; `verdigris domains` lists them.")
class UnknownDomain(RequestError):
    """No such load distribution domain."""

    text = "There is no load distribution domain named {domain}."


@coded(9109, http=413, advice="Send a smaller request, or raise the limit in the configuration.")
class TooLarge(RequestError):
    """A request exceeds a size limit."""

    text = "The request exceeds the limit of {limit} {unit}."


@coded(
    9110,
    http=409,
    advice="Wait for the running call to finish, or use a separate session for each call.",
)
class SessionBusy(RequestError):
    """A call arrived while another call was running on the same session."""

    text = "Session {session} is busy with another call."


@coded(9111, http=403, advice="Use HTTPS, or allow credentials over plain HTTP in plugin-cfg.xml.")
class CredentialsRefused(RequestError):
    """Credentials were sent over a connection that does not accept them."""

    text = "Credentials are not accepted {where}."


@coded(9112, http=404, advice="Correct the name; `verdigris servers` lists the session servers.")
class UnknownServer(RequestError):
    """No such session server."""

    text = "There is no session server named {server} in this installation."


@coded(
    9113,
    http=409,
    advice="Read the current configuration, repeat the change, and send the current revision.",
)
class Conflict(RequestError):
    """A compare-and-swap conflict: the configuration was changed in the meantime."""

    text = "The configuration has been changed in the meantime (revision {actual}, not {expected})."


@coded(
    9114,
    http=400,
    advice="Remove the header or set its mustUnderstand attribute to 0. The fault lists the headers that are supported.",
)
class NotUnderstood(RequestError):
    """An unsupported SOAP header is marked mustUnderstand."""

    text = "The SOAP header {header} is marked mustUnderstand and is not supported."


@coded(
    9115,
    http=404,
    advice="Correct the address; GET /vhi-ws lists the services, /openapi.json the administration API.",
)
class NoSuchPage(RequestError):
    """The URL does not exist."""

    text = "There is nothing at {path}."


@coded(9116, http=405, advice="Use one of the methods listed in the Allow header.")
class MethodNotAllowed(RequestError):
    """The URL exists but does not support the HTTP method."""

    text = "{path} does not support the method {method}."


@coded(
    9119,
    http=403,
    advice="Use the command line or another program; a web page may only call the server it was loaded from.",
)
class CrossSite(RequestError):
    """A web page of another site sent the request (cross-site request forgery)."""

    text = "Requests from pages of another site are not accepted ({origin})."


@coded(9137, http=429, transient=True, advice="Wait, then send the right password.")
class TooManyGuesses(RequestError):
    """Too many wrong passwords of a user from an address."""

    text = "Too many wrong passwords were sent; credentials are checked again in {seconds} seconds."


@coded(
    9138,
    http=421,
    advice="Use an address or a name of the server, or have its name added to allowedHosts of the gateway (allowed-hosts of the administration API).",
)
class UnknownHost(RequestError):
    """A request for a host name that the server does not know as its own (RFC 9110, 15.5.20)."""

    text = "This server does not answer as {host}."


@coded(
    9139,
    http=403,
    advice="Ask this server directly on its machine, or set allowed-hosts to publish it through a proxy.",
)
class NotLocal(RequestError):
    """A request through a proxy for what is meant for clients on this machine."""

    text = "This is for clients on this machine only; the request came through a proxy (header {header})."


@coded(
    9118,
    http=404,
    advice="Correct the name; the WSDL lists the operations. Names are case-sensitive.",
)
class UnknownOperation(RequestError):
    """The service does not have this operation."""

    text = "Service {service} has no operation {operation}{hint}."


@coded(
    9117,
    http=400,
    advice="Set the variable in the request (modelVariables), in the pool, or in the pool's variable list.",
)
class MissingVariable(RequestError):
    """An operation requires a model variable that has no value, such as a sign-on without a user."""

    text = (
        "Operation {operation} requires model variable {variable}, which neither the client nor the "
        "pool nor the model sets."
    )


@coded(
    9120,
    http=415,
    advice="Send JSON in UTF-8 with Content-Type: application/json, uncompressed or compressed with gzip.",
)
class UnsupportedMedia(RequestError):
    """The body's media type is not supported at this URL."""

    text = "A request body with {kind} is not supported here."


@coded(
    9121,
    http=406,
    advice="Accept one of the media types that the message lists, or omit the Accept header.",
)
class NotAcceptable(RequestError):
    """None of the media types the client accepts is available."""

    text = "The response is available as {kinds}, and the request accepts none of these."


@coded(
    9122,
    http=409,
    advice="Use a new Idempotency-Key for each new request. A repeated request must be unchanged.",
)
class KeyReused(RequestError):
    """An Idempotency-Key was reused in a way that does not allow replaying its response."""

    text = "The Idempotency-Key has been used before, {how}."


@coded(
    9123,
    http=404,
    advice="Only errors of the host and the model leave a trace. A server keeps the last 100 for up to "
    "14 days; `verdigris traces` lists them.",
)
class UnknownTrace(RequestError):
    """No trace is kept for this request, name or session."""

    text = "Session server {server} has no trace of {what}."
