"""Errors of the request: the caller has to change something. 91xx."""

from verdigris.errors._registry import VerdigrisError, coded


class RequestError(VerdigrisError):
    """The caller's turn: the request cannot be carried out as it stands."""


@coded(9100, http=400, advice="Correct the message; the text says which part of it.")
class BadRequest(RequestError):
    """The request could not be read at all."""

    text = "The request cannot be read: {problem}."


@coded(
    9101,
    http=404,
    advice="List what is deployed (GET /vhi-ws, `verdigris servers`) and correct the name.",
)
class NotOffered(RequestError):
    """No such model or pool here."""

    text = "There is no {kind} named {name} at {where}."


@coded(
    9102,
    http=404,
    advice="Read the WSDL or `verdigris call --list`; names of tables and procedures count.",
)
class UnknownProcedure(RequestError):
    """The model has no such procedure."""

    text = "Model {model} has no procedure {procedure} in table {table}."


@coded(9103, http=400, advice="Give the column a value; the procedure cannot run without it.")
class MissingValue(RequestError):
    """A required filter or data column is absent."""

    text = "Procedure {procedure} needs a value for column {column}."


@coded(9104, http=400, advice="Correct the value; the column's type and limits are in the WSDL.")
class BadValue(RequestError):
    """A value does not fit its column."""

    text = "The value of column {column} does not fit: {problem}."


@coded(9105, http=400, advice="Correct the name; the procedure's columns are in the WSDL.")
class UnknownColumn(RequestError):
    """The procedure takes no such column."""

    text = "Procedure {procedure} takes no column {column} as {role}."


@coded(
    9106, http=400, advice="Correct the name; getModelVariables lists the variables of the model."
)
class UnknownVariable(RequestError):
    """The model has no such variable, or clients may not touch it."""

    text = "Model {model} has no variable {variable} that a client may {action}."


@coded(
    9107,
    http=404,
    advice="Connect again. Sessions end by release, when their time is over, or with their server.",
)
class SessionGone(RequestError):
    """The session id means nothing (any more)."""

    text = "Session {session} does not exist (any more) at {server}."


@coded(9108, http=404, advice="Correct the domain name; `verdigris domains` lists them.")
class UnknownDomain(RequestError):
    """No such load distribution domain."""

    text = "There is no load distribution domain named {domain}."


@coded(9109, http=413, advice="Send less at once, or raise the limit in the configuration.")
class TooLarge(RequestError):
    """A request passes a limit."""

    text = "The request passes the limit of {limit} {unit}."


@coded(
    9110,
    http=409,
    advice="Finish the call that is running, or use a session of its own for each call.",
)
class SessionBusy(RequestError):
    """Two calls at once on one session."""

    text = "Session {session} is busy with another call."


@coded(9111, http=403, advice="Use HTTPS, or allow credentials on plain HTTP in plugin-cfg.xml.")
class CredentialsRefused(RequestError):
    """Credentials arrived where they are not taken."""

    text = "Credentials are not taken {where}."


@coded(9112, http=404, advice="Correct the name; `verdigris servers` lists the session servers.")
class UnknownServer(RequestError):
    """No such session server."""

    text = "There is no session server named {server} in this installation."


@coded(
    9113,
    http=409,
    advice="Read the current configuration, make the change again, and send its revision.",
)
class Conflict(RequestError):
    """Compare-and-swap failed: somebody else wrote in between."""

    text = "The configuration was changed by somebody else (revision {actual}, not {expected})."


@coded(
    9114,
    http=400,
    advice="Only what the fault names is understood; leave the header out or set mustUnderstand to 0.",
)
class NotUnderstood(RequestError):
    """A SOAP header with mustUnderstand that we do not know."""

    text = "The SOAP header {header} is marked mustUnderstand and is not understood."


@coded(
    9115,
    http=404,
    advice="Correct the address; GET /vhi-ws lists the services, /openapi.json the administration API.",
)
class NoSuchPage(RequestError):
    """Nothing lives at this URL."""

    text = "There is nothing at {path}."


@coded(9116, http=405, advice="Use one of the methods the Allow header names.")
class MethodNotAllowed(RequestError):
    """The URL exists, the HTTP method does not fit it."""

    text = "{path} does not take {method}."


@coded(
    9119,
    http=403,
    advice="Use the command line or another program; a browser page may only call the server it came from.",
)
class CrossSite(RequestError):
    """A page of another site tries to make a browser act (cross-site request forgery)."""

    text = "Requests made by pages of another site are not taken ({origin})."


@coded(9118, http=404, advice="Read the WSDL; operations are named there, letter for letter.")
class UnknownOperation(RequestError):
    """The service has no such operation."""

    text = "Service {service} has no operation {operation}{hint}."


@coded(
    9117,
    http=400,
    advice="Give the variable with the request (modelVariables), in the pool or in its variable list.",
)
class MissingVariable(RequestError):
    """An operation needs a model variable that has no value, such as a sign-on without a user."""

    text = (
        "Operation {operation} needs model variable {variable}, and neither client, pool nor model "
        "gives it a value."
    )


@coded(
    9120,
    http=415,
    advice="Send JSON in UTF-8 with Content-Type: application/json, plain or in gzip.",
)
class UnsupportedMedia(RequestError):
    """A body of another kind than the URL takes."""

    text = "A body of {kind} is not taken here."


@coded(9121, http=406, advice="Ask for one of the kinds the text names, or leave Accept out.")
class NotAcceptable(RequestError):
    """The client accepts no kind of answer that can be given."""

    text = "The answer can be had as {kinds}, and the request accepts none of them."


@coded(
    9122,
    http=409,
    advice="Use a new Idempotency-Key for each new request; repeat a request without any change.",
)
class KeyReused(RequestError):
    """An Idempotency-Key that cannot be answered with what it was answered before."""

    text = "The Idempotency-Key was used before, {how}."


@coded(
    9123,
    http=404,
    advice="Only errors of host and model have a trace; a server keeps its last 100, no longer than "
    "14 days. `verdigris traces` lists them.",
)
class UnknownTrace(RequestError):
    """No trace of this request, name or session is kept."""

    text = "Session server {server} has no trace of {what}."
