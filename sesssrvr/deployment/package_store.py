"""The packages a session server keeps on its disk.

A package is on disk completely or not at all; the old one stays until the new one is safe.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from verdigris.config.atomic import write_file
from verdigris.errors import CannotWrite


UNDEPLOYED: Final = ".undeployed"
"""Suffix of the file with the SHA-256 of a package that was undeployed."""

FOLLOWS: Final = ".follows"
"""Suffix of the empty file beside a package that follows the installation."""


class PackageStore:
    """A folder with one package per model, and the descriptors of those that came without.

    Args:
        folder: made when it is not there.

    Raises:
        CannotWrite: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise CannotWrite(file=folder, reason=problem.strerror or problem) from None

    def __repr__(self) -> str:
        return f"<PackageStore {self._folder}>"

    def models(self) -> Iterator[str]:
        """Names of the models that have a package, in order."""
        suffix = ".zip"
        names = sorted(path.name for path in self._folder.glob(f"*{suffix}"))
        return (name.removesuffix(suffix) for name in names)

    def package(self, model: str) -> bytes:
        """The package of a model."""
        return self._path(model).read_bytes()

    def descriptor(self, model: str) -> bytes | None:
        """The latest package of the model that had a descriptor, if it is not the current one."""
        path = self._path(model, ".descriptor")
        return path.read_bytes() if path.exists() else None

    def deployed(self, model: str) -> str:
        """When the model was deployed, as a date and time (VHI ModelVersionString)."""
        moment = datetime.fromtimestamp(self._path(model).stat().st_mtime, UTC)
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

    def follows(self, model: str) -> bool:
        """Whether the model follows the installation; one that is deployed by hand does not."""
        return self._path(model, FOLLOWS).exists()

    def set_follows(self, model: str, *, follows: bool) -> None:
        """Keep whether the model follows the installation.

        Raises:
            CannotWrite: it cannot be kept.
        """
        mark = self._path(model, FOLLOWS)
        if follows and not mark.exists():
            write_file(mark, b"")
        elif not follows:
            mark.unlink(missing_ok=True)

    def put(self, model: str, package: bytes, descriptor: bytes | None) -> None:
        """Keep a package; the descriptor is another package, whose descriptors go on to hold.

        Raises:
            CannotWrite: and then nothing has changed.
        """
        if descriptor is not None:
            write_file(self._path(model, ".descriptor"), descriptor)
        write_file(self._path(model), package)
        if descriptor is None:
            self._path(model, ".descriptor").unlink(missing_ok=True)
        self._path(model, UNDEPLOYED).unlink(missing_ok=True)

    def was_undeployed(self, model: str, package: bytes) -> bool:
        """Whether this very package of the model was taken away last, and none was put since."""
        try:
            return self._path(model, UNDEPLOYED).read_text("ascii") == sha256(package).hexdigest()
        except (OSError, ValueError):
            return False

    def remove(self, model: str) -> None:
        """Keep the package no longer; what remains is the mark that it was undeployed.

        Raises:
            CannotWrite: the folder does not let it go.
        """
        try:
            if self._path(model).exists():
                mark = sha256(self.package(model)).hexdigest()
                write_file(self._path(model, UNDEPLOYED), mark.encode())
            self._path(model).unlink(missing_ok=True)
            self._path(model, ".descriptor").unlink(missing_ok=True)
            self._path(model, FOLLOWS).unlink(missing_ok=True)
        except OSError as problem:
            raise CannotWrite(file=self._path(model), reason=problem.strerror) from None

    def _path(self, model: str, suffix: str = ".zip") -> Path:
        return self._folder / f"{model}{suffix}"
