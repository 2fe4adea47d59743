"""Model packages: a .zip of the model, its deployment descriptor and its variable lists.

    model/model.xml  model/entities/*.xml  model/tables/*.xml  model/screens/*.txt
    deploy/deploy_desc.xml  deploy/mvl_desc.xml

Pure over bytes. Nothing is unpacked to a disk, names outside these folders are refused, and
sizes are limited before anything is read. The same files give the same package, byte for byte.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from stat import S_ISLNK
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from sesssrvr.model.deployment_descriptor import DeploymentDescriptor, VariableList
from sesssrvr.model.descriptors import check_deployment, read_deployment, read_lists
from sesssrvr.model.findings import Findings
from sesssrvr.model.loader import load_model
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin, same
from sesssrvr.model.row_identity import identities
from verdigris.errors import BadPackage, ConfigurationError, Problem


DESCRIPTOR: Final = "deploy/deploy_desc.xml"
LISTS: Final = "deploy/mvl_desc.xml"
MODEL: Final = "model/"

MAX_PACKAGE: Final = 64 * 1024 * 1024
"""Bytes of a .zip: a frame of the wire, in which packages are sent (verdigris.wire.MAX_FRAME)."""

MAX_FILES: Final = 5000
"""Files: a model of 1,600 screens with an entity and two captures each."""

MAX_FILE: Final = 32 * 1024 * 1024
"""Bytes of one file, unpacked (verdigris.config.xmlfile.MAX_BYTES)."""

MAX_TOTAL: Final = 256 * 1024 * 1024
"""Bytes of all files, unpacked: a .zip may promise a thousand times its size."""

MAX_RATIO: Final = 100
"""Bytes unpacked for each byte of the .zip, once they are more than `FREE`: models have 5 to 20."""

FREE: Final = 8 * 1024 * 1024
"""Bytes unpacked whatever the .zip's size."""

MAX_TAGS: Final = 2_000_000
"""Characters `<` of all files: a model of 1,600 screens has 400,000."""


@dataclass(frozen=True, slots=True, repr=False)
class Package:
    """A package that can be used.

    Attributes:
        name: the model's name.
        deployment: None when the package has no descriptor: only the model is updated then, pools
            and lists stay as they are (product facts 5.4).
        digest: of the package's files; the same files have the same digest.
        warnings: what is worth a look.
    """

    name: str
    model: Model
    deployment: DeploymentDescriptor | None
    variable_lists: tuple[VariableList, ...]
    digest: str
    warnings: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        pools = len(self.deployment.pools) if self.deployment else 0
        lists = len(self.variable_lists)
        return f"<Package {self.name} {self.digest[:12]} [{pools} pools, {lists} lists]>"


def read_package(data: bytes, file: str = "package") -> Package:
    """Read a package.

    Args:
        data: the .zip file.
        file: its name, for problems.

    Raises:
        BadPackage: with every problem found.
    """
    return _made(unpack(data, file), file)


def build_package(files: Mapping[str, bytes], file: str = "package") -> bytes:
    """Build a package from the files of a model's folder, after checking them.

    Args:
        files: contents by path relative to the folder, with `/`, such as `model/model.xml`.
        file: the package's name, for problems.

    Raises:
        BadPackage: with every problem found.
    """
    _made(files, file)
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name in sorted(files):
            if _belongs(name):
                info = ZipInfo(name)  # its date is 1980-01-01: the same files, the same bytes
                info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
                info.create_system = 3  # Unix, whatever builds it
                archive.writestr(info, files[name])
    return out.getvalue()


def check_package(files: Mapping[str, bytes], file: str = "package") -> tuple[Problem, ...]:
    """Everything there is to say about the files of a package, warnings included."""
    try:
        return _made(files, file).warnings
    except BadPackage as error:
        return error.problems


def digest(files: Mapping[str, bytes]) -> str:
    """A digest of the files of a package, whatever it was zipped with."""
    whole = sha256()
    for name in sorted(files):
        if _belongs(name):
            whole.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return whole.hexdigest()


def _belongs(name: str) -> bool:
    return name.startswith(MODEL) or name in (DESCRIPTOR, LISTS)


# ---- from files to a package -----------------------------------------------------------------


def _made(files: Mapping[str, bytes], file: str) -> Package:
    found = Findings()
    for name in sorted(files):
        if not _belongs(name):
            found.warn(Origin(name), "is not part of a package and is left out")
    model = _model(files, found)
    deployment = None
    if DESCRIPTOR in files:
        deployment = read_deployment(files[DESCRIPTOR], DESCRIPTOR, found)
    lists = _lists(files, model, found)
    if deployment is not None:
        if model is not None and not same(deployment.model, model.name):
            found.error(
                Origin(DESCRIPTOR, 1), f"it is for model {deployment.model}, not {model.name}"
            )
        check_deployment(model, deployment, lists, found)
    problems = tuple(sorted(found.problems))
    if model is None or any(one.severity == "error" for one in problems):
        raise BadPackage.of(file, problems)
    return Package(model.name, model, deployment, lists, digest(files), problems)


def _model(files: Mapping[str, bytes], found: Findings) -> Model | None:
    inside = {name[len(MODEL) :]: data for name, data in files.items() if name.startswith(MODEL)}
    if "model.xml" not in inside:
        found.error(Origin("model/model.xml"), _where_is_it(files))
        return None
    try:
        loaded = load_model(inside, MODEL)
    except ConfigurationError as error:
        found.problems += error.problems
        return None
    found.problems += loaded.warnings
    return loaded.model


def _where_is_it(files: Mapping[str, bytes]) -> str:
    for name in sorted(files):
        if name.endswith("/model/model.xml"):
            folder = name.removesuffix("/model/model.xml")
            return f"is inside folder {folder}: package the contents of that folder"
    return "there is no such file"


def _lists(
    files: Mapping[str, bytes], model: Model | None, found: Findings
) -> tuple[VariableList, ...]:
    if LISTS not in files:
        return ()
    if DESCRIPTOR not in files:
        found.error(Origin(LISTS), f"variable lists need {DESCRIPTOR}")
    owner, lists = read_lists(files[LISTS], LISTS, found)
    if model is None:
        return lists
    if owner and not same(owner, model.name):
        found.error(Origin(LISTS, 1), f"it is for model {owner}, not {model.name}")
    return tuple(replace(one, identities=identities(one, model.variables)) for one in lists)


# ---- from a .zip to files --------------------------------------------------------------------


def unpack(data: bytes, file: str = "package") -> dict[str, bytes]:
    """The files of a .zip, by name; nothing is written anywhere.

    Raises:
        BadPackage: it is no .zip, it is damaged, a name is not safe, or a limit is passed.
    """
    if len(data) > MAX_PACKAGE:
        raise BadPackage.of(file, [Problem(file, 0, f"larger than {MAX_PACKAGE} bytes")])
    found = Findings()
    files: dict[str, bytes] = {}
    room, tags = min(MAX_TOTAL, max(FREE, MAX_RATIO * len(data))), MAX_TAGS
    try:
        with ZipFile(BytesIO(data)) as archive:
            for info in _entries(archive, file, found):
                content = files[info.filename] = _content(archive, info, room)
                room, tags = room - len(content), tags - content.count(b"<")
                if tags < 0:
                    found.error(Origin(file), f"its files have more than {MAX_TAGS // 2} elements")
                    break
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as problem:
        found.error(Origin(file), f"it is not a .zip file, or it is damaged ({problem})")
    if found.problems:
        raise BadPackage.of(file, found.problems)
    return files


def _entries(archive: ZipFile, file: str, found: Findings) -> Iterator[ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        found.error(Origin(file), f"{len(infos)} files, at most {MAX_FILES}")
        return
    seen: set[str] = set()
    for info in infos:
        if info.is_dir():
            continue
        problem = _unsafe(info) or ("appears twice" if info.filename in seen else "")
        seen.add(info.filename)
        if problem:
            found.error(Origin(info.filename[:200]), problem)
        else:
            yield info


def _unsafe(info: ZipInfo) -> str:
    """Why an entry is not taken; "" when it is."""
    parts = info.filename.split("/")
    if not info.filename.isprintable() or "\\" in info.filename or ":" in info.filename:
        return "the name has characters that are not allowed"
    if ".." in parts or "" in parts or "." in parts:
        return "the name leads out of the package"
    if info.flag_bits & 0x1:  # APPNOTE 4.4.4, bit 0
        return "the file is encrypted"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "the file is compressed by a method that is not supported"
    if S_ISLNK(info.external_attr >> 16):
        return "the file is a symbolic link"
    if info.file_size > MAX_FILE:
        return f"larger than {MAX_FILE} bytes"
    return ""


def _content(archive: ZipFile, info: ZipInfo, room: int) -> bytes:
    """What is in an entry, never more than it promises or there is room for."""
    with archive.open(info) as opened:
        data = opened.read(min(MAX_FILE, room) + 1)
    if len(data) > min(MAX_FILE, room):
        raise ValueError("larger than allowed when unpacked")
    return data
