"""Errors at the door: who may come in, how often, and in which wrapping. 9130 to 9139."""

from verdigris.errors._registry import coded
from verdigris.errors.request import RequestError


@coded(
    9130,
    http=401,
    advice="Send a user name and password: HTTP Basic, WS-Security UsernameToken, or the environment.",
)
class CredentialsRequired(RequestError):
    """The service is protected and the request names nobody."""

    text = "Credentials are required {where}."


@coded(9131, http=401, advice="Correct the user name or the password.")
class CredentialsWrong(RequestError):
    """User name or password are not right; which of them is not told."""

    text = "The credentials are not accepted{why}."


@coded(9132, http=429, retry=True, advice="Send less often; the Retry-After header says when.")
class TooOften(RequestError):
    """One client sends more requests than are taken from one."""

    text = "More than {limit} requests a second come from {client}."


@coded(
    9133,
    http=415,
    advice="Send one XML document (text/xml or application/soap+xml), plain or in gzip.",
)
class UnsupportedWrapping(RequestError):
    """The body is in a form that is not read: attachments, an unknown Content-Encoding."""

    text = "{what} is not read here."


@coded(
    9134,
    http=403,
    advice="Call with the credentials the session was made with, or make a session of your own.",
)
class SessionOfAnother(RequestError):
    """A kept session belongs to the user who made it."""

    text = "The session belongs to another user."
