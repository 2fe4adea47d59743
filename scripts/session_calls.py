"""Write the tables of docs/reference/session-calls.md from the table of session calls and the tests that show them.

    python scripts/session_calls.py            prints them
    python scripts/session_calls.py --write    puts them between the marks of docs/reference/session-calls.md

A test shows a call if it is marked `session_call("NameOfTheCall")`.
"""

import ast
import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec

from verdigris import metadata
from verdigris.wire import session_calls as calls


ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "session-calls.md"
BEGIN = "<!-- written by: python scripts/session_calls.py --write -->"
END = "<!-- end of the tables -->"
GROUPS = get_args(calls.Group)
PARTS: tuple[type[Any], ...] = (
    calls.TerminalScreen, calls.TerminalField, calls.TerminalAttributes, calls.ElementLocation,
    calls.AttributeMetaData, calls.OperationMetaData, calls.RecordSetMetaData, calls.FieldMetaData,
    calls.TableRows, metadata.Column, metadata.Procedure, metadata.Parameter, metadata.Variable,
)  # fmt: skip
LOCAL_TEST = (
    "tests/verdigris/connector/test_session_calls.py",
    "test_what_needs_no_message_is_where_the_table_says",
)

Tests = Mapping[str, list[tuple[str, str]]]


def tests() -> Tests:
    """Name of a call -> (file, function) of the tests that show it."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "session_call" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                for name in _shown(node):
                    found[name].append((path.relative_to(ROOT).as_posix(), node.name))
    return found


def _shown(node: ast.FunctionDef) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).split(".")[-1] in (
            "shows",
            "session_call",
        ):
            yield from (str(one.value) for one in mark.args if isinstance(one, ast.Constant))


def tables(shown: Tests) -> str:
    """All tables of the page."""
    parts = []
    for group in GROUPS:
        parts += [f"### {group}\n", _calls(row for row in calls.CALLS if row.group == group), ""]
    parts += ["### Without a message of their own\n", _local(), ""]
    parts += ["### Structures\n", _structures(), ""]
    parts += ["## Tests\n", _tests(shown), ""]
    return "\n".join(parts)


def _calls(rows: Iterable[calls.CallRow]) -> str:
    lines = [
        "| call | arguments | result | needs | repeat | meaning | connector | VHI |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        cells = (
            f"**{row.name}**",
            _fields(row.kind) or "none",
            f"`{_type(row.result)}`" if row.result is not type(None) else "none",
            row.access,
            "yes" if row.repeatable else "no",
            _meaning(row.kind),
            f"`{row.method}`",
            f"none: {row.ours}"
            if row.ours
            else f"same name; {row.differs}"
            if row.differs
            else "same name",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _local() -> str:
    lines = ["| VHI | here | difference |", "| --- | --- | --- |"]
    lines += [
        f"| **{one.name}** | `{one.place}` | {one.note or 'none'} |" for one in calls.LOCAL_METHODS
    ]
    return "\n".join(lines)


def _structures() -> str:
    lines = ["| structure | members | meaning |", "| --- | --- | --- |"]
    lines += [f"| **{one.__name__}** | {_fields(one)} | {_meaning(one)} |" for one in PARTS]
    return "\n".join(lines)


def _tests(shown: Tests) -> str:
    lines = ["| call | shown by |", "| --- | --- |"]
    for row in calls.CALLS:
        found = shown.get(row.name)
        if not found:
            raise SystemExit(f"no test is marked session_call({row.name!r})")
        lines.append(f"| {row.name} | {_links(found)} |")
    names = ", ".join(one.name for one in calls.LOCAL_METHODS)
    lines.append(f"| {names} | {_links([LOCAL_TEST])} |")
    return "\n".join(lines)


def _links(found: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"[{name}](../../{path})" for path, name in dict.fromkeys(found))


def _fields(kind: type[Any]) -> str:
    """Names, types and defaults of a structure's members."""
    said = []
    for field in msgspec.structs.fields(kind):
        optional = "" if field.required else "?"
        said.append(f"{field.encode_name}{optional}: {_type(field.type)}")
    return f"`{', '.join(said)}`" if said else ""


def _type(annotation: object) -> str:
    """A type as readers in any language know it."""
    name = getattr(annotation, "__name__", "")
    said = name if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
    said = re.sub(r"typing\.Annotated\[(\w+), .*?\)\]", r"\1", said)
    said = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", said).replace("NoneType", "None")
    return said.replace("|", "or").replace("'", "")


def _meaning(kind: type[Any]) -> str:
    """What a class says of itself, with its attributes, in one cell."""
    text = inspect.cleandoc(kind.__doc__ or "")
    first, _, rest = text.partition("\nAttributes:\n")
    lines = (line.strip() for line in rest.splitlines())
    said = " ".join([first.strip().replace("\n", " ").replace("  ", " "), *lines]).strip()
    return said.replace("|", "or").replace("``", "`")


def main() -> None:
    """Print or write the tables."""
    made = tables(tests())
    if "--write" not in sys.argv[1:]:
        print(made)
        return
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
