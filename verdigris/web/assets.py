"""The files of pages, served under a name that changes when one of them does.

A page names its files `/assets/REVISION/...`. Browsers keep them for ever: after an upgrade the revision, and so
every address, is another. All folders have one revision, so that modules import each other by relative paths.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final


ASSETS: Final = "/assets/"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""Content-Security-Policy: our own files and addresses, no script within a page, no text that becomes markup."""

TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of pages."""

    content: bytes
    media_type: str


class Assets:
    """The files of some folders.

    Args:
        folders: by the name that begins their addresses.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders

    def __repr__(self) -> str:
        return f"<Assets {self.revision} of {', '.join(self._folders)}>"

    def path(self, name: str) -> str:
        """The address of a file, such as "kit/table.js"."""
        return f"{ASSETS}{self.revision}/{name}"

    def get(self, path: str) -> Asset | None:
        """The file at an address; None if there is none, or of another revision."""
        revision, _, name = path.removeprefix(ASSETS).partition("/")
        return self.files.get(name) if revision == self.revision else None

    @cached_property
    def files(self) -> Mapping[str, Asset]:
        """Every file, by its name. They are read once: a page in use keeps the files it began with."""
        return {
            f"{prefix}/{path.name}": Asset(path.read_bytes(), TYPES[path.suffix])
            for prefix, folder in self._folders.items()
            for path in sorted(folder.glob("*"))
            if path.suffix in TYPES
        }

    @cached_property
    def revision(self) -> str:
        """Of all files."""
        digest = hashlib.sha256()
        for name, asset in sorted(self.files.items()):
            digest.update(name.encode() + b"\0" + hashlib.sha256(asset.content).digest())
        return digest.hexdigest()[:16]
