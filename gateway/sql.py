"""SQL statements and string operations as calls.

Law: a statement is read, planned and its values judged before a session is asked for; MaxRows counts
the rows that are left after filtering.
"""

from collections.abc import Callable

from msgspec.structs import replace

from gateway.call import Call, Invocation, Result
from verdigris.errors import NoStringHandler
from verdigris.sql import plan, read
from verdigris.wire import Rows
from wsdl import Contract


Finish = Callable[[Result], Result]
"""Makes an operation's result of a call's."""


def planned(contract: Contract, invocation: Invocation, call: Call) -> tuple[Call, Finish]:
    """The call an operation stands for, and what to do with its result.

    Raises:
        VerdigrisError: the statement cannot be served.
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
    )
    return made, finish
