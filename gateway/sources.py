"""Whom the gateway asks what is deployed: the management servers, else its session server.

Law (tests/gateway/test_server.py, tests/system/test_autonomy.py): one management server's word is
enough. Without one the allocation table counts, as long as it may be used, and after that the
configured session server is asked for what it has itself.
"""

from typing import Final

from gateway.autonomy.autonomy import Autonomy
from gateway.services.service_registry import MANAGEMENT, Services
from gateway.settings import Settings
from verdigris.connector import Connector, Watch
from verdigris.errors import VerdigrisError
from verdigris.wire import AllocationTable, Offers


UNMANAGED_AFTER: Final = 3.0
"""Seconds without a management server after which others are asked."""

SESSION_SERVER: Final = "session server"


class Sources:
    """The sources of what is deployed.

    Args:
        connector: the way to them.
        settings: name them.
        services: are made of what they say.
        autonomy: the allocation table.
    """

    def __init__(
        self, connector: Connector, settings: Settings, services: Services, autonomy: Autonomy
    ) -> None:
        self._connector = connector
        self._settings = settings
        self._services = services
        self._autonomy = autonomy
        self._addresses: dict[str, object] = {}
        self._watches: dict[str, Watch] = {}

    def __repr__(self) -> str:
        return f"<Sources {', '.join(self._watches) or 'none'}>"

    def alone(self) -> bool:
        """Whether no management server answered when it was asked last."""
        watch = self._watches.get(MANAGEMENT)
        return watch is not None and watch.alone

    def follow(self) -> None:
        """Watch whom the settings name; make services by them."""
        config = self._settings.config
        self._autonomy.allow()
        if config.management_servers:
            self._keep(MANAGEMENT, config.management_servers)
        else:
            self._drop(MANAGEMENT)
            self._keep(SESSION_SERVER, config.session_server)
        if self._addresses.get(SESSION_SERVER) not in (None, config.session_server):
            self._keep(SESSION_SERVER, config.session_server)
        self._services.configure(config, frozenset(self._watches))
        if MANAGEMENT in self._watches and self._autonomy.usable:
            self._begin_with_table()

    def _begin_with_table(self) -> None:
        """Serve what the table that was kept says, until a management server says more."""
        if not self._services.heard(MANAGEMENT):
            self._services.saw(MANAGEMENT, self._autonomy.offers, self._settings.config)

    def stop(self) -> None:
        """Watch nobody."""
        for source in list(self._watches):
            self._drop(source)

    def _keep(self, source: str, address: object) -> None:
        """Watch this source at this address, and at no other."""
        if self._addresses.get(source) == address:
            return
        self._drop(source)
        self._addresses[source] = address
        self._watches[source] = self._watch(source)

    def _drop(self, source: str) -> None:
        self._addresses.pop(source, None)
        watch = self._watches.pop(source, None)
        if watch is not None:
            watch.stop()

    def _watch(self, source: str) -> Watch:
        config = self._settings.config
        if source == MANAGEMENT:
            return self._connector.watch_offers(
                self._managed,
                failed=self._unmanaged,
                told_table=self._told_table,
                management_servers=config.management_servers,
                connection_timeout=UNMANAGED_AFTER,
            )
        here = config.session_server

        def saw(offers: Offers) -> None:
            # a session server need not know the address it is reached by: here it is
            known = tuple((offer, (str(here),)) for offer, _ in offers.offers)
            self._services.saw(source, Offers(offers.revision, known), self._settings.config)

        return self._connector.watch_offers(
            saw,
            failed=lambda _: self._services.lost(source),
            server=here,
            connection_timeout=UNMANAGED_AFTER,
        )

    def _managed(self, offers: Offers) -> None:
        """A management server answered: its word is enough."""
        if SESSION_SERVER in self._watches:
            self._drop(SESSION_SERVER)
            self._services.configure(self._settings.config, frozenset(self._watches))
        self._services.saw(MANAGEMENT, offers, self._settings.config)

    def _told_table(self, table: AllocationTable) -> None:
        self._autonomy.told(table)
        self._settings.meet_domains(self._autonomy.domains)

    def _unmanaged(self, problem: VerdigrisError) -> None:  # noqa: ARG002 - the connector has logged it
        """No management server answers: the table says who has what, else the session server."""
        if self._autonomy.usable:
            return
        self._services.lost(MANAGEMENT)
        self._keep(SESSION_SERVER, self._settings.config.session_server)
