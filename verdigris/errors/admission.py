"""Errors of admission: authentication, rate limits and message encodings. 9130 to 9139."""

from verdigris.errors._registry import coded
from verdigris.errors.request import RequestError


@coded(
    9130,
    http=401,
    advice="Send a user name and password with HTTP Basic, a WS-Security UsernameToken, or the request's environment.",
)
class CredentialsRequired(RequestError):
    """The service is protected and the request carries no credentials."""

    text = "Credentials are required {where}."


@coded(9131, http=401, advice="Correct the user name or the password.")
class CredentialsWrong(RequestError):
    """The user name or the password is wrong; the error does not disclose which."""

    text = "The credentials were not accepted{why}."


@coded(
    9132,
    http=429,
    transient=True,
    advice="Send requests less often. The Retry-After header says when to try again.",
)
class TooOften(RequestError):
    """A client exceeds the request rate allowed per client address."""

    text = "Client {client} exceeds the limit of {limit} requests per second."


@coded(
    9133,
    http=415,
    advice="Send a single XML document (text/xml or application/soap+xml), uncompressed or compressed with gzip.",
)
class UnsupportedWrapping(RequestError):
    """The body has an unsupported form: attachments, or an unknown Content-Encoding."""

    text = "{what} is not supported here."


@coded(
    9134,
    http=403,
    advice="Use the credentials the session was created with, or create a session of your own.",
)
class SessionOfAnother(RequestError):
    """A stateful session can be used only by the user who created it."""

    text = "The session belongs to another user."
