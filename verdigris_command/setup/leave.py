"""`verdigris leave`: a part taken out of its installation by itself."""

from pathlib import Path

import click

from verdigris.config import mgmtsrvr, plugin_cfg, sesssrvr
from verdigris.config.watch import read_file
from verdigris.errors import NoManagementServer, TrustError, VerdigrisError
from verdigris.identity import Role, Security
from verdigris.identity import material as files
from verdigris.membership.newcomer import ask
from verdigris.values import Endpoint
from verdigris.wire import Done, Leave
from verdigris_command.setup.settings_files import IDENTITY, reachable, settings_of


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def leave(*, folder: Path) -> None:
    """Take the part in FOLDER out of its installation: its certificate is revoked, and its key removed.

    A session server is drained first (`verdigris drain NAME --wait`). Stop the part afterwards.
    """
    found = settings_of(folder)
    if found is None or not (folder / IDENTITY).is_dir():
        raise click.UsageError(f"{folder} was not set up by `verdigris join`.")
    security = Security.of_folder(folder / IDENTITY)
    _ask(_management(*found), security)
    (folder / IDENTITY / files.KEY).unlink()
    click.echo(f"{security.part} has left. Its settings and data are still in {folder}.")


def _ask(addresses: tuple[Endpoint, ...], security: Security) -> None:
    problem: VerdigrisError = NoManagementServer(addresses="none configured", seconds="0")
    for address in addresses:
        try:
            ask(address, security, Leave(), Done)
        except TrustError:
            raise
        except VerdigrisError as error:
            problem = error
        else:
            return
    raise problem


def _management(role: Role, settings: Path) -> tuple[Endpoint, ...]:
    if role is Role.SESSION_SERVER:
        return sesssrvr.read(settings).management
    if role is Role.GATEWAY:
        return plugin_cfg.load(read_file(settings), str(settings)).management_servers
    return (reachable(mgmtsrvr.read(settings).listen),)
