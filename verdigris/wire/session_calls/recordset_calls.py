"""Calls on the current recordset of the current entity (product facts 9.3).

The current record is counted among the records on the screen, from 1; 0 is before the first, where an
entity's recordset begins. It belongs to the session and starts anew with each entity reached. An
`expression` selects records, such as `Accounts.Balance > 100 and not (Accounts.Status = "CLOSED")`.
"""

from typing import Literal

from verdigris.wire.session_calls.call import Count, SessionCall
from verdigris.wire.session_calls.results import (
    ElementLocation,
    FieldMetaData,
    RecordSetMetaData,
    Texts,
)


ScrollMovement = Literal[
    "ScrollHome", "ScrollEnd", "ScrollLineUp", "ScrollLineDown", "ScrollPageUp", "ScrollPageDown"
]
"""Moves of the current record (product facts 5.1)."""


class GetCurrentRecordSetName(SessionCall[str], frozen=True, tag="GetCurrentRecordSetName"):
    """The current recordset: the entity's first one, unless another was set; "" if it has none."""


class SetCurrentRecordSetByName(SessionCall[None], frozen=True, tag="SetCurrentRecordSetByName"):
    """The recordset that the next calls work on; its current record is 0."""

    recordset: str


class GetRecordSetMetaData(SessionCall[RecordSetMetaData], frozen=True, tag="GetRecordSetMetaData"):
    """What the model says of a recordset."""

    entity: str
    recordset: str


class GetRecordSetLocations(
    SessionCall[dict[str, ElementLocation]], frozen=True, tag="GetRecordSetLocations"
):
    """Where the current entity's recordsets are.

    Attributes:
        recordsets: their names; none is all.
    """

    recordsets: tuple[str, ...] = ()


class GetFieldMetaData(SessionCall[FieldMetaData], frozen=True, tag="GetFieldMetaData"):
    """What the model says of a field of a recordset."""

    entity: str
    recordset: str
    field: str


class GetFieldLocations(
    SessionCall[dict[str, ElementLocation]], frozen=True, tag="GetFieldLocations"
):
    """Where the fields of the current record are.

    Attributes:
        fields: their names; none is all.
    """

    fields: tuple[str, ...] = ()


class GetCurrentRecord(SessionCall[Texts], frozen=True, tag="GetCurrentRecord"):
    """The current record.

    Attributes:
        fields: their names; none is all.
    """

    fields: tuple[str, ...] = ()


class GetCurrentRecordIndex(SessionCall[int], frozen=True, tag="GetCurrentRecordIndex"):
    """The current record's number on the screen."""


class SetCurrentRecordIndex(SessionCall[None], frozen=True, tag="SetCurrentRecordIndex"):
    """The current record, by its number on the screen; 0 is before the first."""

    index: Count


class MoveCurrentRecordIndex(SessionCall[int], frozen=True, tag="MoveCurrentRecordIndex"):
    """A move of the current record, by a scroll operation where it leaves the page; its new number."""

    movement: ScrollMovement


class NextRecord(SessionCall[Texts | None], frozen=True, tag="NextRecord"):
    """The first record after the current one that fits, now the current one; None if there is none."""

    expression: str = ""


class FetchRecords(SessionCall[list[Texts]], frozen=True, tag="FetchRecords"):
    """The records after the current one that fit, page after page; the last becomes the current one.

    Attributes:
        max_records: at most so many; 0 is all.
        fields: wanted fields; none is all.
        expression: "" is every record.
    """

    max_records: Count = 0
    fields: tuple[str, ...] = ()
    expression: str = ""


class SelectCurrentRecord(SessionCall[None], frozen=True, tag="SelectCurrentRecord"):
    """The cursor put on the current record; in a list with a bar (VT) the bar moved there."""


class SelectRecordByFilter(SessionCall[Texts], frozen=True, tag="SelectRecordByFilter"):
    """The first record after the current one that fits, selected; error 9409 if there is none."""

    expression: str


class SelectRecordByIndex(SessionCall[None], frozen=True, tag="SelectRecordByIndex"):
    """A record selected by its number on the screen."""

    index: Count


class InsertRecord(SessionCall[None], frozen=True, tag="InsertRecord"):
    """A record written into the first blank one, on this page or one that follows.

    Attributes:
        record: fields to texts.
    """

    record: dict[str, str]


class InsertRecords(SessionCall[int], frozen=True, tag="InsertRecords"):
    """Records inserted one after the other; how many.

    Attributes:
        records: fields to texts of each.
    """

    records: tuple[dict[str, str], ...]


class UpdateCurrentRecord(SessionCall[None], frozen=True, tag="UpdateCurrentRecord"):
    """Texts written into fields of the current record.

    Attributes:
        record: fields to texts.
    """

    record: dict[str, str]


class UpdateRecordByFilter(SessionCall[None], frozen=True, tag="UpdateRecordByFilter"):
    """Texts written into the first record after the current one that fits.

    Attributes:
        record: fields to texts.
        expression: which record.
    """

    record: dict[str, str]
    expression: str


class UpdateRecordByIndex(SessionCall[None], frozen=True, tag="UpdateRecordByIndex"):
    """Texts written into a record, by its number on the screen.

    Attributes:
        record: fields to texts.
        index: from 1.
    """

    record: dict[str, str]
    index: Count


class UpdateRecords(SessionCall[int], frozen=True, tag="UpdateRecords"):
    """Texts written into every record after the current one that fits; how many.

    Attributes:
        record: fields to texts.
        expression: which records; "" is every one.
        max_records: at most so many; 0 is all.
    """

    record: dict[str, str]
    expression: str = ""
    max_records: Count = 0
