"""The bank as an application of the host shell."""

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IReactorTime

from hostemul.bank import screens, session
from hostemul.bank.layout import Printer
from hostemul.bank.ledger import Bank
from hostemul.control import Control
from hostemul.faults import Damage, garble
from hostemul.host import HostConnection, Site
from hostemul.protocol.ds3270 import DataStream3270Error, parse_read_modified
from hostemul.protocol.tn3270 import Host3270, Terms


class BankSite(Site):
    """What all terminals of one bank share.

    Args:
        clock: times delays and the negotiation.
        bank: the books.
        terms: what is negotiated.
        codec: the code page of screens and keyboards.
        control: counters and faults.
        tls: makes TLS connections, for START_TLS.
    """

    def __init__(
        self,
        clock: IReactorTime,
        bank: Bank,
        terms: Terms | None = None,
        codec: str = "cp037",
        control: Control | None = None,
        tls: IOpenSSLServerConnectionCreator | None = None,
    ) -> None:
        super().__init__(clock, codec, control or Control(), tls)
        self.bank = bank
        self.terms = terms or Terms()
        self.printers = {name: Printer(it, codec) for name, it in screens.LAYOUTS.items()}

    def connection(self) -> HostConnection:
        """A connection with one more 3270 terminal."""
        return BankConnection(self)


class BankConnection(HostConnection):
    """One terminal at the bank."""

    def __init__(self, site: BankSite) -> None:
        self._host = Host3270(site.terms, site.control.terminals)
        super().__init__(site, self._host)
        self._site = site
        self._state = session.start("")

    def __repr__(self) -> str:
        return f"<BankConnection {self._host!r} {self._state!r}>"

    def _begin(self, device: str) -> None:
        self._state = session.start(device)
        self._show()

    def _key(self, data: bytes) -> None:
        try:
            inbound = parse_read_modified(data, self._site.codec)
        except DataStream3270Error as problem:
            self._not_read(problem)
            return
        before = self._state
        fields = screens.LAYOUTS[before.screen].named(inbound.fields)
        self._state = session.step(self._site.bank, before, inbound.aid, fields)
        if self._state.user and not before.user:
            self._control.sign_ons += 1
        if self._state.over:
            self._end()
        else:
            self._show()

    def _record(self, *, error: bool) -> bytes:  # noqa: ARG002 - every screen of the bank is drawn whole
        state = self._state
        shown = session.values(self._site.bank, state)
        alarm = state.message[:1] == "E"
        return self._site.printers[state.screen].record(shown, state.cursor, alarm=alarm)

    def _confuse(self) -> None:
        self._state = session.unknown(self._state)

    def _damaged(self, record: bytes, damage: Damage) -> bytes:
        return garble(record, damage)

    def _secured(self) -> bytes:
        return self._host.secured()

    def _goodbye(self) -> bytes:
        return self._host.unbind()

    def _hang_up(self) -> None:
        session.hang_up(self._site.bank, self._state)
