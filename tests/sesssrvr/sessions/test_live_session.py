"""A live session has one owner: its own methods, called by the session manager."""

import ast
from pathlib import Path

import sesssrvr
from sesssrvr.sessions.live_session import LiveSession


ROOT = Path(sesssrvr.__file__).parent
FIELDS = {name for name in LiveSession.__slots__ if not name.startswith("_")}
LENDING = {"lend", "suspend", "release"}
"""The methods that change who has a session."""

OUTSIDE = [
    path
    for folder in ("sessions", "deployment", ".")
    for path in (ROOT / folder).glob("*.py")
    if path.name != "live_session.py"
]


def is_session(node):
    return isinstance(node, ast.Name) and node.id in ("session", "live", "suspended")


def nodes(kind, path):
    return [one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, kind)]


def test_nobody_else_writes_its_fields():
    written = [
        (path.name, target.attr)
        for path in OUTSIDE
        for target in nodes(ast.Attribute, path)
        if isinstance(target.ctx, ast.Store | ast.Del)
        and target.attr in FIELDS
        and is_session(target.value)
    ]
    assert written == []


def test_only_the_manager_changes_who_has_it():
    callers = {
        path.name
        for path in OUTSIDE
        for call in nodes(ast.Call, path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in LENDING
        and is_session(call.func.value)
    }
    assert callers == {"session_manager.py"}
