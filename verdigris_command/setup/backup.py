"""`verdigris backup`: the installation, as one management server has it, in one file."""

import datetime as dt
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click
from twisted.internet.defer import Deferred

from mgmtsrvr.backup import Contents, Manifest, contents_of, write_backup
from mgmtsrvr.backup.archive import FORMAT, Listed
from mgmtsrvr.backup.documents import Documents, in_etcd, in_files
from verdigris.cli.command_group import installed_version
from verdigris.config import installation, mgmtsrvr
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.connector._thread import in_thread
from verdigris.errors import CannotWrite
from verdigris_command.setup.passphrase import FILE, VARIABLE, given_passphrase


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--config", "settings", type=FILE, default=Path("mgmtsrvr.xml"), show_default=True,
    help="Settings file of the management server on this machine.",
)  # fmt: skip
@click.option(
    "--with", "others", type=FILE, multiple=True, metavar="SETTINGS",
    help="Settings file of another part on this machine, such as plugin-cfg.xml; may be repeated.",
)  # fmt: skip
@click.option(
    "--passphrase-file", type=FILE,
    help=f"File with the passphrase; otherwise {VARIABLE}, or it is asked for.",
)  # fmt: skip
@click.option(
    "--without-keys", is_flag=True,
    help="Leave out what is secret, and encrypt nothing: after a restore all parts join again.",
)  # fmt: skip
def backup(
    *, file: Path, settings: Path, others: tuple[Path, ...], passphrase_file: Path | None, without_keys: bool,
) -> None:  # fmt: skip
    """Write the installation to FILE: documents, users, authority, audit log, settings.

    Run it on the machine of a management server, which goes on. The file is encrypted with a
    passphrase: it holds the authority's key, with which anybody can become a part.
    """
    if file.exists():
        raise click.UsageError(f"{file} exists.")
    if without_keys and passphrase_file:
        raise click.UsageError("Use either --passphrase-file or --without-keys.")
    passphrase = None if without_keys else given_passphrase(passphrase_file, new=True)
    made = Backup(settings, others, keys=not without_keys)
    manifest = made.write(file, passphrase)
    size = sum(it.size for it in manifest.files)
    click.echo(
        f"{file}: installation {manifest.installation}, {len(manifest.files)} files, {size} bytes, "
        + ("encrypted, with the authority's key." if manifest.keys else "without keys.")
    )
    for said in made.missing:
        click.echo(f"NOTE: not in it: {said}", err=True)


class Backup:
    """A backup of the management server on this machine.

    Args:
        settings: its settings file.
        others: settings files of other parts.
        keys: whether what is secret is in it.

    Attributes:
        missing: what is not in it.
    """

    def __init__(self, settings: Path, others: Sequence[Path], *, keys: bool) -> None:
        self._config = mgmtsrvr.read(settings)
        self._keys = keys
        documents = _documents(self._config)
        self._contents: Contents = contents_of(settings, self._config, documents, others, keys=keys)
        name = str(self._config.installation)
        self._home = installation.parse(documents.installation, name).id
        self.missing = [*self._contents.left_out]
        if documents.problem:
            self.missing.insert(0, f"earlier versions, since {documents.problem}")

    def write(self, file: Path, passphrase: str | None) -> Manifest:
        """Write it: whole, readable by its owner alone, or not at all.

        Raises:
            CannotWrite: it cannot be written.
        """
        part = file.with_name(f".{file.name}.{secrets.token_hex(8)}.new")
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(handle, "wb") as opened:
                    manifest = self._write(opened, passphrase)
                    opened.flush()
                    os.fsync(opened.fileno())
                os.link(part, file)  # a rename would replace a file that came meanwhile
            finally:
                part.unlink(missing_ok=True)
        except OSError as problem:
            raise CannotWrite(file=file, reason=problem.strerror or str(problem)) from None
        return manifest

    def _write(self, opened: BinaryIO, passphrase: str | None) -> Manifest:
        return write_backup(opened, self._contents.files, self._manifest, passphrase)

    def _manifest(self, files: tuple[Listed, ...]) -> Manifest:
        return Manifest(
            format=FORMAT,
            product=installed_version(),
            installation=self._home,
            server=self._config.name,
            time=dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            keys=self._keys,
            files=files,
        )


def _documents(config: ManagementConfig) -> Documents:
    if config.store.etcd is None:
        return in_files(config)
    thread = in_thread()
    found: Documents = thread.wait(lambda: Deferred.fromCoroutine(in_etcd(config, thread.reactor)))
    return found
