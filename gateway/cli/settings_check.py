"""`verdigris check` on plugin-cfg.xml: the file, and the certificate, key and users it names."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gateway.data_folder import data_folder
from gateway.security.gateway_account import password_in
from gateway.security.tls import OWN_FOLDER, authorities_in, identity_of
from gateway.security.users import read_users, warnings_about
from verdigris.config.file_modes import exposed
from verdigris.config.plugin_cfg import PluginConfig, beside
from verdigris.config.plugin_cfg import load as load_settings
from verdigris.config.watch import read_file
from verdigris.config.writable import why_denied
from verdigris.errors import ConfigurationError, Problem


def load(data: bytes, file: str) -> PluginConfig:
    """The settings, judged as the gateway judges them when it starts.

    Args:
        data: of plugin-cfg.xml.
        file: its path; other paths are relative to its folder.

    Raises:
        ConfigurationError: with every problem found.
    """
    path = Path(file)
    config = beside(load_settings(data, file), path.absolute().parent)
    found = [
        *config.warnings,
        *_certificate(config, path),
        *_users(config, file),
        *_account(config, path),
        *_client_authorities(config),
        *_folders(config, path),
    ]
    if any(problem.severity == "error" for problem in found):
        raise ConfigurationError.of(file, found)
    return replace(config, warnings=tuple(found))


def _certificate(config: PluginConfig, path: Path) -> Iterator[Problem]:
    if not (config.transport_layer_security and config.certificate_file):
        return  # without a file the gateway makes a certificate; a check makes nothing
    try:
        identity = identity_of(config, path, dt.datetime.now(dt.UTC))
    except ConfigurationError as wrong:
        yield from (replace(problem, file=str(path)) for problem in wrong.problems)
        return
    yield from (Problem(str(path), 0, warning, "warning") for warning in identity.warnings)


def _account(config: PluginConfig, path: Path) -> Iterator[Problem]:
    if not config.gateway_password_file:
        return
    file = Path(config.gateway_password_file)
    try:
        password_in(file)
    except ConfigurationError as wrong:
        yield from wrong.problems
    if problem := exposed(file):
        yield Problem(str(path), 0, problem, "warning")


def _client_authorities(config: PluginConfig) -> Iterator[Problem]:
    if not config.client_authorities:
        return
    try:
        authorities_in(config.client_authorities)
    except ConfigurationError as wrong:
        yield from wrong.problems


def _folders(config: PluginConfig, path: Path) -> Iterator[Problem]:
    """What could not be kept; a warning, since the gateway may run as another user."""
    data = data_folder(config.data_folder, path.absolute())
    if reason := why_denied(data):
        said = f"Idempotency-Keys and descriptions of services cannot be kept in {data}: {reason}"
        yield Problem(str(path), 0, said, "warning")
    if config.transport_layer_security and not config.certificate_file:
        own = Path(config.tls_folder) if config.tls_folder else path.absolute().parent / OWN_FOLDER
        if reason := why_denied(own):
            said = f"the gateway's certificate cannot be kept in {own}: {reason}"
            yield Problem(str(path), 0, said, "warning")


def _users(config: PluginConfig, file: str) -> Iterator[Problem]:
    if not config.users_file:
        return
    users = Path(config.users_file)
    try:
        found = read_users(read_file(users).decode(), str(users))
    except ConfigurationError as wrong:
        yield from wrong.problems
    except UnicodeDecodeError:
        yield Problem(str(users), 0, "it cannot be read: it is not UTF-8")
    else:
        for warning in warnings_about(found.values(), users):
            yield Problem(file, 0, warning, "warning")
