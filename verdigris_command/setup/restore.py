"""`verdigris restore`: a management server from a backup, in an empty folder.

Law (tests/verdigris/cli/test_backup.py): the folder is there whole or not at all; what is in it is
readable by its owner alone. The restored server has a new certificate, and earlier ones of its name
are refused: nobody knows who has its old machine.
"""

import datetime as dt
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Final

import click
from cryptography.x509 import load_pem_x509_certificate
from lxml import etree
from twisted.internet.defer import Deferred

from mgmtsrvr.audit import AuditLog, Entry
from mgmtsrvr.backup import Manifest, read_backup
from mgmtsrvr.backup.archive import is_sealed
from mgmtsrvr.backup.contents import AUDIT
from verdigris.config import installation, mgmtsrvr, ports, users, xmlfile
from verdigris.config.atomic import write_file
from verdigris.config.directories import LdapSettings
from verdigris.config.installation import Installation, write
from verdigris.config.installation_edit import InstallationDocument
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.config.watch import at_once
from verdigris.errors import BadBackup, CannotRead, CannotWrite
from verdigris.identity import Part, Role, material
from verdigris.identity.authority import KEY, NEXT, Authority
from verdigris.identity.certificates import fingerprint, issued, pem
from verdigris.identity.revocation import Revocation
from verdigris.values import Endpoint
from verdigris_command.setup.part_process import hosts, run, start_option
from verdigris_command.setup.passphrase import FILE, VARIABLE, given_passphrase
from verdigris_command.setup.settings_files import AUTHORITY, FILES, IDENTITY, interface


ROLE: Final = Role.MANAGEMENT_SERVER
SETTINGS: Final = FILES[ROLE]
INSTALLATION: Final = "installation.xml"
NEEDED: Final = frozenset({SETTINGS, INSTALLATION})
INSTANT: Final = dt.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is different from the machine that was backed up.

    Attributes:
        address: by which the other parts reach it; None as before.
        api: where the administration API listens; None as before.
        store: attributes of another element `<store>`; None as before.
    """

    address: Endpoint | None = None
    api: Endpoint | None = None
    store: dict[str, str] | None = None


@click.command()
@click.argument("file", type=FILE)
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only read and check FILE; no FOLDER is needed.")
@click.option(
    "--passphrase-file", type=FILE,
    help=f"File with the passphrase; otherwise {VARIABLE}, or it is asked for.",
)  # fmt: skip
@click.option(
    "--address", metavar="HOST[:PORT]",
    help="Where the other parts reach it, if not where they did before.",
)  # fmt: skip
@click.option("--api", metavar="HOST:PORT", help="Where the administration API listens.")
@click.option(
    "--etcd", multiple=True, metavar="URL",
    help="Keep the configuration in a new, empty etcd: a member; may be repeated.",
)  # fmt: skip
@click.option("--in-files", is_flag=True, help="Keep the configuration in files.")
@start_option
def restore(
    *, file: Path, folder: Path | None, check: bool, passphrase_file: Path | None,
    address: str | None, api: str | None, etcd: tuple[str, ...], in_files: bool, start: bool,
) -> None:  # fmt: skip
    """Make a management server of the backup FILE in FOLDER, which is empty or does not exist; run it.

    Parts that reach it at its address go on, with the certificates they have. A backup without keys
    gets a new authority, and all parts join again.
    """
    passphrase = given_passphrase(passphrase_file, new=False) if is_sealed(file) else None
    if check:
        click.echo(checked(file, passphrase))
        return
    if folder is None:
        raise click.UsageError("Name the FOLDER, or use --check.")
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty.")
    work = Restoration(file, folder, _changes(address, api, etcd, in_files=in_files))
    work.do(passphrase)
    for line in work.told:
        click.echo(line)
    if start:
        run(ROLE, folder / SETTINGS)


def checked(file: Path, passphrase: str | None) -> str:
    """Read a whole backup; a sentence about it.

    Raises:
        BadBackup: it cannot be used.
        PassphraseWrong: it cannot be opened with this one.
    """
    try:
        with read_backup(file, passphrase) as (manifest, files):
            count = sum(1 for _ in files)
    except OSError as problem:
        raise CannotRead(file=file, reason=problem.strerror or str(problem)) from None
    return f"{_said(manifest)}: {count} files, none damaged."


class Restoration:
    """A management server made of a backup.

    Args:
        file: the backup.
        folder: of the management server.
        changes: what is different from before.

    Attributes:
        told: what its operator has to know.
    """

    def __init__(self, file: Path, folder: Path, changes: Changes) -> None:
        self._file = file
        self._final = folder
        self._folder = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.new")
        self._changes = changes
        self._now = dt.datetime.now(dt.UTC)
        self.told: list[str] = []

    def do(self, passphrase: str | None) -> None:
        """Make it.

        Raises:
            BadBackup: the backup cannot be used.
            PassphraseWrong: it cannot be opened with this one.
            ConfigurationError: a document in it cannot be used.
            CannotWrite: the folder cannot be made.
        """
        try:
            try:
                self._folder.mkdir(mode=0o700, parents=True)
                manifest = self._unpack(passphrase)
                self._finish(manifest)
                self._record(manifest)
                if self._final.exists():
                    self._final.rmdir()
                self._folder.rename(self._final)
            finally:
                shutil.rmtree(self._folder, ignore_errors=True)
        except OSError as problem:
            where = problem.filename or self._final
            raise CannotWrite(file=where, reason=problem.strerror or str(problem)) from None
        self.told.insert(0, f"{_said(manifest)} is restored in {self._final}.")

    def _unpack(self, passphrase: str | None) -> Manifest:
        with read_backup(self._file, passphrase) as (manifest, files):
            if missing := NEEDED - {it.name for it in manifest.files}:
                raise BadBackup(file=self._file, reason=f"it lacks {min(missing)}")
            size = sum(it.size for it in manifest.files)
            if size > shutil.disk_usage(self._folder).free:
                raise CannotWrite(file=self._final, reason=f"{size} bytes do not fit on the disk")
            for name, data in files:
                target = self._folder / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_file(target, data, mode=0o600)
        return manifest

    def _finish(self, manifest: Manifest) -> None:
        """Change what is different from before, and make the server's identity."""
        file = self._folder / SETTINGS
        config = mgmtsrvr.read(file)
        document = (self._folder / INSTALLATION).read_bytes()
        found = installation.parse(document, INSTALLATION)
        if found.id != manifest.installation:
            raise BadBackup(file=self._file, reason="its documents are of another installation")
        if (self._folder / "users.xml").exists():
            self._check_users()
        name = config.name or manifest.server
        address = self._changes.address or _address(found, name) or config.listen
        write_file(file, _settings(file.read_bytes(), found.id, self._changes))
        edit = InstallationDocument(document)
        if config.identity is not None and found.security is not None:
            self._identify(edit, config, found, name, address)
        if self._changes.address or any(it.name == name for it in found.management_servers):
            edit.add(ROLE, name, str(address))
        installation.parse(edit.data, INSTALLATION)
        write_file(self._folder / INSTALLATION, edit.data)
        others = [it.name for it in found.management_servers if it.name != name]
        if others:
            self.told.append(
                f"Also listed: {', '.join(others)}. A management server that is lost joins again under its name, "
                "or is removed (verdigris remove management-server NAME)."
            )

    def _record(self, manifest: Manifest) -> None:
        """Add the restoration to the audit log, whose chain goes on."""
        folder = self._folder / AUDIT
        if folder.exists():
            audit = AuditLog(folder, manifest.server, at_once, self._now.timestamp)
            entry = Entry("restore", _person(), about=f"the backup of {manifest.time}")
            Deferred.fromCoroutine(_append(audit, entry))
            if audit.problem is not None:
                raise audit.problem

    def _check_users(self) -> None:
        """Check the users, and say which files they name and the backup lacks."""
        file = self._folder / "users.xml"
        for directory in users.parse(file.read_bytes(), str(file)).directories:
            named = [directory.ca_file]
            if isinstance(directory, LdapSettings):
                named.append(directory.bind_password_file)
            for path in (it for it in named if it is not None and not it.exists()):
                there = str(path).replace(str(self._folder), str(self._final))
                said = f"Directory {directory.name} needs {there}, which is not in the backup."
                self.told.append(said)

    def _identify(
        self, edit: InstallationDocument, config: ManagementConfig, found: Installation,
        name: str, address: Endpoint,
    ) -> None:  # fmt: skip
        """Make its key and certificate; earlier ones are refused."""
        authority = self._authority(found, config.certificate_days)
        if authority is None:
            authority = Authority.create(found.id, self._now)
            shutil.rmtree(self._folder / AUTHORITY, ignore_errors=True)
            authority.write(self._folder / AUTHORITY)
            edit.set_authorities(pem([authority.certificate]).decode(), ())
            self.told.append(
                f"Its authority is a new one, SHA-256:\n  {authority.fingerprint}\n"
                "Each part joins again in a new folder: verdigris join"
            )
        part = Part(found.id, ROLE, name)
        mine = authority.material(part, hosts(address.host), self._now)
        material.write(self._folder / IDENTITY, mine)
        gone = Revocation(ROLE, name, issued(mine.chain[0]) - INSTANT)
        edit.revoke(gone.role, gone.name, gone.when)

    def _authority(self, found: Installation, days: float) -> Authority | None:
        """The one that signs; None if its key is not in the backup."""
        folder = self._folder / AUTHORITY
        if not any((it / KEY).exists() for it in (folder, folder / NEXT)):
            return None
        assert found.security is not None  # noqa: S101 - asked by the caller
        signer = found.security.signer
        wanted = fingerprint(load_pem_x509_certificate(signer.encode())) if signer else ""
        return Authority.find(folder, found.id, days, wanted)


def _person() -> str:
    """Who runs this command, as the system knows them."""
    try:
        return f"{getuser()} (system)"
    except (KeyError, OSError, ImportError):  # a user without a name, as in containers
        return "(system)"


async def _append(audit: AuditLog, entry: Entry) -> None:
    await audit.start()
    await audit.append(entry)


def _said(manifest: Manifest) -> str:
    return f"Installation {manifest.installation}, management server {manifest.server}, {manifest.time}"


def _address(found: Installation, name: str) -> Endpoint | None:
    return next((it.address for it in found.management_servers if it.name == name), None)


def _changes(
    address: str | None, api: str | None, etcd: Sequence[str], *, in_files: bool
) -> Changes:
    """What the command line says.

    Raises:
        click.UsageError: it cannot be.
    """
    if etcd and in_files:
        raise click.UsageError("Use either --etcd or --in-files.")
    store = {"kind": "file"} if in_files else None
    try:
        return Changes(
            address=Endpoint.parse(address, ports.MANAGEMENT_SERVER) if address else None,
            api=ports.listening(api, ports.ADMINISTRATION) if api else None,
            store={"kind": "etcd", "endpoints": " ".join(etcd)} if etcd else store,
        )
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None


def _settings(data: bytes, home: str, changes: Changes) -> bytes:
    """The settings with what is different; what a backup keeps is in the folder itself."""
    root = xmlfile.parse(data, SETTINGS, keep_comments=True)
    _set(root, "installation", file=INSTALLATION)
    for tag, folder in (("identity", IDENTITY), ("authority", AUTHORITY)):
        if (root.find(f"{{{mgmtsrvr.NAMESPACE}}}identity")) is not None:
            _set(root, tag, directory=folder)
    if changes.address is not None:
        _set(root, "listen", address=str(interface(changes.address)))
    if changes.api is not None:
        _set(root, "api", address=str(changes.api))
    if changes.store is not None:
        store = dict(changes.store)
        if store["kind"] == "etcd":
            store["prefix"] = f"/verdigris/{home}"
        _child(root, "store").attrib.clear()
        _set(root, "store", **store)
    made = write(root)
    mgmtsrvr.parse(made, SETTINGS)
    return made


def _set(root: etree._Element, tag: str, **attributes: str) -> None:
    for name, value in attributes.items():
        _child(root, tag).set(name, value)


def _child(root: etree._Element, tag: str) -> etree._Element:
    """A child of the settings, which may be in any order."""
    found = root.find(f"{{{mgmtsrvr.NAMESPACE}}}{tag}")
    if found is None:
        found = etree.SubElement(root, f"{{{mgmtsrvr.NAMESPACE}}}{tag}")
        found.tail = "\n"
    return found
