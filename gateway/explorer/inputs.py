"""Inputs of a form: one per column, setting or variable, with its type and its description.

Every text is escaped. A value that is secret is never kept by the browser.
"""

from html import escape

from verdigris.metadata import Column, Variable
from wsdl import Member
from wsdl.contract import Setting


TYPES = {
    "text": "text",
    "integer": "whole number",
    "decimal": "number",
    "date": "date",
    "boolean": "yes or no",
}


def member_field(block: str, member: Member) -> str:
    """The input of a filter or data column."""
    column = member.column
    facts = [TYPES[column.type], *([column.unit] if column.unit else []), *_bounds(column)]
    blank = (
        f'<label class="blank"><input type="checkbox" data-blank="{escape(column.name)}"> '
        "blank it</label>"
        if block == "data" and not member.required
        else ""
    )
    control = _control(block, column, required=member.required)
    return _field(
        column.name, control, facts, column.description, required=member.required, blank=blank
    )


def setting_field(setting: Setting) -> str:
    """The input of a setting of the environment."""
    number = setting.type == "int"
    limits = f' inputmode="numeric" placeholder="{setting.minimum} to {setting.maximum}"'
    kind = "password" if setting.name == "Password" else "text"
    control = (
        f'<input data-block="environment" name="{setting.name}" type="{kind}" data-type="text"'
        f"{_secret(kind == 'password')}{limits if number else ''}>"
    )
    return _field(setting.name, control, [], setting.meaning)


def variable_field(variable: Variable) -> str:
    """The input of a model variable."""
    kind = "password" if variable.secret else "text"
    control = (
        f'<input data-block="modelVariables" name="{escape(variable.name)}" type="{kind}" '
        f'data-type="text"{_secret(variable.secret)}>'
    )
    return _field(variable.name, control, [], variable.description)


def _field(
    name: str,
    control: str,
    facts: list[str],
    description: str,
    *,
    required: bool = False,
    blank: str = "",
) -> str:
    mark = ' <b class="required" title="required">*</b>' if required else ""
    shown = f"<small>{escape(', '.join(facts))}</small>" if facts else ""
    words = f"<small>{escape(description)}</small>" if description else ""
    return (
        f'<div class="field"><label><span>{escape(name)}{mark}</span>{control}</label>{blank}'
        f"{shown}{words}</div>"
    )


def _control(block: str, column: Column, *, required: bool) -> str:
    common = f'data-block="{block}" name="{escape(column.name)}" data-type="{column.type}"'
    common += " required" * required
    if column.type == "boolean":
        return (
            f'<select {common}><option value=""></option><option value="true">yes</option>'
            '<option value="false">no</option></select>'
        )
    if column.type == "date" and not column.secret:
        return f'<input type="date" {common}{_range(column)}>'
    kind = "password" if column.secret else "text"
    more = {"integer": ' inputmode="numeric" pattern="[+\\-]?[0-9]+"',
            "decimal": ' inputmode="decimal" pattern="[+\\-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)"'}  # fmt: skip
    length = f' maxlength="{column.max_length}"' if column.max_length else ""
    return (
        f'<input type="{kind}" {common}{more.get(column.type, "")}{length}{_secret(column.secret)}>'
    )


def _secret(secret: bool) -> str:  # noqa: FBT001 - a column's property
    return ' autocomplete="off" data-secret' if secret else ' autocomplete="off" spellcheck="false"'


def _range(column: Column) -> str:
    low = f' min="{escape(column.minimum)}"' if column.minimum else ""
    return low + (f' max="{escape(column.maximum)}"' if column.maximum else "")


def _bounds(column: Column) -> list[str]:
    found = []
    if column.minimum or column.maximum:
        found.append(f"{column.minimum or '...'} to {column.maximum or '...'}")
    if column.max_length:
        found.append(f"at most {column.max_length} characters")
    if column.fraction_digits >= 0 and column.type == "decimal":
        found.append(f"{column.fraction_digits} decimals")
    return found
