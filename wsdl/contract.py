"""The contract of one service: the operations clients can call, with their names and types.

Law (tests/wsdl/test_contract.py): a contract is a frozen value made from metadata alone. Every name
in it is an NCName and no two collide. A procedure that would break this is refused by name, with
the reason; the others are published.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from verdigris.metadata import Column, Model, Procedure, ProcedureKind, Table, Variable
from wsdl.names import Claims, flip_first, is_ncname, lower_first
from wsdl.values import bounds_problem


@dataclass(frozen=True, slots=True)
class Setting:
    """One element of the environment block (product facts 7.6 and 9.3)."""

    name: str
    type: str
    minimum: int | None
    maximum: int | None
    meaning: str


ENVIRONMENT: Final = (
    Setting(
        "DomainName",
        "string",
        None,
        None,
        "Load distribution domain to take the session from. Wins over plugin-cfg.xml; "
        "empty means no domain: the configured session server directly.",
    ),
    Setting(
        "SessionID",
        "string",
        None,
        None,
        "Session made by wsResourceCreate. It names its session server, so DomainName is ignored.",
    ),
    Setting("Username", "string", None, None, "Verdigris user name, where security is on."),
    Setting("Password", "string", None, None, "Password of that user."),
    Setting(
        "ConnectionTimeout",
        "int",
        1,
        86_400,
        "Seconds to keep trying to get a session (default: plugin-cfg.xml, else 30).",
    ),
    Setting(
        "MethodTimeout",
        "int",
        1,
        86_400_000,
        "Milliseconds the procedure may take (default: plugin-cfg.xml, else 30000).",
    ),
    Setting("MaxRows", "int", 0, 2**31 - 1, "Maximum number of rows to return; 0 returns all."),
)
"""The settings of a request, in the connectors' units: seconds to connect, milliseconds for a method."""

BLOCKS: Final = ("environment", "modelVariables")
"""The two optional blocks of every request."""

OWN: Final = ("getModelVariables", "wsResourceCreate", "wsResourceDestroy")
"""The operations every service has (product facts 7.5)."""

STATEMENTS: Final = {"executeSQLStatement": "SQLStatement", "processString": "string"}
"""The operations every service has that take one text (product facts 7.5), with its element."""

REST_NAMES: Final = (
    "rsResourceCreate",
    "rsResourceDestroy",
    "openapi.json",
    "tools.json",
    "sessionCalls",
    "sessionScreen",
)
"""What the path of an operation in REST must not be: REST's own operations and documents."""

RESERVED: Final = (
    *OWN,
    *STATEMENTS,
    *(f"{name}Response" for name in (*OWN, *STATEMENTS)),
    *REST_NAMES,
    "SqlColumn",
    "SqlRow",
    *BLOCKS,
    "RequestEnvironment",
    "ModelVariableValues",
    "errorDetail",
    "ErrorEntry",
    "ErrorTrail",
    "ErrorAttempt",
)
"""Names that no procedure may have: those that every service has (product facts 7.5)."""


@dataclass(frozen=True, slots=True)
class Member:
    """A column in a request block."""

    column: Column
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One published procedure.

    Attributes:
        name: the wrapper element: the procedure's name with its first letter in lower case.
        procedure, table: the model's procedure and its table, in the model's spelling.
        kind: SELECT returns rows, the other kinds a count.
        filters, data: the members of the blocks `<name>Filters` and `<name>Data`; () is no block.
        outputs: the columns of a row; () for kinds without rows.
        description: the modeller's text.
        read_only: whether the modeller promised that it changes nothing.
    """

    name: str
    procedure: str
    table: str
    kind: ProcedureKind
    filters: tuple[Member, ...]
    data: tuple[Member, ...]
    outputs: tuple[Column, ...]
    description: str = ""
    read_only: bool = False

    @property
    def response(self) -> str:
        """Name of the response element."""
        return f"{self.name}Response"

    @property
    def filter_block(self) -> str:
        """Name of the filter block and of its type."""
        return f"{self.name}Filters"

    @property
    def data_block(self) -> str:
        """Name of the data block and of its type."""
        return f"{self.name}Data"

    @property
    def row(self) -> str:
        """Name of a row element and of its type."""
        return f"{self.name}Row"

    @property
    def returns_rows(self) -> bool:
        """Whether it returns rows: only a SELECT does (product facts 6.2)."""
        return self.kind == "select"

    @property
    def names(self) -> tuple[str, ...]:
        """Every element and type name that it needs in the schema."""
        blocks = [self.filter_block] * bool(self.filters) + [self.data_block] * bool(self.data)
        return (self.name, self.response, *blocks, *([self.row] * self.returns_rows))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of the model that cannot be published, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of one service.

    Attributes:
        name: of the service: its model's or pool's.
        model: the model's name.
        namespace: the target namespace.
        operations: in the order of the model.
        variables: model variables clients may see, in the order of the model.
        refused: the parts that could not be published.
        qualified_replies: whether the children of a response element are in the namespace.
        tables: the tables for SQL statements, with the procedures available for SQL, published or not.
    """

    name: str
    model: str
    namespace: str
    operations: tuple[Operation, ...]
    variables: tuple[Variable, ...] = ()
    refused: tuple[Refusal, ...] = ()
    description: str = ""
    version: str = ""
    qualified_replies: bool = False
    tables: tuple[Table, ...] = ()

    def __repr__(self) -> str:
        return (
            f"<Contract {self.name!r} {self.namespace} "
            f"[{len(self.operations)} operations, {len(self.refused)} refused]>"
        )

    def called(self) -> dict[str, Operation]:
        """The operations by every accepted spelling of their wrapper (product facts 7.4)."""
        other = {flip_first(operation.name): operation for operation in self.operations}
        return other | {operation.name: operation for operation in self.operations}


def contract_of(
    model: Model, *, name: str = "", namespace: str, qualified_replies: bool = False
) -> Contract:
    """The contract of a model's or pool's service.

    Args:
        model: its metadata.
        name: of the service; "" is the model's.
        namespace: the target namespace.
        qualified_replies: see `Contract`.
    """
    claims = Claims(RESERVED)
    operations: list[Operation] = []
    refused: list[Refusal] = []
    for table in model.tables:
        for procedure in table.procedures:
            if procedure.hidden:
                continue
            made = _operation(table, procedure)
            reason = made if isinstance(made, str) else claims.clash(made.names)
            if isinstance(made, Operation) and not reason:
                claims.take(made.names, f"procedure {table.name}.{procedure.name}")
                operations.append(made)
            else:
                refused.append(Refusal(f"{table.name}.{procedure.name}", str(reason)))
    unnamed = [v for v in model.variables if not is_ncname(v.name)]
    refused += [Refusal(f"variable {v.name}", f"{v.name!r} is not an XML name") for v in unnamed]
    seen: set[str] = set()
    for variable in model.variables:
        if variable.name.casefold() in seen:
            unnamed.append(variable)
            refused.append(Refusal(f"variable {variable.name}", "there is another of its name"))
        seen.add(variable.name.casefold())
    return Contract(
        name=name or model.name,
        model=model.name,
        namespace=namespace,
        operations=tuple(operations),
        variables=tuple(v for v in model.variables if v not in unnamed),
        refused=tuple(refused),
        description=model.description,
        version=model.version,
        qualified_replies=qualified_replies,
        tables=tuple(_for_sql(table) for table in model.tables),
    )


def _for_sql(table: Table) -> Table:
    procedures = tuple(procedure for procedure in table.procedures if procedure.sql)
    return msgspec.structs.replace(table, procedures=procedures)


def _operation(table: Table, procedure: Procedure) -> Operation | str:
    """The operation, or the reason why there is none."""
    if not is_ncname(procedure.name):
        return f"{procedure.name!r} is not an XML name"
    rows = procedure.outputs if procedure.kind == "select" else ()
    used = [*(p.column for p in (*procedure.filters, *procedure.data)), *rows]
    for name in used:
        if not is_ncname(name):
            return f"its column {name!r} is not an XML name"
    try:
        found = {name: table.column(name) for name in used}
    except KeyError as missing:
        return f"table {table.name} has no column {missing.args[0]}"
    for column in found.values():
        if problem := bounds_problem(column):
            return f"the bounds of its column {column.name} are wrong: {problem}"
    for names in ([p.column for p in procedure.filters], [p.column for p in procedure.data], rows):
        if len({name.casefold() for name in names}) != len(names):
            return "one of its column lists names a column twice"
    return Operation(
        name=lower_first(procedure.name),
        procedure=procedure.name,
        table=table.name,
        kind=procedure.kind,
        filters=tuple(Member(found[p.column], p.required) for p in procedure.filters),
        data=tuple(Member(found[p.column], p.required) for p in procedure.data),
        outputs=tuple(found[name] for name in rows),
        description=procedure.description,
        read_only=procedure.read_only,
    )
