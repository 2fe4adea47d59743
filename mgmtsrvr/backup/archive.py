"""The file of a backup: a gzip'd tar whose first member says what the others are, sealed or not.

Law (tests/mgmtsrvr/backup/test_archive.py): a file is believed nothing. Its members have to be those
that the manifest lists, in this order, with these sizes and digests; names lead nowhere but below
the folder that they are written to; sizes are limited before anything is read. `tar` reads it too.
"""

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from mgmtsrvr.backup.sealed import MAGIC, Broken, OpeningReader, SealingWriter
from verdigris.errors import BadBackup, PassphraseWrong


FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
BLOCK: Final = tarfile.BLOCKSIZE
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of one file: a model package has 32 MiB at most, a file of the audit log 16."""
MOST: Final = 20_000
"""Files."""
LARGEST_MANIFEST: Final = 8 * 1024 * 1024
TOTAL: Final = 16 * 1024**3
"""Bytes of all files."""

_NAME: Final = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}/){0,5}[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}\Z"
)
"""A path of ours: no part is empty, begins with a dot, or has another separator."""


class Listed(msgspec.Struct, frozen=True):
    """A file in a backup: its path in a management server's folder, and what it has to be."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is.

    Attributes:
        format: of the file.
        product: the version that made it.
        installation: its id.
        server: the management server that it was made of.
        time: when, UTC, ISO 8601.
        keys: whether private keys and passwords of directories are in it.
        files: in their order.
    """

    format: int
    product: str
    installation: str
    server: str
    time: str
    keys: bool
    files: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """A file that goes into a backup.

    Attributes:
        name: its path there.
        size: bytes.
        read: gives them.
    """

    name: str
    size: int
    read: Callable[[], bytes]

    @classmethod
    def of(cls, name: str, data: bytes) -> "Stored":
        """A file whose content is at hand."""
        return cls(name, len(data), lambda: data)

    def __repr__(self) -> str:
        return f"<Stored {self.name} [{self.size}]>"


def write_backup(
    file: BinaryIO,
    files: Sequence[Stored],
    describe: Callable[[tuple[Listed, ...]], Manifest],
    passphrase: str | None,
) -> Manifest:
    """Write a backup.

    Args:
        file: takes it.
        files: what is in it.
        describe: makes the manifest of the files.
        passphrase: seals it; None writes it readable.

    Raises:
        OSError: it cannot be written.
    """
    manifest = describe(tuple(_listed(files)))
    with ExitStack() as closing:
        to: BinaryIO | SealingWriter = file
        if passphrase is not None:
            to = closing.enter_context(SealingWriter(file, passphrase))
        packed = closing.enter_context(gzip.GzipFile("", "wb", fileobj=to, mtime=0))
        _add(packed, MANIFEST, msgspec.json.encode(manifest))
        for stored in files:
            _add(packed, stored.name, stored.read())
        packed.write(bytes(2 * BLOCK))
    return manifest


def _listed(files: Iterable[Stored]) -> Iterator[Listed]:
    for stored in files:
        yield Listed(stored.name, stored.size, sha256(stored.read()).hexdigest())


def _add(packed: gzip.GzipFile, name: str, data: bytes) -> None:
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(data), 0o600
    packed.write(header.tobuf(tarfile.USTAR_FORMAT))
    packed.write(data + bytes(-len(data) % BLOCK))


def is_sealed(path: Path) -> bool:
    """Whether a backup needs a passphrase."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@contextmanager
def read_backup(
    path: Path, passphrase: str | None
) -> Iterator[tuple[Manifest, Iterator[tuple[str, bytes]]]]:
    """The manifest of a backup, and its files one after the other; each is right when it is given.

    Args:
        path: of the backup.
        passphrase: None for one that is not sealed.

    Raises:
        BadBackup: it is not what it says, at the latest when the last file was taken.
        PassphraseWrong: it cannot be opened with this one.
        OSError: it cannot be read.
    """
    name = str(path)
    with path.open("rb") as file, _judged(name):
        start = file.read(len(MAGIC))
        source: BinaryIO = file
        if start == MAGIC:
            if passphrase is None:
                raise PassphraseWrong(file=name)
            opened = OpeningReader(file, passphrase)
            source = io.BufferedReader(opened)
        else:
            file.seek(0)
        packed = gzip.GzipFile(fileobj=source)
        manifest = _manifest(packed)
        yield manifest, _files(packed, manifest, name)


@contextmanager
def _judged(file: str) -> Iterator[None]:
    """What is wrong with a backup, in words."""
    try:
        yield
    except Broken as problem:
        if problem.first:
            raise PassphraseWrong(file=file) from None
        raise BadBackup(file=file, reason=str(problem)) from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise BadBackup(file=file, reason="it is damaged, or not a backup at all") from None
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise BadBackup(file=file, reason="a header in it is damaged") from None
    except _Wrong as problem:
        raise BadBackup(file=file, reason=str(problem)) from None


class _Wrong(ValueError):
    """A backup is not as it has to be; the message says how."""


def _manifest(packed: gzip.GzipFile) -> Manifest:
    header = _header(packed)
    if header.name != MANIFEST or not 0 < header.size <= LARGEST_MANIFEST:
        raise _Wrong("it does not begin with a manifest")
    try:
        manifest = msgspec.json.decode(_content(packed, header.size), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise _Wrong(f"its manifest cannot be read: {problem}") from None
    if manifest.format != FORMAT:
        raise _Wrong(f"it has format {manifest.format}, and this version reads format {FORMAT}")
    if len(manifest.files) > MOST:
        raise _Wrong(f"it lists {len(manifest.files)} files, and {MOST} is the limit")
    known: set[str] = set()
    for listed in manifest.files:
        if not _NAME.match(listed.name) or listed.name == MANIFEST:
            raise _Wrong(f"{listed.name!r:.100} is not a name of a file in a backup")
        if listed.name.lower() in known:
            raise _Wrong(f"{listed.name} is in it twice")
        known.add(listed.name.lower())
        if not 0 <= listed.size <= LARGEST:
            raise _Wrong(f"{listed.name} has {listed.size} bytes, and {LARGEST} is the limit")
    if clash := next((it for it in known for up in _above(it) if up in known), None):
        raise _Wrong(f"{clash} is in a folder that is a file")
    if sum(listed.size for listed in manifest.files) > TOTAL:
        raise _Wrong(f"its files have more than {TOTAL} bytes")
    return manifest


def _above(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _files(packed: gzip.GzipFile, manifest: Manifest, file: str) -> Iterator[tuple[str, bytes]]:
    with _judged(file):
        for listed in manifest.files:
            header = _header(packed)
            if (header.name, header.size) != (listed.name, listed.size):
                raise _Wrong(f"it has {header.name!r:.100} where its manifest lists {listed.name}")
            data = _content(packed, listed.size)
            if sha256(data).hexdigest() != listed.sha256:
                raise _Wrong(f"{listed.name} is not the file that its manifest lists")
            yield listed.name, data
        if any(packed.read(2 * BLOCK)) or packed.read(1):
            raise _Wrong("it has more than its manifest lists")


def _header(packed: gzip.GzipFile) -> tarfile.TarInfo:
    """The next member; one block, so that a header cannot be larger than that."""
    block = packed.read(BLOCK)
    if len(block) < BLOCK or not any(block):
        raise _Wrong("it ends too early")
    header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    if not header.isreg():
        raise _Wrong(f"{header.name!r:.100} is not an ordinary file")
    return header


def _content(packed: gzip.GzipFile, size: int) -> bytes:
    data = packed.read(size)
    if len(data) < size or len(packed.read(-size % BLOCK)) < -size % BLOCK:
        raise _Wrong("it ends too early")
    return data
