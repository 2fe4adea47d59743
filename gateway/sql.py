"""SQL statements and string operations as calls.

A statement is parsed, planned and its values are checked before a session is requested. MaxRows
counts the rows that are left after filtering.
"""

from collections.abc import Callable

from msgspec.structs import replace

from gateway.call import Call, Invocation, Result
from verdigris.errors import NoStringHandler
from verdigris.sql import plan, read
from verdigris.wire import Rows
from wsdl import Contract


Finish = Callable[[Result], Result]
"""Makes the result of an operation from the result of its call."""


def planned(contract: Contract, invocation: Invocation, call: Call) -> tuple[Call, Finish]:
    """The call that carries out an operation, and what makes its result from the result of the call.

    Raises:
        VerdigrisError: the statement cannot be carried out.
    """
    if invocation.operation == "processString":
        raise NoStringHandler(model=contract.model)
    if invocation.operation != "executeSQLStatement":
        return call, lambda result: result
    found = plan(contract.tables, read(str(invocation.data[""])))
    limit = call.max_rows

    def finish(result: Result) -> Result:
        if not isinstance(result, Rows) or not found.returns_rows:
            return result
        rows = found.kept([name for name, _ in result.columns], result.rows)
        columns = tuple((column.name, column.type) for column in found.columns)
        return Rows(columns, rows[:limit] if limit else rows, server=result.server)

    made = replace(
        call,
        table=found.table,
        procedure=found.procedure,
        filters=dict(found.filters),
        data=dict(found.data),
        columns=tuple(column.name for column in found.fetched),
        max_rows=limit if found.where is None else 0,
        repeatable=found.read_only,
        case_sensitive=found.case_sensitive,
    )
    return made, finish
