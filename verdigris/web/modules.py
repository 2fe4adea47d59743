"""The JavaScript modules of others that pages use: pinned by name, version and hash, fetched, not committed.

    python -m verdigris.web.modules [LOCK FOLDER]

Takes the files that `modules.json` names out of the packages of npm's registry, or of the one that
`npm_config_registry` names, into the folder `vendor`. No Node.js is needed. `scripts/env` calls it.

Imports of other packages by name ("bare specifiers") are rewritten to files beside: browsers resolve them only
with an import map, which is a script within the page and so refused by the page's policy.

Why these modules and no others: docs/decisions/0290-console.md.
"""

import base64
import hashlib
import io
import os
import re
import shutil
import sys
import tarfile
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec


HERE: Final = Path(__file__).parent
LOCK: Final = HERE / "modules.json"
VENDOR: Final = HERE / "vendor"
KIT: Final = HERE / "kit"
"""Our own files, which import those of `vendor`."""

STAMP: Final = "modules.json"
"""A copy of the lock in the folder, written last: it tells that the folder is whole, and of which versions."""

REGISTRY: Final = "https://registry.npmjs.org"
REGISTRY_VARIABLE: Final = "npm_config_registry"
"""As npm reads it."""

SECONDS: Final = 60
LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a package."""

_IMPORT: Final = re.compile(r"""((?:\bfrom|\bimport)\s*)(["'])(?!\.{0,2}/)([^"']+)\2""")


class Module(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package of npm.

    Attributes:
        url: of the package, below the registry.
        integrity: "sha512-" and the base64 of its hash, as npm writes it.
        files: the name in `vendor`, by the path in the package.
    """

    name: str
    version: str
    licence: str
    url: str
    integrity: str
    files: dict[str, str]


class NotTheModule(Exception):
    """What was fetched is not what the lock names."""


def locked(text: bytes) -> list[Module]:
    """The modules of a lock."""
    return msgspec.json.decode(text, type=list[Module])


def are_installed(lock: Path = LOCK, folder: Path = VENDOR) -> bool:
    """Whether the modules of a lock are in a folder, in its versions."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_bytes() == lock.read_bytes()


def missing_modules() -> str:
    """What to do so that pages work; "" if they do."""
    if are_installed():
        return ""
    return f"the pages' modules are not installed: run {sys.executable} -m verdigris.web.modules"


def unpack(module: Module, package: bytes, names: Mapping[str, str]) -> dict[str, bytes]:
    """The wanted files of a package, by their name in `vendor`.

    Args:
        module: what is wanted.
        package: the package, as the registry gives it.
        names: the file in `vendor` for each import by name.

    Raises:
        NotTheModule: its hash is another, or a file is missing.
    """
    digest = base64.b64encode(hashlib.sha512(package).digest()).decode()
    if f"sha512-{digest}" != module.integrity:
        raise NotTheModule(f"{module.name} {module.version} is not the package of the lock")
    found = {}
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        for path, name in module.files.items():
            try:
                member = archive.extractfile(f"package/{path}")
            except KeyError:
                member = None
            if member is None:
                raise NotTheModule(f"{module.name} {module.version} has no {path}")
            content = member.read()
            found[name] = rewritten(content, names) if path.endswith(".mjs") else content
    return found


def rewritten(source: bytes, names: Mapping[str, str]) -> bytes:
    """A module whose imports by name are imports of files beside it.

    Raises:
        NotTheModule: it imports something that is not there.
    """

    def beside(found: re.Match[str]) -> str:
        keyword, quote, name = found.groups()
        if name not in names:
            raise NotTheModule(f"a module imports {name!r}, which modules.json does not have")
        return f"{keyword}{quote}./{names[name]}{quote}"

    lines = _IMPORT.sub(beside, source.decode()).splitlines()
    return "\n".join(it for it in lines if not it.startswith("//# sourceMappingURL")).encode()


def importable(modules: list[Module]) -> dict[str, str]:
    """The file in `vendor` by what others write to import it: the package, or a folder of it."""
    found = {}
    for module in modules:
        for path, name in module.files.items():
            if path.endswith(".mjs"):
                folder = path.partition("dist/")[0].strip("/")
                found["/".join(filter(None, (module.name, folder)))] = name
    return found


def install(lock: Path = LOCK, folder: Path = VENDOR) -> None:
    """Fetch all modules into a folder, which is replaced when they are all there.

    Raises:
        NotTheModule: something else was fetched.
        OSError: the registry cannot be reached, or the folder not be written.
    """
    text = lock.read_bytes()
    modules = locked(text)
    names = importable(modules)
    registry = os.environ.get(REGISTRY_VARIABLE, REGISTRY).rstrip("/")
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".vendor-"))
    try:
        for module in modules:
            package = _fetched(f"{registry}/{module.url}")
            for name, content in unpack(module, package, names).items():
                (made / name).write_bytes(content)
        (made / STAMP).write_bytes(text)
        made.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - the registry's, and the hash is checked
        content: bytes = answer.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NotTheModule(f"{url} is larger than {LARGEST} bytes")
    return content


def main(arguments: Sequence[str]) -> int:
    """Install the modules of a lock into a folder, unless they are there."""
    lock, folder = map(Path, arguments) if arguments else (LOCK, VENDOR)
    if are_installed(lock, folder):
        return 0
    try:
        install(lock, folder)
    except (OSError, NotTheModule) as problem:
        sys.stderr.write(
            f"The modules of {lock} were not fetched: {problem}. "
            "Everything else works; the next run tries again.\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
