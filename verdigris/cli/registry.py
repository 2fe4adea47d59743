"""What an application registers for the `verdigris` command: commands, and files it can check.

An entry names its object as "module:attribute", in the application's own package, and is imported
only when needed, so that `verdigris errors` does not pay for the rest (decision 0251).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Protocol

import click

from verdigris.errors import Problem


@dataclass(frozen=True, slots=True)
class Command:
    """A command, loaded by name.

    Attributes:
        name: of the command on the command line.
        target: "module:attribute" of the click command.
    """

    name: str
    target: str

    def load(self) -> click.Command:
        """The click command; its module is imported now."""
        found = resolve_name(self.target)
        assert isinstance(found, click.Command)  # noqa: S101 - a registration that is wrong is our own mistake
        return found


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of file that is one XML document.

    Attributes:
        what: the noun printed by `check`, such as "gateway".
        pattern: of its usual file name.
        root: its root element.
        loader: "module:function"; the function takes (bytes, file name) and raises
            `ConfigurationError`.
        sampler: "module:function"; the function returns a commented file to start from.
    """

    what: str
    pattern: str
    root: str
    loader: str
    sampler: str

    def load(self) -> Callable[[bytes, str], Any]:
        """The loader; its module is imported now."""
        found: Callable[[bytes, str], Any] = resolve_name(self.loader)
        return found

    @property
    def file(self) -> str:
        """The usual file name, such as plugin-cfg.xml."""
        return self.pattern.replace("*", "")

    def sample(self) -> str:
        """A commented file to start from; its module is imported now."""
        text: str = resolve_name(self.sampler)()
        return text


class ModelFiles(Protocol):
    """What `check` needs to know of model folders and packages."""

    def is_model_folder(self, path: Path) -> bool:
        """Whether a folder holds a model."""

    def folder_problems(self, folder: Path) -> Sequence[Problem]:
        """Everything wrong with a model folder, warnings included."""

    def readings(self, path: Path) -> Sequence[str]:
        """What the model reads from its captured screens, as lines; none if it cannot be used."""

    def package_problems(self, path: Path) -> Sequence[Problem]:
        """Everything wrong with a package file, warnings included."""

    def accounts(self, path: Path) -> tuple[str, Mapping[tuple[str, str], str]]:
        """The model's name, and the accounts of its lists by host and case-folded user; never a secret."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The files that `verdigris check` knows.

    Attributes:
        documents: kinds of XML documents.
        models: name of the module that is a `ModelFiles`.
    """

    documents: tuple[DocumentKind, ...]
    models: str

    def model_files(self) -> ModelFiles:
        """The module for models; it is imported now."""
        found: ModelFiles = resolve_name(self.models)
        return found
