"""Errors of SQL statements and of string operations. 9140 to 9149."""

from verdigris.errors._registry import coded
from verdigris.errors.request import RequestError


@coded(9140, http=400, advice="Correct the statement; the text says where it stops making sense.")
class BadStatement(RequestError):
    """It is no statement of the SQL subset."""

    text = "The SQL statement cannot be read: {problem}."


@coded(
    9141,
    http=400,
    advice="Leave it out: docs/migrating-from-vhi.md has the whole subset. Sort or join in the client.",
)
class UnsupportedStatement(RequestError):
    """SQL, but none of the subset that procedures can serve."""

    text = "{what} is not supported in SQL statements."


@coded(9142, http=404, advice="Correct the name; tables and columns are those of the model.")
class UnknownSqlName(RequestError):
    """A table or column the model does not have."""

    text = "{owner} has no {kind} {name}."


@coded(
    9143,
    http=400,
    advice="Compare the columns a procedure needs with =, and ask for columns it gives; the text says "
    "what the nearest one lacks.",
)
class NoProcedureFits(RequestError):
    """No procedure available for SQL has a fitting signature."""

    text = "No procedure of table {table} can serve this {kind} statement{nearest}."


@coded(
    9144,
    http=501,
    blame="client",
    advice="Call a procedure instead; processString needs an event handler written for VHI's own runtime.",
)
class NoStringHandler(RequestError):
    """processString needs a handler and the model has none."""

    text = "Model {model} has no handler for processString."
