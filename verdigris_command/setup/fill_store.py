"""`verdigris fill-store`: what this machine remembers, put into an etcd that has lost everything."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
from twisted.internet.defer import Deferred

from mgmtsrvr.access.open_access import KEYS, USERS
from mgmtsrvr.store import Note
from mgmtsrvr.store.opening import Stores
from verdigris.config import installation, mgmtsrvr, token_keys, users
from verdigris.config.installation import Check
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.connector._thread import in_thread
from verdigris.errors import Conflict
from verdigris_command.setup.passphrase import FILE


@click.command()
@click.option(
    "--config", "settings", type=FILE, default=Path("mgmtsrvr.xml"), show_default=True,
    help="Settings file of the management server on this machine.",
)  # fmt: skip
def fill_store(*, settings: Path) -> None:
    """Publish this machine's copies of the documents in an etcd that is empty.

    For an etcd whose data are lost and that was built anew. A document that is there is not replaced.
    Management servers go on with their copies until this is done, and take no changes.
    """
    config = mgmtsrvr.read(settings)
    if config.store.etcd is None:
        raise click.UsageError(f"{settings} does not keep the configuration in etcd.")
    thread = in_thread()
    said = thread.wait(lambda: Deferred.fromCoroutine(_filled(config, thread.reactor)))
    for line in said:
        click.echo(line)


async def _filled(config: ManagementConfig, reactor: Any) -> list[str]:
    return [line async for line in _fill(config, reactor)]


async def _fill(config: ManagementConfig, reactor: Any) -> AsyncIterator[str]:
    """Publish each copy; what was done, in sentences.

    Raises:
        StoreUnavailable: etcd does not answer.
        ConfigurationError: a copy cannot be used.
    """
    folder, stores = config.installation.parent, Stores(config.store, reactor)
    documents: tuple[tuple[str, Path, Check], ...] = (
        ("installation", config.installation, installation.parse),
        ("users", folder / USERS, users.parse),
        ("token-keys", folder / KEYS, token_keys.parse),
    )
    for name, file, check in documents:
        if not file.with_name(file.name + ".copy").exists():
            yield f"{name}: this machine has no copy."
            continue
        store = stores.document(name, file, check)
        found = await store.load()
        if store.problem is None:
            yield f"{name}: the store has it, revision {found.revision[:12]}."
            continue
        try:
            await store.publish(found.data, "", Note(comment=f"from the copy of {config.name}"))
        except Conflict:
            yield f"{name}: another machine has published it."
        else:
            yield f"{name}: revision {found.revision[:12]} is in the store."
