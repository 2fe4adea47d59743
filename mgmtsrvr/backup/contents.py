"""What a backup of a management server has in it: everything that makes another one of its machine.

Law (tests/verdigris/cli/test_backup.py): what is secret is in it only if the backup is sealed. Keys
of tokens and the certificate of the server itself are never in it: a restored server has new ones.
What runs goes on: documents are read whole, logs up to a record that is complete.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from mgmtsrvr.backup.archive import LARGEST, Stored
from mgmtsrvr.backup.documents import USERS, Documents
from mgmtsrvr.deployments.package_folder import NAMED, PACKAGES
from mgmtsrvr.store import DocumentVersion
from verdigris.config import users
from verdigris.config.directories import LdapSettings
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.config.watch import read_file
from verdigris.errors import ConfigurationError


AUTHORITY: Final = "authority"
AUDIT: Final = "audit"
VERSIONS: Final = "installation.xml.versions"
SETTINGS: Final = "settings"
"""The folder of settings of other parts, in a backup."""

KEY_FILE: Final = "key.pem"


@dataclass(slots=True)
class Contents:
    """What goes into a backup.

    Attributes:
        files: by their paths in a management server's folder.
        left_out: what is not in it and is needed, for the person who makes it.
    """

    files: list[Stored] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def contents_of(
    settings: Path,
    config: ManagementConfig,
    documents: Documents,
    others: Sequence[Path] = (),
    *,
    keys: bool,
) -> Contents:
    """What a backup of a management server has in it.

    Args:
        settings: its settings file.
        config: what that says.
        documents: of its store.
        others: settings files of other parts on this machine.
        keys: whether what is secret may be in it.

    Raises:
        ConfigurationError: a file cannot be read, or the users cannot be used.
    """
    folder = config.installation.parent
    made = Contents()
    made.files = [
        Stored.of("mgmtsrvr.xml", read_file(settings)),
        Stored.of("installation.xml", documents.installation),
        *([Stored.of(USERS, documents.users)] if documents.users else ()),
        *_versions(documents.versions),
        *_authority(config.authority, keys=keys),
        *_audit(folder / AUDIT),
        *(Stored.of(f"{SETTINGS}/{it.parent.name}/{it.name}", read_file(it)) for it in others),
    ]
    _add_named_files(made, folder, config, documents.users, keys=keys)
    _add_packages(made, folder, documents.installation, keys=keys)
    return made


def _add_packages(made: Contents, folder: Path, installation: bytes, *, keys: bool) -> None:
    """Add the packages that the installation names: they hold accounts, as keys are secret."""
    for digest in sorted({it.decode() for it in NAMED.findall(installation)}):
        name = f"{PACKAGES}/{digest}.zip"
        if not keys:
            made.left_out.append(f"{name} may hold accounts")
            continue
        try:
            made.files.append(Stored.of(name, read_file(folder / name, LARGEST)))
        except ConfigurationError as problem:
            made.left_out.append(str(problem))


def _versions(versions: Sequence[DocumentVersion]) -> Iterator[Stored]:
    """The versions, named as a store in files does."""
    for number, version in enumerate(versions):
        stamp = version.time.replace("-", "").replace(":", "") or f"00000000T00000{number % 10}Z"
        stem = f"{VERSIONS}/{_precise(stamp)}-{version.revision[:12]}"
        yield Stored.of(f"{stem}.json", msgspec.json.encode(version.note))
        yield Stored.of(f"{stem}.xml", version.data)


def _authority(folder: Path, *, keys: bool) -> Iterator[Stored]:
    for path in sorted(folder.rglob("*.pem")):
        if keys or path.name != KEY_FILE:
            yield Stored.of(f"{AUTHORITY}/{path.relative_to(folder).as_posix()}", read_file(path))


def _audit(folder: Path) -> Iterator[Stored]:
    """The files of the audit log up to their last whole record: more may come meanwhile."""
    for path in sorted(folder.glob("*.jsonl")):
        size = read_file(path, LARGEST).rfind(b"\n") + 1
        yield Stored(f"{AUDIT}/{path.name}", size, partial(_beginning, path, size))


def _beginning(path: Path, size: int) -> bytes:
    return read_file(path, LARGEST)[:size]


def _add_named_files(
    made: Contents, folder: Path, config: ManagementConfig, data: bytes, *, keys: bool
) -> None:
    """Add the files that the settings and the users name, where they are in the server's folder."""
    etcd = config.store.etcd
    secret = {etcd.key, etcd.password_file} if etcd else set()
    named = {etcd.certificate, etcd.authorities} if etcd else set()
    directories = users.parse(data, str(folder / USERS)).directories if data else ()
    for directory in directories:
        named.add(directory.ca_file)
        if isinstance(directory, LdapSettings):
            secret.add(directory.bind_password_file)
    have = {it.name for it in made.files}
    for path in sorted(it for it in named | secret if it is not None):
        if not path.resolve().is_relative_to(folder.resolve()):
            made.left_out.append(f"{path} is not in the folder of the management server")
            continue
        name = path.relative_to(folder).as_posix()
        if path in secret and not keys:
            made.left_out.append(f"{name} is secret")
        elif name not in have:
            try:
                made.files.append(Stored.of(name, read_file(path)))
            except ConfigurationError as problem:
                made.left_out.append(str(problem))


def _precise(stamp: str) -> str:
    """A time as the names of versions have it: with microseconds."""
    whole, dot, rest = stamp.rstrip("Z").partition(".")
    return f"{whole}.{(rest if dot else '')[:6]:0<6}Z"
