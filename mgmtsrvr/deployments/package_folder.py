"""The model packages that a management server keeps, by their SHA-256.

Law (tests/mgmtsrvr/deployments/test_package_folder.py): what is read is what was named, or nothing. The folder never
holds more than its limit; what no version of the installation names goes after an hour, or when
there is no room. Packages hold sign-on accounts: nobody else may read them.
"""

import re
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Final

from verdigris.config.atomic import write_file
from verdigris.errors import CannotWrite


PACKAGES: Final = "packages"
"""The name of the folder, beside the installation."""

NAMED: Final = re.compile(rb"""(?:package|previous)\s*=\s*["']([0-9a-f]{64})["']""")
"""What a version of the installation names. Versions are searched as text, since they are many."""

LIMIT: Final = 2 * 1024**3
"""Bytes of all packages: 20 versions of a hundred models of 1 MB."""

UNNAMED: Final = 3600.0
"""Seconds that a package is kept which no version names: it may be about to be named."""


class PackageFolder:
    """A folder of packages. Its methods take long, and belong in a thread.

    Args:
        folder: made with the first package.
        limit: bytes of all packages.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._folder = folder
        self._limit = limit
        self._named: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<PackageFolder {self._folder}>"

    def read(self, digest: str) -> bytes | None:
        """A package; None if it is not here, or is damaged."""
        try:
            data = self._path(digest).read_bytes()
        except OSError:
            return None
        return data if sha256(data).hexdigest() == digest else None

    def has(self, digest: str) -> bool:
        """Whether a package is here."""
        return self._path(digest).exists()

    def put(self, data: bytes) -> str:
        """Keep a package; returns its SHA-256.

        Raises:
            CannotWrite: and then nothing has changed.
        """
        digest = sha256(data).hexdigest()
        if self.read(digest) is None:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._make_room(len(data))
            except OSError as problem:
                raise CannotWrite(file=self._folder, reason=problem.strerror or problem) from None
            write_file(self._path(digest), data)
        return digest

    def collect(self, named: Collection[str], now: float) -> None:
        """Remove what no version of the installation names, unless it is new.

        Args:
            named: by some version.
            now: seconds since 1970.
        """
        self._named = frozenset(named)
        for path in self._folder.glob("*"):
            try:
                if path.stem not in self._named and path.stat().st_mtime < now - UNNAMED:
                    path.unlink()
            except OSError:
                continue  # another look follows

    def _make_room(self, wanted: int) -> None:
        """Remove packages that no version names, the oldest first, until there is room.

        Raises:
            CannotWrite: there is none.
        """
        files = sorted(
            (found.st_mtime, found.st_size, path)
            for path in self._folder.glob("*.zip")
            for found in (path.stat(),)
        )
        total = sum(size for _, size, _ in files) + wanted
        for _, size, path in files:
            if total > self._limit and path.stem not in self._named:
                path.unlink()
                total -= size
        if total > self._limit:
            reason = f"the packages of all versions have more than {self._limit:,} bytes"
            raise CannotWrite(file=self._folder, reason=reason)

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.zip"
