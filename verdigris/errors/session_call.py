"""Errors of session calls that the caller has to change. 91xx."""

from verdigris.errors._registry import coded
from verdigris.errors.request import RequestError


@coded(
    9124,
    http=400,
    advice="Correct the call; docs/reference/session-calls.md lists the calls and their arguments.",
)
class BadSessionCall(RequestError):
    """A session call does not exist in this version, or an argument is absent or of another type."""

    text = "Session call {call} is not valid: {problem}."


@coded(
    9125,
    http=404,
    advice="Correct the name; the metadata calls of the session list the names of the model.",
)
class UnknownName(RequestError):
    """The model has no entity, attribute, operation, recordset, field or table of this name."""

    text = "{owner} has no {kind} named {name}."


@coded(
    9127,
    http=400,
    advice="Correct the expression; docs/reference/session-calls.md describes what one is made of.",
)
class BadExpression(RequestError):
    """A filter expression or condition cannot be read."""

    text = "The expression cannot be read at character {place}: {problem}."


@coded(
    9128,
    http=409,
    advice="Correct the call, or the model if it is to allow this.",
)
class NotInModel(RequestError):
    """A session call asks for something that the model does not provide for."""

    text = "The model does not provide for this: {problem}."
