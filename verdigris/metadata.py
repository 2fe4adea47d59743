"""What a deployed model offers: tables, procedures, typed parameters, variables.

Law: plain frozen values, made by the model loader, sent over the wire as they are, and the only
thing the contracts (WSDL, OpenAPI, tools) are made from. Names are the model's own, verbatim.
"""

from typing import Literal

import msgspec


ColumnType = Literal["text", "integer", "decimal", "date", "boolean"]
"""The types a table column can have (product facts 6.1)."""

ProcedureKind = Literal["select", "insert", "update", "delete"]
"""SELECT, INSERT, UPDATE, DELETE. A compound procedure has the kind of its last step."""

Value = str | int | bool | None
"""A value on the wire. Decimals travel as `-?d+(.d+)?` text and dates as `YYYY-MM-DD`: MessagePack
has neither, and text loses nothing. Integers are 64-bit. None is "no value" (blank on the host)."""


class Meta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The base of all metadata: immutable, compared by value."""


class Column(Meta, frozen=True, kw_only=True, omit_defaults=True):
    """One column of a table.

    Attributes:
        name: as the model spells it; case counts in SOAP, not in SQL.
        type: the value type.
        key: the column identifies a row.
        description: the modeller's words, shown in every contract.
        unit: such as "EUR" or "months"; shown beside the description.
        minimum, maximum: bounds of integer, decimal (as text) and date columns; "" is none.
        max_length: characters of a text column; 0 if none is known.
        min_length: characters of a text column.
        fraction_digits: decimals after the point of a decimal column; -1 is any number.
        secret: its values never appear in logs, faults, pictures or traces.
    """

    name: str
    type: ColumnType = "text"
    key: bool = False
    description: str = ""
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    min_length: int = 0
    max_length: int = 0
    fraction_digits: int = -1
    secret: bool = False


class Parameter(Meta, frozen=True, kw_only=True, omit_defaults=True):
    """A column a procedure takes as filter or data."""

    column: str
    required: bool = False


class Procedure(Meta, frozen=True, kw_only=True, omit_defaults=True):
    """One procedure of a table: a type and its parameter sets (product facts 6.2).

    Attributes:
        name: unique in the model's services; a table may repeat another's only if hidden.
        kind: SELECT returns rows; any kind may change host data.
        filters: what selects the rows.
        data: what is written (INSERT, UPDATE).
        outputs: names of the columns a SELECT returns.
        compound: made of several procedures run in order.
        read_only: the modeller's promise that nothing is changed on the host.
        hidden: "Hide in web services": absent from every contract.
        sql: "Available for SQL queries".
        description: shown in every contract.
    """

    name: str
    kind: ProcedureKind
    filters: tuple[Parameter, ...] = ()
    data: tuple[Parameter, ...] = ()
    outputs: tuple[str, ...] = ()
    compound: bool = False
    read_only: bool = False
    hidden: bool = False
    sql: bool = True
    description: str = ""


class Table(Meta, frozen=True, kw_only=True, omit_defaults=True):
    """Named columns and the procedures that are the only way to the data."""

    name: str
    columns: tuple[Column, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    description: str = ""

    def column(self, name: str) -> Column:
        """The column of this name, spelled in any case.

        Raises:
            KeyError: there is none.
        """
        for column in self.columns:
            if column.name.lower() == name.lower():
                return column
        raise KeyError(name)


class Variable(Meta, frozen=True, kw_only=True, omit_defaults=True):
    """A model variable (product facts 4.4).

    Attributes:
        default: the value in the model; "" for secret ones, whose default never leaves the server.
        readable, writable: what clients may do.
        hidden: invisible to clients altogether; hidden ones are not in `Model.variables`.
        secret: its value never appears anywhere but on the host.
    """

    name: str
    default: str = ""
    description: str = ""
    readable: bool = True
    writable: bool = True
    secret: bool = False


class Model(Meta, frozen=True, kw_only=True, omit_defaults=True):
    """What one deployed model offers.

    Attributes:
        name: the model's name.
        version: when it was deployed, as a date and time (VHI ModelVersionString).
        session_type: "3270", "5250" or "VT".
        home_entity: where traversal starts and ends.
        namespace: the service's target namespace; "" means the default,
            `urn:xmlns:attachmate:vhi-ws:<model>`.
        digest: of everything clients can see; a changed digest is a changed contract.
    """

    name: str
    version: str = ""
    description: str = ""
    session_type: str = "3270"
    home_entity: str = ""
    namespace: str = ""
    tables: tuple[Table, ...] = ()
    variables: tuple[Variable, ...] = ()
    digest: str = ""

    def find(self, procedure: str, table: str = "") -> tuple[Table, Procedure]:
        """The procedure of this name, spelled in any case, in this table or (if "") in any.

        Raises:
            KeyError: there is none.
        """
        for owner in self.tables:
            if table and owner.name.lower() != table.lower():
                continue
            for found in owner.procedures:
                if found.name.lower() == procedure.lower():
                    return owner, found
        raise KeyError(f"{table}.{procedure}" if table else procedure)
