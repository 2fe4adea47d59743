"""Live settings of the gateway: plugin-cfg.xml, watched while it is edited.

Law: `config` is always a whole, valid file's content; a broken edit changes nothing but `problem`
(tests/gateway/test_settings.py). A request reads `config` once, at its beginning, and uses that
snapshot to its end.
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from verdigris.config.plugin_cfg import IGNORED, KEYS, PluginConfig, beside, load
from verdigris.config.watch import Elsewhere, WatchedFile, at_once
from verdigris.errors import ConfigurationError, Problem
from verdigris.values import Endpoint


log = Logger()


class Settings:
    """The settings of a running gateway.

    Args:
        path: of plugin-cfg.xml; None keeps the defaults.
        clock: for polling.
        elsewhere: runs the calls of the file system.

    Attributes:
        config: the settings in use.
        on_change: called after `config` changed.

    Raises:
        ConfigurationError: the file cannot be used at the start.
    """

    def __init__(
        self, path: Path | None, clock: IReactorTime, elsewhere: Elsewhere = at_once
    ) -> None:
        self.path = path
        self.config = PluginConfig()
        self.on_change: list[Callable[[], None]] = []
        self._begun: PluginConfig | None = None
        self._told: tuple[Endpoint, ...] = ()
        self._domains: tuple[str, ...] = ()
        self._digest = sha256(b"").digest()
        self._file: WatchedFile[tuple[PluginConfig, bytes]] | None = None
        if path is not None:
            self._file = WatchedFile(
                path, self._parse, self._take, clock, elsewhere=elsewhere, name=path.name
            )
            self.config, self._digest = self._file.read()
        self._begun = self.config
        self._warn()

    def __repr__(self) -> str:
        state = "broken edit, last good one in use" if self.problem else "good"
        return f"<Settings {self.path or 'defaults'} [{state}]>"

    @property
    def problem(self) -> ConfigurationError | None:
        """Why the file as it is now is not used; None if it is."""
        return self._file.problem if self._file is not None else None

    @property
    def revision(self) -> int:
        """A number that names the content in use: the first 48 bits of its SHA-256."""
        return int.from_bytes(self._digest[:6], "big")

    @property
    def stale(self) -> tuple[str, ...]:
        """Keys whose values in the file take effect only after a restart."""
        begun = self._begun or self.config
        return tuple(
            key.name
            for key in KEYS
            if key.restart and getattr(self.config, key.field) != getattr(begun, key.field)
        )

    def start(self) -> None:
        """Begin to watch the file."""
        if self._file is not None:
            self._file.start()

    def stop(self) -> None:
        """Watch no longer."""
        if self._file is not None:
            self._file.stop()

    def _parse(self, data: bytes) -> tuple[PluginConfig, bytes]:
        assert self.path is not None  # noqa: S101 - only a file that is there is watched
        config = beside(load(data, self.path.name), self.path.absolute().parent)
        self._refuse_misspelled(config)
        return config, sha256(data).digest()

    def _refuse_misspelled(self, config: PluginConfig) -> None:
        """Refuse an edit that misspells a key: the default in its place would change what works.

        At the start an unknown key is a warning only: it may be one of VHI's.
        """
        if self._begun is None:
            return
        known = {problem.where for problem in self.config.warnings}
        if new := [one for one in config.warnings if one.where and one.where not in known]:
            assert self.path is not None  # noqa: S101 - as above
            errors = [Problem(one.file, one.line, one.message.replace(IGNORED, "")) for one in new]
            raise ConfigurationError.of(self.path.name, errors)

    def _warn(self) -> None:
        for problem in self.config.warnings:
            log.warn("{problem}", problem=str(problem))

    def meet(self, management_servers: tuple[Endpoint, ...]) -> None:
        """Use the management servers that the installation names, whatever the file names."""
        self._told = management_servers
        self._retell()

    def meet_domains(self, domains: tuple[str, ...]) -> None:
        """Let requests that name no domain use the installation's only one, if the file says nothing else."""
        self._domains = domains
        self._retell()

    def _retell(self) -> None:
        config = self._with_told(self.config)
        changed, self.config = config != self.config, config
        if changed:
            for tell in tuple(self.on_change):
                tell()

    def _with_told(self, config: PluginConfig) -> PluginConfig:
        if self._told:
            config = replace(config, management_servers=self._told)
        if config.says_where or not config.management_servers:
            return config
        only = self._domains[0] if len(self._domains) == 1 else ""
        return replace(config, domain_name=only, domains=() if only else self._domains)

    def _take(self, found: tuple[PluginConfig, bytes]) -> None:
        assert self.path is not None  # noqa: S101 - as above
        read, self._digest = found
        config = self._with_told(read)
        changed, self.config = config != self.config, config
        log.info("{file} was read again", file=self.path.name)
        self._warn()
        if self.stale:
            log.warn(
                "{keys}: the change takes effect after a restart; until then the old value is used",
                keys=", ".join(self.stale),
            )
        if changed:
            for tell in tuple(self.on_change):
                tell()
