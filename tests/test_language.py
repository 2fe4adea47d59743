"""The English that users read: messages, help texts, schemas and pages avoid known bad patterns.

The patterns are word-for-word translations from German that readers stumble over, and words that do
not belong in a message. `ALLOWED` lists good sentences that a pattern hits, each with a reason.
`PENDING` lists files that still fail.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest


ROOT = Path(__file__).parent.parent
PACKAGES = ("verdigris", "sesssrvr", "mgmtsrvr", "wsdl", "gateway", "hostemul")

ANYWHERE = {
    "use 'is not a'": r"(?<!there )(?<!There )\b(is|are) no (?!longer\b|more\b|less\b|later\b|different\b|worse\b|better\b)[a-z]",
    "name the person or program meant": r"\b[Ww]ho(m)?ever\b",
    "'for ever' means 'forever'": r"\bfor ever\b",
}
"""Advice to its pattern, for messages and pages alike."""

IN_MESSAGES = {
    "name what is meant": r"\b([Nn]obody|[Ss]omebody|[Aa]nybody|[Ww]hom)\b",
    "use 'after' or 'following'": r"\bbehind\b",
    "use 'is reported' or 'learns'": r"\b(is|are) told\b",
    "use 'is not accepted' or 'is not allowed'": r"\bnot taken\b|\btakes no\b",
    "use 'is'": r"\bstands\b",
    "use 'says' only of people": r"\bsay (with|force|whether)\b",
}
"""Further ones for messages: what is raised, logged, printed as help, or written in a schema."""

ALLOWED = {
    "stands for": "'0.0.0.0 stands for every address' is good English",
    "takes no new sessions": "'the server takes no new sessions' is how operators say it",
}
"""Phrases a pattern may hit, with the reason."""

PENDING: frozenset[str] = frozenset()
"""Files that still fail."""

VISIBLE_KEYWORDS = frozenset(
    {"help", "advice", "problem", "reason", "why", "where", "hint", "said"}
)
VISIBLE_CALLS = frozenset(
    {"Problem", "echo", "debug", "info", "warn", "error", "critical", "failure", "Key", "coded"}
)
VISIBLE_NAMES = frozenset({"text", "SAMPLE", "advice", "NAMED_MEANING", "EXIT", "HEAD"})
COMMANDS = frozenset({"command", "group"})


def _texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The string constants in a node, parts of f-strings included."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.lineno, part.value


def _named(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_command(node: ast.FunctionDef) -> bool:
    called = (it.func if isinstance(it, ast.Call) else it for it in node.decorator_list)
    return any(_named(it) in COMMANDS for it in called)


def messages(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of what a Python module shows to users."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Raise(exc=ast.expr() as raised):
                yield from _texts(raised)
            case ast.Call(func=func) if _named(func) in VISIBLE_CALLS:
                yield from _texts(node)
            case ast.keyword(arg=str(name)) if name in VISIBLE_KEYWORDS:
                yield from _texts(node.value)
            case ast.Assign(targets=[ast.Name(id=name)]) if name in VISIBLE_NAMES:
                yield from _texts(node.value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if (
                name in VISIBLE_NAMES
            ):
                yield from _texts(value)
            case ast.FunctionDef() if _is_command(node):
                yield node.lineno, ast.get_docstring(node) or ""


def complaints(text: str, *, message: bool) -> list[str]:
    """What is wrong with a text: the advice and the words it is about."""
    patterns = ANYWHERE | (IN_MESSAGES if message else {})
    for phrase in ALLOWED:
        text = text.replace(phrase, "")
    return [
        f"{advice}: ...{text[max(0, found.start() - 30) : found.end() + 30]!r}..."
        for advice, pattern in patterns.items()
        for found in re.finditer(pattern, text)
    ]


def wrong(path: Path) -> list[str]:
    """Everything wrong in a file, with its line."""
    source = path.read_text(encoding="utf-8")
    lines = enumerate(source.splitlines(), 1)
    found = messages(source) if path.suffix == ".py" else lines
    said = {
        (line, complaint)
        for line, text in found
        for complaint in complaints(text, message=path.suffix != ".md")
    }
    return [f"{path.relative_to(ROOT)}:{line}: {complaint}" for line, complaint in sorted(said)]


def files() -> list[str]:
    """Packages, schemas, settings and pages."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("*.xml"), *ROOT.glob("docs/**/*.md")]
    for package in PACKAGES:
        found += [*(ROOT / package).rglob("*.py"), *(ROOT / package).rglob("*.xsd")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


@pytest.mark.parametrize("name", [it for it in files() if it not in PENDING])
def test_what_users_read_is_idiomatic(name):
    assert wrong(ROOT / name) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise ValueError(f"{x} is no number")', 1),
        ('raise ValueError(f"{x} is not a number")', 0),
        ('log.warn("nobody answers")', 1),
        ('x = "nobody reads this"', 0),
        ('option("--all", help="is told")', 1),
        ('@main.command()\ndef go():\n    """Whoever calls."""', 1),
        ('def go():\n    """Whoever calls."""', 0),
        ('raise ValueError("There is no key")', 0),
        ('raise ValueError("it is no longer here")', 0),
        ('class A:\n    text = "what is behind {x}"', 1),
    ],
)  # fmt: skip
def test_bad_patterns_are_found_where_users_read_them(source, found):
    texts = messages(source)
    assert sum(bool(complaints(text, message=True)) for _, text in texts) == found
