"""The one way XML files are read: safely, against their schema, all problems at once.

Law: no entities, no network, no DTD is ever loaded; what is wrong is said with its line; nothing
of a file with an error is used.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Final

from lxml import etree

from verdigris.config.schema_words import described, once, with_valid
from verdigris.errors import ConfigurationError, Problem
from verdigris.suggestion import did_you_mean, nearest


MAX_BYTES: Final = 32 * 1024 * 1024
"""Of one file: 10,000 session servers are 1.3 MB (docs/performance.md), a model of 500 screens 5 MB."""

MAX_ELEMENTS: Final = 200_000
"""Of one file: 10,000 session servers are 20,000; a megabyte of `<b/>` costs seconds and a gigabyte."""

MAX_PROBLEMS: Final = 100
"""Problems reported of one file: more are not read by anyone."""

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
UNKNOWN: Final = re.compile(
    r"(?:.*, )?(Element|attribute) '([^']+)': (?:This e|The a).* not (?:exp|all)"
)
"""libxml2's sentence about a name that does not belong where it stands."""


def parser(*, keep_comments: bool = False, encoding: str | None = None) -> etree.XMLParser:
    """A parser that resolves nothing and fetches nothing.

    Args:
        keep_comments: for files that a program edits and writes again.
        encoding: overrides what the document says of itself.

    Raises:
        LookupError: no such encoding.
    """
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=not keep_comments,
        remove_pis=not keep_comments,
    )


class Rules(etree.XMLSchema):
    """A schema that knows its names, to suggest corrections of misspelled ones.

    Attributes:
        declared: names by what is declared, "Element" or "attribute".
        types: names of simple types, and in words what their values are.
        namespace: of the elements; "" if they have none.
        roots: the elements a document may begin with.
    """

    def __init__(self, document: etree._Element) -> None:
        super().__init__(document)
        self.namespace = document.get("targetNamespace", "")
        self.roots = tuple(one.get("name", "") for one in document.iterchildren(f"{XS}element"))
        self.declared = {
            kind: sorted(
                {one.get("name", "") for one in document.iter(f"{XS}{kind.lower()}")} - {""}
            )
            for kind in ("Element", "attribute")
        }
        self.types = described(document)


@cache
def schema(package: str, name: str) -> Rules:
    """The compiled schema that lies in a package, such as ("sesssrvr.model", "model.xsd")."""
    return Rules(etree.fromstring(files(package).joinpath(name).read_bytes(), parser()))


def parse(
    data: bytes, file: str, *, doctype: bool = False, keep_comments: bool = False
) -> etree._Element:
    """The root element of a document.

    Args:
        data: the file's bytes.
        file: its name, for problems.
        doctype: accept a DOCTYPE (it is never fetched).
        keep_comments: see `parser`.

    Raises:
        ConfigurationError: not well-formed, too large, or a DOCTYPE where none is taken.
    """
    if len(data) > MAX_BYTES:
        raise ConfigurationError.of(file, [Problem(file, 0, f"larger than {MAX_BYTES} bytes")])
    if data.count(b"<") > 2 * MAX_ELEMENTS:  # each has two tags, or one
        said = f"it has more than {MAX_ELEMENTS} elements"
        raise ConfigurationError.of(file, [Problem(file, 0, said)])
    reader = parser(keep_comments=keep_comments)
    try:
        root = etree.fromstring(data, reader)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise ConfigurationError.of(file, _syntax(problem, reader, file)) from None
    if not doctype and root.getroottree().docinfo.doctype:
        raise ConfigurationError.of(file, [Problem(file, 1, "a DOCTYPE is not allowed here")])
    return root


def contents(path: Path) -> bytes:
    """What a file holds.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as problem:
        said = Problem(str(path), 0, problem.strerror or str(problem))
        raise ConfigurationError.of(str(path), [said]) from None


def problems(root: etree._Element, rules: etree.XMLSchema, file: str) -> list[Problem]:
    """What the schema finds wrong, in the order of lines; `MAX_PROBLEMS` at most."""
    if rules.validate(root):
        return []
    if isinstance(rules, Rules) and (wrong := root_problem(root, rules)):
        return [Problem(file, line(root), wrong)]  # the rest would follow from it
    declared = rules.declared if isinstance(rules, Rules) else {}
    log = islice(rules.error_log, MAX_PROBLEMS)
    said = [(entry.line, _plain(entry.message)) for entry in log]
    types = rules.types if isinstance(rules, Rules) else {}
    whole = [(at, with_valid(text, types) + _meant(text, declared)) for at, text in said]
    return sorted({Problem(file, at, text) for at, text in once(whole)})


def root_problem(root: etree._Element, rules: Rules) -> str:
    """What is wrong with the name of a root element, or its namespace; "" if nothing is."""
    name = etree.QName(root)
    if name.localname not in rules.roots:
        known = " or ".join(f"<{one}>" for one in rules.roots)
        return f"the file begins with <{name.localname}>, not with {known}{did_you_mean(name.localname, rules.roots)}"
    if (name.namespace or "") == rules.namespace:
        return ""
    if not rules.namespace:
        return f"<{name.localname}> must not have a namespace (xmlns)"
    return f'<{name.localname}> must have the attribute xmlns="{rules.namespace}"'


def load(
    data: bytes, file: str, rules: etree.XMLSchema, *, keep_comments: bool = False
) -> etree._Element:
    """Parse and check against a schema.

    Raises:
        ConfigurationError: with every problem found.
    """
    root = parse(data, file, keep_comments=keep_comments)
    refuse(file, problems(root, rules, file))
    return root


def refuse(file: str, found: Iterable[Problem]) -> None:
    """Raise what was found, if any of it is an error.

    Raises:
        ConfigurationError: with every problem found, warnings included.
    """
    listed = sorted(found)
    if any(problem.severity == "error" for problem in listed):
        raise ConfigurationError.of(file, listed)


def line(element: etree._Element) -> int:
    """The line an element starts on."""
    return element.sourceline or 0


class SettingsReader:
    """Attributes of the elements below a settings file's root, with the problems found in them.

    Args:
        root: the root element.
        file: its name, for problems.

    Attributes:
        problems: what is wrong, so far.
    """

    def __init__(self, root: etree._Element, file: str) -> None:
        self._root = root
        self._file = file
        self._space = str(root.tag).partition("}")[0] + "}"
        self.problems: list[Problem] = []

    def text(self, element: str, attribute: str, default: str) -> str:
        """An attribute's value, or the default where it or its element is absent."""
        found = self._root.find(self._space + element)
        return default if found is None else found.get(attribute, default).strip()

    def folder(self, element: str) -> Path | None:
        """The folder an element's attribute `directory` names, relative to the file; None without one."""
        named = self.text(element, "directory", "")
        return Path(self._file).parent / named if named else None

    def each(self, parent: str, child: str) -> Iterator[etree._Element]:
        """The children of one name in the elements of another."""
        for group in self._root.iterchildren(self._space + parent):
            yield from group.iterchildren(self._space + child)

    def wrong(self, element: str | etree._Element, problem: ValueError) -> None:
        """Note a problem, with the line of its element."""
        found = self._root.find(self._space + element) if isinstance(element, str) else element
        self.problems.append(Problem(self._file, 0 if found is None else line(found), str(problem)))


def _syntax(problem: Exception, reader: etree.XMLParser, file: str) -> list[Problem]:
    if isinstance(problem, etree.XMLSyntaxError):
        # The parser's own log: the exception's also holds what was wrong with earlier documents.
        log = [Problem(file, entry.line, entry.message) for entry in reader.error_log]
        # The first is the cause: the parser says again at each later tag that one was not closed.
        return log[:1] or [Problem(file, problem.lineno or 0, str(problem.msg))]
    return [Problem(file, 0, str(problem))]


_NAMESPACE: Final = re.compile(r"(?<=['( ])\{[^{}'\s]*:[^{}'\s]*\}(?=[^\W\d]|\*)")


def _plain(message: str) -> str:
    """libxml2's message without the namespaces in braces that precede names.

    Other braces are a part of a pattern, or of a value.
    """
    return _NAMESPACE.sub("", message)


def _meant(message: str, declared: Mapping[str, Sequence[str]]) -> str:
    """A suggestion for a misspelled name, to follow the message."""
    unknown = UNKNOWN.match(message)
    if unknown is None:
        return ""
    kind, name = unknown.groups()
    near = nearest(name, declared.get(kind, ()))
    return f" Did you mean {near}?" if near not in {"", name} else ""
