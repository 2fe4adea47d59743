"""The documents of a store, read by a command while management servers run."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mgmtsrvr.store import DocumentVersion
from mgmtsrvr.store.opening import Stores
from mgmtsrvr.store.versions import Versions
from verdigris.config import installation, users
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.config.watch import read_file
from verdigris.errors import StoreUnavailable, VerdigrisError


USERS: Final = "users.xml"
"""The users, beside the installation file."""


@dataclass(frozen=True, slots=True, repr=False)
class Documents:
    """What a store holds.

    Attributes:
        installation: the document in force.
        users: likewise; empty for an installation without logins.
        versions: of the installation, oldest first.
        problem: why they are those of the local copy; "" if they are the store's.
    """

    installation: bytes
    users: bytes = b""
    versions: tuple[DocumentVersion, ...] = ()
    problem: str = ""


def in_files(config: ManagementConfig) -> Documents:
    """The documents of a store in files.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    file = config.installation
    kept = Versions(file.with_name(file.name + ".versions"), config.keep_versions)
    return Documents(read_file(file), _read_if_there(file.with_name(USERS)), kept.all())


async def in_etcd(config: ManagementConfig, reactor: Any) -> Documents:
    """The documents of a store in etcd; while it does not answer, those of the copies on this machine.

    Raises:
        ConfigurationError: a copy cannot be read.
        VerdigrisError: what else keeps the store from being read.
    """
    file = config.installation
    checks: dict[str, Callable[[bytes], object]] = {
        "installation": lambda data: installation.parse(data, file.name),
        "users": lambda data: users.parse(data, USERS),
    }
    with tempfile.TemporaryDirectory() as nowhere:  # so that the copies are not touched
        stores = Stores(config.store, reactor, keep=config.keep_versions)
        opened = {
            name: stores.document(name, Path(nowhere) / f"{name}.xml", check)
            for name, check in checks.items()
        }
        try:
            found = await opened["installation"].load()
            versions = await opened["installation"].versions()
        except StoreUnavailable as problem:
            said = str(problem)
            copies = (_copy(file), _copy(file.with_name(USERS)))
            return Documents(read_file(copies[0]), _read_if_there(copies[1]), (), said)
        try:
            people = (await opened["users"].load()).data
        except VerdigrisError:
            if _copy(file.with_name(USERS)).exists():
                raise
            people = b""  # an installation without logins
    return Documents(found.data, people, versions)


def _copy(file: Path) -> Path:
    return file.with_name(file.name + ".copy")


def _read_if_there(file: Path) -> bytes:
    return read_file(file) if file.exists() else b""
