"""Session calls at the level of the terminal: keys, text at a place, what the screen shows."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sesssrvr.model.appearance import COLOURS
from sesssrvr.model.interaction.interaction import Interaction
from sesssrvr.model.interpreter.obey import WITHOUT_KEYBOARD
from sesssrvr.model.interpreter.typing import free_keyboard, put
from sesssrvr.model.steps import Run, SetCursor, Type
from sesssrvr.terminal.screen import Field, Screen
from sesssrvr.terminal.screen import Run as AttributeRun
from verdigris.errors import BadSessionCall
from verdigris.wire import session_calls as calls


_FIELD_COLOURS: Final = {
    0xF1: "blue", 0xF2: "red", 0xF3: "pink", 0xF4: "green", 0xF5: "turquoise", 0xF6: "yellow",
    0xF7: "white",
}  # fmt: skip
"""Colours of fields by their codes (GA23-0059, "Colour")."""
_BLINK, _REVERSE, _UNDERSCORE = 0xF1, 0xF2, 0xF4
_NAMES: Final = {number: name for name, number in COLOURS.items() if number >= 0}


# ---- typing ------------------------------------------------------------------------------------


def _key(it: Interaction, call: calls.PerformAidKey) -> Run[None]:
    if call.key not in WITHOUT_KEYBOARD:
        yield from free_keyboard(it.ctx)
    yield from it.ctx.press(call.key)


def _at_cursor(it: Interaction, call: calls.InsertStringAtCursor) -> Run[None]:
    yield from free_keyboard(it.ctx)
    yield from _type(it, call.text, it.ctx.screen.cursor, secret=call.secret, move=False)


def _at_offset(it: Interaction, call: calls.InsertStringAtOffset) -> Run[None]:
    _check(it, call, call.offset)
    yield from free_keyboard(it.ctx)
    yield from _type(it, call.text, call.offset, secret=call.secret)


def _at_place(it: Interaction, call: calls.InsertStringAtRowColumn) -> Run[None]:
    offset = _offset(it, call, call.row, call.column)
    yield from free_keyboard(it.ctx)
    yield from _type(it, call.text, offset, secret=call.secret)


def _type(it: Interaction, text: str, offset: int, *, secret: bool, move: bool = True) -> Run[None]:
    hidden = secret or it.is_secret_place(offset)
    if hidden:
        it.ctx.keep_secret(text)
    row, column = it.ctx.screen.place(offset) if move else (0, 0)
    yield from put(it.ctx, Type(text, row, column, secret=hidden))


def _cursor(it: Interaction, call: calls.SetCursor) -> Run[None]:
    _offset(it, call, call.row, call.column)
    yield from free_keyboard(it.ctx)
    yield from it.ctx.do(SetCursor(call.row, call.column))


# ---- looking -----------------------------------------------------------------------------------


def _text_at_offset(it: Interaction, call: calls.GetStringAtOffset) -> str:
    _check(it, call, call.offset)
    screen = it.screen
    row, column = screen.place(call.offset)
    return screen.text(row, column, call.length)


def _text_at_place(it: Interaction, call: calls.GetStringAtRowColumn) -> list[str]:
    screen = it.screen
    _offset(it, call, call.row, call.column)
    _offset(it, call, call.row + call.rows - 1, call.column + call.columns - 1)
    rows = range(call.row, call.row + call.rows)
    return [screen.text(row, call.column, call.columns) for row in rows]


def _field_at_cursor(
    it: Interaction, _: calls.GetTerminalFieldAtCursor
) -> calls.TerminalField | None:
    screen = it.screen
    found = screen.field_at(screen.cursor)
    return None if found is None else terminal_field(screen, found)


def _screen(it: Interaction, call: calls.GetScreen) -> calls.TerminalScreen:
    screen, entity = it.screen, it.ctx.entity
    row, column = screen.place(screen.cursor)
    fields = screen.fields if call.fields else ()
    return calls.TerminalScreen(
        rows=screen.rows,
        columns=screen.columns,
        lines=tuple(screen.text(n, 1, screen.columns) for n in range(1, screen.rows + 1)),
        cursor_row=row,
        cursor_column=column,
        locked=screen.locked,
        version=screen.version,
        entity="" if entity is None else entity.name,
        kind=screen.kind,
        fields=tuple(terminal_field(screen, one) for one in fields),
    )


def _enable(it: Interaction, call: calls.EnableTerminalAttributes) -> None:
    it.attributes = call.enabled


# ---- what it is made of ------------------------------------------------------------------------


def location(
    it: Interaction, row: int, column: int, length: int, rows: int = 1
) -> calls.ElementLocation:
    """A stretch of the current screen, with what it looks like if the client wants to know."""
    screen = it.ctx.screen
    look = terminal_attributes(screen, screen.offset(row, column)) if it.attributes else None
    return calls.ElementLocation(row, column, length, rows, look)


def terminal_field(screen: Screen, field: Field) -> calls.TerminalField:
    """A field as clients see it.

    Args:
        screen: masked.
        field: one of its fields.
    """
    row, column = screen.place(field.start)
    text = None if field.hidden else screen.field_text(field)
    look = terminal_attributes(screen, field.start)
    return calls.TerminalField(row, column, field.length, text, look, field.modified)


def terminal_attributes(screen: Screen, offset: int) -> calls.TerminalAttributes:
    """What the character at an offset looks like."""
    field = screen.field_at(offset) or Field(offset, 1, protected=bool(screen.fields))
    run = next(
        (one for one in screen.runs if one.start <= offset < one.start + one.length),
        AttributeRun(offset, 1),
    )
    return calls.TerminalAttributes(
        intensified=field.intensified or run.bold,
        reverse=field.highlight == _REVERSE or run.reverse,
        underline=field.highlight == _UNDERSCORE or run.underline,
        blink=field.highlight == _BLINK or run.blink,
        hidden=field.hidden or run.hidden,
        protected=field.protected,
        numeric=field.numeric,
        foreground=_colour(run.foreground) or _FIELD_COLOURS.get(field.colour, ""),
        background=_colour(run.background),
    )


def _colour(number: int) -> str:
    return "" if number < 0 else _NAMES.get(number, str(number))


def _offset(it: Interaction, call: calls.AnyCall, row: int, column: int) -> int:
    try:
        return it.ctx.screen.offset(row, column)
    except ValueError as problem:
        raise BadSessionCall(call=type(call).__name__, problem=problem) from None


def _check(it: Interaction, call: calls.AnyCall, offset: int) -> None:
    size = len(it.ctx.screen.characters)
    if offset >= size:
        problem = f"offset {offset} is outside a screen of {size} characters"
        raise BadSessionCall(call=type(call).__name__, problem=problem)


LOOK: Final[Mapping[type, Callable[[Interaction, Any], Any]]] = {
    calls.GetStringAtOffset: _text_at_offset,
    calls.GetStringAtRowColumn: _text_at_place,
    calls.GetTerminalFieldAtCursor: _field_at_cursor,
    calls.GetScreen: _screen,
    calls.EnableTerminalAttributes: _enable,
}

RUN: Final[Mapping[type, Callable[[Interaction, Any], Run[Any]]]] = {
    calls.PerformAidKey: _key,
    calls.InsertStringAtCursor: _at_cursor,
    calls.InsertStringAtOffset: _at_offset,
    calls.InsertStringAtRowColumn: _at_place,
    calls.SetCursor: _cursor,
}
