"""The methods of a blocking session for its session calls; see `session_call_methods`."""

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from verdigris.connector.session_calls import like
from verdigris.wire import session_calls as calls


P = ParamSpec("P")
R = TypeVar("R")


class BlocksForCalls(Protocol):
    """A blocking session that performs calls; `verdigris.connector.blocking.Session` is one."""

    def perform_calls(self, wanted: Sequence[calls.AnyCall], /) -> list[Any]:
        """Perform calls, in order up to the first that fails."""


def blocks(
    kind: Callable[P, calls.SessionCall[R]],
) -> Callable[Concatenate[BlocksForCalls, P], R]:
    """The method of a blocking session for a session call."""

    def method(self: BlocksForCalls, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return cast(R, self.perform_calls([kind(*args, **kwargs)])[0])

    return like(kind, method)


class BlockingCallMethods:
    """The session calls of a blocking session; see docs/reference/session-calls.md."""

    get_model_variable_names = blocks(calls.GetModelVariableNames)
    get_variable_meta_data = blocks(calls.GetVariableMetaData)
    set_logging_level = blocks(calls.SetLoggingLevel)
    get_logging_level = blocks(calls.GetLoggingLevel)
    set_locale = blocks(calls.SetLocale)
    get_locale = blocks(calls.GetLocale)
    set_client_state = blocks(calls.SetClientState)
    get_client_state = blocks(calls.GetClientState)
    get_table_names = blocks(calls.GetTableNames)
    get_table_description = blocks(calls.GetTableDescription)
    get_table_columns = blocks(calls.GetTableColumns)
    get_column_meta_data = blocks(calls.GetColumnMetaData)
    get_table_procedures = blocks(calls.GetTableProcedures)
    get_procedure_meta_data = blocks(calls.GetProcedureMetaData)
    execute_sql_statement = blocks(calls.ExecuteSQLStatement)
    process_string = blocks(calls.ProcessString)
    get_current_entity = blocks(calls.GetCurrentEntity)
    set_current_entity = blocks(calls.SetCurrentEntity)
    get_model_entities = blocks(calls.GetModelEntities)
    get_home_entity_name = blocks(calls.GetHomeEntityName)
    get_entity_description = blocks(calls.GetEntityDescription)
    get_entity_attributes = blocks(calls.GetEntityAttributes)
    get_entity_operations = blocks(calls.GetEntityOperations)
    get_entity_recordsets = blocks(calls.GetEntityRecordSets)
    get_attributes = blocks(calls.GetAttributes)
    set_attributes = blocks(calls.SetAttributes)
    set_attributes_delayed = blocks(calls.SetAttributesDelayed)
    get_attribute_meta_data = blocks(calls.GetAttributeMetaData)
    get_attribute_locations = blocks(calls.GetAttributeLocations)
    get_attribute_at_cursor = blocks(calls.GetAttributeAtCursor)
    perform_entity_operation = blocks(calls.PerformEntityOperation)
    get_operation_meta_data = blocks(calls.GetOperationMetaData)
    get_pattern_locations = blocks(calls.GetPatternLocations)
    get_current_recordset_name = blocks(calls.GetCurrentRecordSetName)
    set_current_recordset_by_name = blocks(calls.SetCurrentRecordSetByName)
    get_recordset_meta_data = blocks(calls.GetRecordSetMetaData)
    get_recordset_locations = blocks(calls.GetRecordSetLocations)
    get_field_meta_data = blocks(calls.GetFieldMetaData)
    get_field_locations = blocks(calls.GetFieldLocations)
    get_current_record = blocks(calls.GetCurrentRecord)
    get_current_record_index = blocks(calls.GetCurrentRecordIndex)
    set_current_record_index = blocks(calls.SetCurrentRecordIndex)
    move_current_record_index = blocks(calls.MoveCurrentRecordIndex)
    next_record = blocks(calls.NextRecord)
    fetch_records = blocks(calls.FetchRecords)
    select_current_record = blocks(calls.SelectCurrentRecord)
    select_record_by_filter = blocks(calls.SelectRecordByFilter)
    select_record_by_index = blocks(calls.SelectRecordByIndex)
    insert_record = blocks(calls.InsertRecord)
    insert_records = blocks(calls.InsertRecords)
    update_current_record = blocks(calls.UpdateCurrentRecord)
    update_record_by_filter = blocks(calls.UpdateRecordByFilter)
    update_record_by_index = blocks(calls.UpdateRecordByIndex)
    update_records = blocks(calls.UpdateRecords)
    perform_aid_key = blocks(calls.PerformAidKey)
    insert_string_at_cursor = blocks(calls.InsertStringAtCursor)
    insert_string_at_offset = blocks(calls.InsertStringAtOffset)
    insert_string_at_row_column = blocks(calls.InsertStringAtRowColumn)
    set_cursor = blocks(calls.SetCursor)
    get_string_at_offset = blocks(calls.GetStringAtOffset)
    get_string_at_row_column = blocks(calls.GetStringAtRowColumn)
    get_terminal_field_at_cursor = blocks(calls.GetTerminalFieldAtCursor)
    enable_terminal_attributes = blocks(calls.EnableTerminalAttributes)
    get_screen = blocks(calls.GetScreen)
    wait_for_condition = blocks(calls.WaitForCondition)
    wait_for_cursor = blocks(calls.WaitForCursor)
    wait_for_entity_change = blocks(calls.WaitForEntityChange)
    wait_for_string = blocks(calls.WaitForString)
    wait_for_string_rel_cursor = blocks(calls.WaitForStringRelCursor)
    wait_for_entity = blocks(calls.WaitForEntity)
    wait_for_keyboard_enabled = blocks(calls.WaitForKeyboardEnabled)
    wait_for_new_host_screen = blocks(calls.WaitForNewHostScreen)
    wait_for_update = blocks(calls.WaitForUpdate)
    wait_for_host_silence = blocks(calls.WaitForHostSilence)
