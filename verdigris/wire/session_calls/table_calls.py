"""Calls at the level of tables: descriptions, procedures, SQL (product facts 6 and 9.3)."""

import msgspec

from verdigris.metadata import Column, Procedure, Value
from verdigris.wire.session_calls.call import Count, SessionCall
from verdigris.wire.session_calls.results import TableRows


class GetTableNames(SessionCall[list[str]], frozen=True, tag="GetTableNames"):
    """The names of the model's tables."""


class GetTableDescription(SessionCall[str], frozen=True, tag="GetTableDescription"):
    """The modeller's words about a table."""

    table: str


class GetTableColumns(SessionCall[list[str]], frozen=True, tag="GetTableColumns"):
    """The names of a table's columns."""

    table: str


class GetColumnMetaData(SessionCall[Column], frozen=True, tag="GetColumnMetaData"):
    """What the model says of a column."""

    table: str
    column: str


class GetTableProcedures(SessionCall[list[str]], frozen=True, tag="GetTableProcedures"):
    """The names of a table's procedures."""

    table: str


class GetProcedureMetaData(SessionCall[Procedure], frozen=True, tag="GetProcedureMetaData"):
    """What the model says of a procedure."""

    table: str
    procedure: str


class PerformTableProcedure(SessionCall[TableRows], frozen=True, tag="PerformTableProcedure"):
    """A procedure of a table.

    Attributes:
        table: "" finds the procedure in any.
        procedure: its name.
        data: columns to what is written.
        filters: columns to what selects the rows.
        case_sensitive: how texts of filters compare with rows.
        columns: wanted output columns; none is all.
        max_rows: at most so many rows; 0 is all.
    """

    table: str
    procedure: str
    data: dict[str, Value] = msgspec.field(default_factory=dict)
    filters: dict[str, Value] = msgspec.field(default_factory=dict)
    case_sensitive: bool = True
    columns: tuple[str, ...] = ()
    max_rows: Count = 0


class ExecuteSQLStatement(SessionCall[TableRows], frozen=True, tag="ExecuteSQLStatement"):
    """A statement of the SQL subset (product facts 6.3), carried out by one procedure.

    Attributes:
        statement: such as `SELECT Number FROM Customers WHERE LastName = 'SMITH'`.
        max_rows: at most so many rows; 0 is all.
    """

    statement: str
    max_rows: Count = 0


class ProcessString(SessionCall[str], frozen=True, tag="ProcessString"):
    """A text given to the model's event handler; error 9144 while it has none."""

    text: str
