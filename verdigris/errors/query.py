"""Errors of SQL statements and of string operations. 9140 to 9149."""

from verdigris.errors._registry import coded
from verdigris.errors.request import RequestError


@coded(9140, http=400, advice="Correct the statement; the message names the position of the error.")
class BadStatement(RequestError):
    """The statement is not valid in the SQL subset."""

    text = "The SQL statement cannot be read: {problem}."


@coded(
    9141,
    http=400,
    advice="Remove it. docs/migrating-from-vhi.md describes the supported subset. Sort or join in the client.",
)
class UnsupportedStatement(RequestError):
    """Valid SQL outside the subset that procedures can serve."""

    text = "{what} is not supported in SQL statements."


@coded(9142, http=404, advice="Correct the name; tables and columns are those of the model.")
class UnknownSqlName(RequestError):
    """The model has no such table or column."""

    text = "{owner} has no {kind} {name}."


@coded(
    9143,
    http=400,
    advice="Use = on the filter columns a procedure requires, and select columns it returns. The message "
    "says what the nearest procedure lacks.",
)
class NoProcedureFits(RequestError):
    """None of the procedures available to SQL has a matching signature."""

    text = "No procedure of table {table} can serve this {kind} statement{nearest}."


@coded(
    9144,
    http=501,
    blame="client",
    advice="Call a procedure instead. processString requires an event handler written for VHI's runtime.",
)
class NoStringHandler(RequestError):
    """processString requires an event handler, which the model does not have."""

    text = "Model {model} has no handler for processString."
