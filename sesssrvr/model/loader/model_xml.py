"""A model from the files of its folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from lxml import etree

from sesssrvr.model import captured_screens
from sesssrvr.model.check import check
from sesssrvr.model.entity import EntityCapture
from sesssrvr.model.host import DEFAULT_MODELS, HostSettings, Kind
from sesssrvr.model.lint import lint
from sesssrvr.model.loader.entity_xml import entity
from sesssrvr.model.loader.table_xml import table
from sesssrvr.model.loader.xml_reader import Node
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin, find
from sesssrvr.model.variables import PREDEFINED, SECRET_SETTINGS, Setting, Variable
from verdigris.config.xmlfile import parse, problems, root_problem, schema
from verdigris.errors import ConfigurationError, Problem


MAIN: Final = "model.xml"
_ROOTS: Final[Mapping[str, str]] = {"": "model", "entities": "entity", "tables": "table"}
"""The root element of the .xml files of each folder."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that can be used, and what is worth a look."""

    model: Model
    warnings: tuple[Problem, ...] = ()


def load_model(files: Mapping[str, bytes], folder: str = "") -> Loaded:
    """Read a model.

    Args:
        files: contents by path inside the model's folder, with `/`.
        folder: put before the paths in problems.

    Raises:
        ConfigurationError: with every problem found, warnings included.
    """
    source = _Files(files, folder)
    model, origin = source.model()
    found = sorted(source.found)
    if model is not None and not source.unread:  # a missing part would be missed everywhere
        # Problems of form leave gaps that would be told again as problems of meaning: the schema's
        # sentence at a line is enough for that line.
        told = {(one.file, one.line) for one in found if one.line}
        meaning = check(model, origin).problems
        found += [one for one in meaning if (one.file, one.line) not in told]
        if not any(one.severity == "error" for one in found):
            found += lint(model).problems
    if model is None or any(one.severity == "error" for one in found):
        raise ConfigurationError.of(source.name(MAIN), sorted(found))
    return Loaded(model, tuple(sorted(found)))


def host_of(files: Mapping[str, bytes], folder: str = "") -> HostSettings:
    """The host settings of a model whose other parts may not be there yet.

    Raises:
        ConfigurationError: model.xml cannot be read.
    """
    name = f"{folder}/{MAIN}" if folder else MAIN
    main = Node(parse(files.get(MAIN, b""), name), name)
    return _host(main.child("host"))


class _Files:
    """The files of a model, read one by one.

    Attributes:
        found: problems so far.
        unread: a file could not be read at all.
    """

    def __init__(self, files: Mapping[str, bytes], folder: str) -> None:
        self._folder = folder.rstrip("/")
        self._files = files
        self.found: list[Problem] = []
        self.unread = False

    def name(self, path: str) -> str:
        """A path as problems tell it."""
        return f"{self._folder}/{path}" if self._folder else path

    def model(self) -> tuple[Model | None, Origin]:
        """The model as far as it can be read."""
        nodes: dict[str, list[Node]] = {"model": [], "entity": [], "table": []}
        for path in sorted(self._files):
            node = self._xml(path)
            if node is not None:
                nodes[node.tag].append(node)
        if not nodes["model"]:
            if not self.found:
                self.found.append(Problem(self.name(MAIN), 0, "there is no such file"))
            return None, Origin(self.name(MAIN))
        main = nodes["model"][0]
        entities = [*main.children("entity"), *nodes["entity"]]
        tables = [*main.children("table"), *nodes["table"]]
        return self._made(main, entities, tables), main.origin

    def _made(self, main: Node, entities: list[Node], tables: list[Node]) -> Model:
        host = _host(main.child("host"))
        captures = self._captures({one.name() for one in entities}, host.type)
        return Model(
            name=main.name(),
            home=main.name("home"),
            host=host,
            variables=_variables(main.child("variables")),
            entities=tuple(
                entity(one, captures.get(one.name().casefold(), [])) for one in entities
            ),
            tables=tuple(table(one) for one in tables),
            namespace=main.text("namespace"),
            description=main.text("description"),
        )

    def _xml(self, path: str) -> Node | None:
        where = PurePosixPath(path)
        parent = "" if str(where.parent) == "." else str(where.parent)
        if parent == "screens" and where.suffix == ".txt":
            return None
        if where.suffix != ".xml" or parent not in _ROOTS or (not parent and path != MAIN):
            message = "is not part of a model and is left out"
            self.found.append(Problem(self.name(path), 0, message, "warning"))
            return None
        root = self._root(path)
        if root is None:
            return None
        node = Node(root, self.name(path))
        if node.tag != _ROOTS[parent]:
            there = parent or "the model's folder"
            message = f"a file in {there} has the root {_ROOTS[parent]}, not {node.tag}"
            self.found.append(Problem(self.name(path), node.origin.line, message))
            return None
        return node

    def _root(self, path: str) -> etree._Element | None:
        try:
            root = parse(self._files[path], self.name(path))
        except ConfigurationError as error:
            self.found += error.problems
            self.unread = True
            return None
        rules = schema("sesssrvr.model", "model.xsd")
        self.found += problems(root, rules, self.name(path))
        if root_problem(root, rules):
            self.unread = True
            return None
        return root

    def _captures(self, names: set[str], kind: Kind) -> dict[str, list[EntityCapture]]:
        """Captured screens by entity: the part of the file's name before the first point."""
        folded = {name.casefold() for name in names}
        captures: dict[str, list[EntityCapture]] = {}
        for path in sorted(self._files):
            where = PurePosixPath(path)
            if str(where.parent) != "screens" or where.suffix != ".txt":
                continue
            owner = where.name.split(".")[0].casefold()
            screen, wrong = captured_screens.read(self._files[path], self.name(path), kind)
            self.found += wrong
            if owner not in folded and not self.unread:
                message = f"there is no entity {where.name.split('.')[0]}"
                self.found.append(Problem(self.name(path), 0, message, "warning"))
            elif screen is not None:
                captures.setdefault(owner, []).append(EntityCapture(self.name(path), screen))
        return captures


def _host(node: Node | None) -> HostSettings:
    if node is None:
        return HostSettings()
    kinds: tuple[Kind, ...] = ("3270", "5250", "VT")
    kind = node.choice("type", kinds)
    options = tuple((one.name(), one.text("value")) for one in node.children("option"))
    ssh = ("protocol", "ssh") in options
    return HostSettings(
        type=kind,
        model=node.text("model", DEFAULT_MODELS[kind]),
        codepage=node.text("codepage", "037"),
        host=node.text("host"),
        port=node.whole("port", 22 if ssh else 23),
        lu=node.text("lu"),
        tls=node.flag("tls"),
        tn3270e=node.flag("tn3270e", default=True),
        connect_timeout=node.seconds("connect-timeout", 30.0),
        options=options,
        origin=node.origin,
    )


def _variables(node: Node | None) -> tuple[Variable, ...]:
    """The predefined ones, as redefined, and then the model's own."""
    own = [_variable(one) for one in node.children("variable")] if node else []
    predefined = tuple(find(own, one.name) or one for one in PREDEFINED)
    return predefined + tuple(one for one in own if find(PREDEFINED, one.name) is None)


def _variable(node: Node) -> Variable:
    base = find(PREDEFINED, node.name()) or Variable(node.name())
    settings: tuple[Setting, ...] = (
        "",
        "host-user",
        "host-password",
        "terminal-id",
        "device-name",
        "ssh-private-key",
        "ssh-public-key",
        "ssh-passphrase",
    )
    setting = node.choice("setting", settings)
    return Variable(
        name=node.name(),
        value=node.text("value", base.value),
        description=node.text("description", base.description),
        read=node.flag("read", default=base.read),
        write=node.flag("write", default=base.write),
        hidden=node.flag("hidden", default=base.hidden),
        secret=node.flag("secret", default=base.secret or setting in SECRET_SETTINGS),
        initialize=node.flag("initialize", default=base.initialize),
        setting=setting,
        origin=node.origin,
    )
