"""What a procedure returned: typed rows, the rows as they travelled, and where it ran.

Law: rows are converted when they are looked at and not before, so that a gateway which passes the
wire values on pays nothing for types.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, overload

from verdigris.connector.attempts import Attempt
from verdigris.connector.convert import Python, to_python
from verdigris.metadata import ColumnType, Value
from verdigris.wire import Passed, Rows, Try


class ResultColumn(NamedTuple):
    """A column of a result."""

    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class CallReport:
    """Where and how a call ran.

    Attributes:
        server: the session server's name.
        request_id: of the call; the last one used, if several were needed.
        trail: whom the allocator asked, and what each answered; empty for direct connects.
        tries: every try of the connector, bounded to the last 20.
        path: the entities passed.
        milliseconds: in the session server.
        session_id: of the session that is kept, "" if it was released.
        session_number: the session's number in the server's logs.
        model, version: what ran.
        screens: those passed, if they were asked for.
    """

    server: str
    request_id: str
    trail: tuple[Try, ...] = ()
    tries: tuple[Attempt, ...] = ()
    path: tuple[str, ...] = ()
    milliseconds: float = 0.0
    session_id: str = field(default="", repr=False)
    session_number: int = 0
    model: str = ""
    version: str = ""
    screens: tuple[Passed, ...] = ()


class Row(Mapping[str, Python]):
    """One row: values by column name, spelled in any case. Equal to a dict of the same items."""

    __slots__ = ("_columns", "_places", "_values")

    def __init__(
        self,
        columns: Sequence[ResultColumn],
        places: Mapping[str, int],
        values: Sequence[Value],
    ) -> None:
        self._columns = columns
        self._places = places
        self._values = values

    def __getitem__(self, name: str) -> Python:
        place = self._places.get(name)
        if place is None:
            place = self._places[name.lower()]
        return to_python(self._values[place], *self._columns[place])

    def __iter__(self) -> Iterator[str]:
        return (column.name for column in self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"<Row of {', '.join(self)}>"


class ResultSet(Sequence[Row]):
    """The rows a procedure returned.

    Attributes:
        columns: name and type of each value of a row.
        raw: the rows as they travelled: decimals and dates are text (see
            `verdigris.metadata.Value`).
        affected: records written, for INSERT, UPDATE and DELETE.
        ran: where and how.
    """

    def __init__(self, rows: Rows, report: CallReport) -> None:
        self.columns = tuple(ResultColumn(*column) for column in rows.columns)
        self.raw = rows.rows
        self.affected = rows.affected
        self.report = report

    @cached_property
    def _places(self) -> Mapping[str, int]:
        exact = {column.name: place for place, column in enumerate(self.columns)}
        return {name.lower(): place for name, place in exact.items()} | exact

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return [Row(self.columns, self._places, values) for values in self.raw[at]]
        return Row(self.columns, self._places, self.raw[at])

    def __len__(self) -> int:
        return len(self.raw)

    def dicts(self) -> list[dict[str, Python]]:
        """The rows as plain dicts of typed values."""
        return [dict(row) for row in self]

    def __repr__(self) -> str:
        return (
            f"<ResultSet {len(self)} rows of {', '.join(c.name for c in self.columns) or 'nothing'}"
            f" [affected {self.affected}] from {self.report.server}>"
        )
