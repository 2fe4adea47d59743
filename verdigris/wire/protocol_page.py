"""The message tables of docs/reference/protocol.md, made from the message classes themselves."""

import inspect
from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from verdigris.wire import (
    allocation_table,
    frames,
    membership_messages,
    message_parts,
    messages,
    session_messages,
)


def tables() -> str:
    """All frames, requests, answers, notices and parts, as Markdown."""
    parts = [
        message_parts.Login, message_parts.Offer, message_parts.PoolStatus, message_parts.Status, message_parts.SessionStatus,
        message_parts.TraceStatus, message_parts.Try, message_parts.Left, message_parts.Passed,
        message_parts.RowNeed, message_parts.RowShare, message_parts.TokenKey, message_parts.SessionSecurity,
        membership_messages.RevokedPart, session_messages.CallFailure,
        allocation_table.TableServer, allocation_table.TableMember, allocation_table.TableDomain,
        allocation_table.AllocationTable,
    ]  # fmt: skip
    return "\n".join(
        [
            "### Frames\n", _table(get_args(frames.Frame)),
            "### Requests\n", _table(get_args(messages.Request)),
            "### Answers\n", _table(get_args(messages.Response)),
            "### Notices\n", _table(get_args(messages.Notice)),
            "### Parts (arrays without a tag)\n", _table(parts),
        ]
    )  # fmt: skip


def _table(kinds: Iterable[Any]) -> str:
    rows = ["| tag | array after the tag | meaning |", "| --- | --- | --- |"]
    rows.extend(_row(kind) for kind in kinds)
    return "\n".join(rows) + "\n"


def _row(kind: Any) -> str:
    config = kind.__struct_config__
    hints = {field.name: field for field in msgspec.structs.fields(kind)}
    listed = ", ".join(f"{name}: {_type(field.type)}" for name, field in hints.items())
    first = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    tag = "" if config.tag is None else str(config.tag)
    return f"| {tag} | **{kind.__name__}** ({listed}) | {first} |".replace("``", "`")


def _type(annotation: object) -> str:
    """A type as readers of the protocol know it."""
    name = getattr(annotation, "__name__", "")
    if name in {"str", "int", "bool", "float", "bytes"}:
        return name
    said = str(annotation)
    for noise in ("verdigris.wire.message_parts.", "verdigris.wire.messages.", "verdigris.wire.session_messages.", "verdigris.wire.login_messages.", "verdigris.wire.membership_messages.", "verdigris.wire.allocation_table.", "verdigris.metadata.", "verdigris.errors._registry.", "msgspec.",
                  "typing.", "<class '", "'>"):  # fmt: skip
        said = said.replace(noise, "")
    return "body" if len(said) > 80 else said.replace("|", "or")  # noqa: PLR2004 - a union of all messages
