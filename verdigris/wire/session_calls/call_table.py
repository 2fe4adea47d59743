"""The table of session calls: one row for each, from which everything else is made.

The session server answers what is in it (`sesssrvr.model.interaction`), the connectors have a method for
each row, the fakes answer them, and docs/reference/session-calls.md lists them, each with its tests. Connectors of other
languages, HTTP and tools are written against it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import msgspec

from verdigris.errors import BadSessionCall
from verdigris.suggestion import did_you_mean
from verdigris.wire.session_calls import channel_calls as channel
from verdigris.wire.session_calls import model_calls as model
from verdigris.wire.session_calls import recordset_calls as recordset
from verdigris.wire.session_calls import table_calls as table
from verdigris.wire.session_calls import terminal_calls as terminal
from verdigris.wire.session_calls import wait_calls as wait
from verdigris.wire.session_calls.call import SessionCall, name_of, result_of


Group = Literal["Channel", "Table", "Model", "Recordset", "Terminal"]
Access = Literal["look", "keep", "act"]
"""What a call needs to be allowed: to look at the session; to change what the session server keeps for it;
to act, that is to type, press or navigate at the host."""

AnyCall: TypeAlias = SessionCall[Any]


@dataclass(frozen=True, slots=True)
class CallRow:
    """One session call.

    Attributes:
        kind: its arguments, as a struct; its type argument is the result.
        group: VHI's interface.
        access: what it needs to be allowed.
        repeatable: whether doing it twice is the same as doing it once.
        ours: why VHI has no such method in its connectors; "" where it has.
        differs: in what the call is not VHI's method; "" for nothing.
    """

    kind: type[AnyCall]
    group: Group
    access: Access
    repeatable: bool
    ours: str = ""
    differs: str = ""

    @property
    def name(self) -> str:
        """The name on the wire: VHI's, where VHI has the method."""
        return name_of(self.kind)

    @property
    def method(self) -> str:
        """The name of the connector's method."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name)
        return words.lower().replace("record_set", "recordset")

    @property
    def result(self) -> Any:
        """The type of its result."""
        return result_of(self.kind)


def _look(group: Group, *kinds: type[AnyCall]) -> tuple[CallRow, ...]:
    return tuple(CallRow(kind, group, "look", repeatable=True) for kind in kinds)


def _keep(group: Group, *kinds: type[AnyCall]) -> tuple[CallRow, ...]:
    return tuple(CallRow(kind, group, "keep", repeatable=True) for kind in kinds)


def _act(group: Group, *kinds: type[AnyCall], repeatable: bool = False) -> tuple[CallRow, ...]:
    return tuple(CallRow(kind, group, "act", repeatable) for kind in kinds)


_OPERATION: Final = "a command of VHI's operations (product facts 5.2), here for clients too"

CALLS: Final[tuple[CallRow, ...]] = (
    *_look("Channel", channel.GetModelVariableNames, channel.GetModelVariables),
    *_keep("Channel", channel.SetModelVariables),
    *_look("Channel", channel.GetVariableMetaData),
    *_keep("Channel", channel.SetLoggingLevel),
    *_look("Channel", channel.GetLoggingLevel),
    *_keep("Channel", channel.SetLocale),
    *_look("Channel", channel.GetLocale),
    CallRow(
        channel.SetClientState, "Channel", "keep", repeatable=True,
        ours="VHI's client-state objects are for its event handlers only (product facts 5.5)",
    ),
    CallRow(
        channel.GetClientState, "Channel", "look", repeatable=True, ours="as SetClientState"
    ),
    *_look(
        "Table", table.GetTableNames, table.GetTableDescription, table.GetTableColumns,
        table.GetColumnMetaData, table.GetTableProcedures, table.GetProcedureMetaData,
    ),
    *_act("Table", table.PerformTableProcedure, table.ExecuteSQLStatement, table.ProcessString),
    *_look("Model", model.GetCurrentEntity),
    *_act("Model", model.SetCurrentEntity),
    *_look(
        "Model", model.GetModelEntities, model.GetHomeEntityName, model.GetEntityDescription,
        model.GetEntityAttributes, model.GetEntityOperations, model.GetEntityRecordSets,
        model.GetAttributes,
    ),
    *_act("Model", model.SetAttributes, model.SetAttributesDelayed),
    *_look(
        "Model", model.GetAttributeMetaData, model.GetAttributeLocations,
        model.GetAttributeAtCursor,
    ),
    *_act("Model", model.PerformEntityOperation),
    *_look("Model", model.GetOperationMetaData, model.GetPatternLocations),
    *_look("Recordset", recordset.GetCurrentRecordSetName),
    *_keep("Recordset", recordset.SetCurrentRecordSetByName),
    *_look(
        "Recordset", recordset.GetRecordSetMetaData, recordset.GetRecordSetLocations,
        recordset.GetFieldMetaData, recordset.GetFieldLocations, recordset.GetCurrentRecord,
        recordset.GetCurrentRecordIndex,
    ),
    *_keep("Recordset", recordset.SetCurrentRecordIndex),
    *_act(
        "Recordset", recordset.MoveCurrentRecordIndex, recordset.NextRecord,
        recordset.FetchRecords, recordset.SelectCurrentRecord, recordset.SelectRecordByFilter,
        recordset.SelectRecordByIndex, recordset.InsertRecord, recordset.InsertRecords,
        recordset.UpdateCurrentRecord, recordset.UpdateRecordByFilter,
        recordset.UpdateRecordByIndex,
    ),
    CallRow(
        recordset.UpdateRecords, "Recordset", "act", repeatable=False,
        differs="the same texts for every record that fits",
    ),
    *_act(
        "Terminal", terminal.PerformAidKey, terminal.InsertStringAtCursor,
        terminal.InsertStringAtOffset, terminal.InsertStringAtRowColumn,
    ),
    CallRow(
        terminal.SetCursor, "Terminal", "act", repeatable=True,
        ours="VHI's clients set the variable cursorPosition (product facts 4.4)",
    ),
    *_look(
        "Terminal", terminal.GetStringAtOffset, terminal.GetStringAtRowColumn,
        terminal.GetTerminalFieldAtCursor,
    ),
    *_keep("Terminal", terminal.EnableTerminalAttributes),
    CallRow(
        terminal.GetScreen, "Terminal", "look", repeatable=True,
        ours="the whole screen in one call; VHI's clients read it as text at an offset",
    ),
    CallRow(
        wait.WaitForCondition, "Terminal", "look", repeatable=True,
        differs="seconds, where VHI has milliseconds",
    ),
    *_look(
        "Terminal", wait.WaitForCursor, wait.WaitForEntityChange,
        wait.WaitForString, wait.WaitForStringRelCursor,
    ),
    CallRow(
        wait.WaitForEntity, "Terminal", "look", repeatable=True,
        ours="WaitForEntityChange says that an entity was left, not that one was reached",
    ),
    *(
        CallRow(kind, "Terminal", "look", repeatable=True, ours=_OPERATION)
        for kind in (
            wait.WaitForKeyboardEnabled, wait.WaitForNewHostScreen, wait.WaitForUpdate,
            wait.WaitForHostSilence,
        )
    ),
)  # fmt: skip

ROWS: Final[Mapping[type[AnyCall], CallRow]] = {row.kind: row for row in CALLS}
"""The rows by the class of their calls."""

NAMED: Final[Mapping[str, CallRow]] = {row.name: row for row in CALLS}
"""The rows by the names of their calls."""


def acts(wanted: Iterable[AnyCall]) -> bool:
    """Whether any of these calls may do something at the host."""
    return any(ROWS[type(one)].access == "act" for one in wanted)


class _Named(msgspec.Struct):
    call: str = ""


_DECODERS: Final[dict[tuple[str, str], Any]] = {}


def as_sent(value: object) -> msgspec.Raw:
    """A call, or the result of one, as it travels."""
    return msgspec.Raw(msgspec.msgpack.encode(value))


Form = Literal["msgpack", "json"]
_FORMS: Final[Mapping[Form, Any]] = {"msgpack": msgspec.msgpack, "json": msgspec.json}


def read_call(data: msgspec.Raw, number: int, form: Form = "msgpack") -> AnyCall:
    """A call as it travelled.

    Args:
        data: its bytes.
        number: which call of its batch, from 1, for the error.
        form: of the bytes.

    Raises:
        BadSessionCall: there is no such call, or an argument is absent or of another type.
    """
    name = "?"
    try:
        name = _FORMS[form].decode(data, type=_Named).call
        row = NAMED.get(name)
        if row is None:
            problem = f"there is no such call{did_you_mean(name, NAMED)}"
            raise BadSessionCall({"number": number}, call=name or "?", problem=problem)
        key = form, name
        if key not in _DECODERS:
            _DECODERS[key] = _FORMS[form].Decoder(row.kind)
        return _decoded(_DECODERS[key], data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        said = str(problem).replace("`", "")
        raise BadSessionCall({"number": number}, call=name, problem=said) from None


def _decoded(decoder: Any, data: msgspec.Raw) -> AnyCall:
    call: AnyCall = decoder.decode(data)
    return call


def read_result(kind: type[AnyCall], data: msgspec.Raw) -> Any:
    """The result of a call as it travelled.

    Raises:
        msgspec.DecodeError: it is of another type.
    """
    return msgspec.msgpack.decode(data, type=ROWS[kind].result)
