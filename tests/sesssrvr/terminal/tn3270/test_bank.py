"""Our terminal at the demo bank, without a network; and every screen of it as s3270 draws it."""

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from hostemul.testing import make_site
from sesssrvr.terminal import Terminal3270


class Teller:
    """A terminal and the bank, joined in memory.

    Attributes:
        heard: all bytes of the host.
    """

    def __init__(self, terminal: dict[str, Any], bank: dict[str, Any]) -> None:
        self.heard: list[bytes] = []
        self._transport = StringTransport()
        self._host = make_site(Clock(), motd_rate=0, **bank).terminal()
        self.terminal = Terminal3270(self._to_host, **terminal)
        self._host.makeConnection(self._transport)
        self._from_host()

    def press(self, key: str, **fields: str) -> str:
        """Fill input fields by their number (`_1`), press a key; the id of the screen that comes."""
        for name, text in fields.items():
            screen = self.terminal.screen()
            entry = screen.input_fields()[int(name[1:]) - 1]
            self.terminal.move_cursor(*screen.place(entry.start))
            self.terminal.key("EraseEOF")
            self.terminal.type(text)
        self.terminal.key(key)
        self._from_host()
        return self.terminal.screen().text(1, 2, 6)

    def _to_host(self, data: bytes) -> None:
        self._host.dataReceived(data)

    def _from_host(self) -> None:
        while data := self._transport.value():
            self._transport.clear()
            self.heard.append(data)
            self.terminal.feed(data)


@pytest.fixture
def teller() -> Callable[..., Teller]:
    def make(terminal: dict[str, Any] | None = None, bank: dict[str, Any] | None = None) -> Teller:
        return Teller(terminal or {}, bank or {})

    return make


def walk(one: Teller) -> list[str]:
    """Sign on, look at every kind of screen there is a way to, sign off."""
    return [
        one.press("Enter", _1="TELLER042", _2="WRONG"),
        one.press("Enter", _1="TELLER042", _2="BANK042"),
        one.press("Enter", _1="1"),
        one.press("Enter", _1="S*"),
        one.press("PF8"),
        one.press("PF7"),
        one.press("Enter", _1="S"),
        one.press("Enter", _1="S"),
        one.press("PF5"),
        one.press("PF8"),
        one.press("PF12"),
        one.press("Enter", _1="3"),
        one.press("PF3"),
        one.press("Enter", _1="4"),
        one.press("PF3"),
        one.press("PF3"),
    ]


VISITED = [
    "BNK000",
    "BNK010",
    "BNK020",
    "BNK021",
    "BNK021",
    "BNK021",
    "BNK030",
    "BNK041",
    "BNK050",
    "BNK050",
    "BNK010",
    "BNK060",
    "BNK010",
    "BNK070",
    "BNK010",
    "BNK099",
]


@pytest.mark.parametrize("codepage", ["cp037", "cp1047"])
@pytest.mark.parametrize("tn3270e", [True, False])
def test_a_teller_walks_through_the_bank(
    *, codepage: str, tn3270e: bool, teller: Callable[..., Teller]
) -> None:
    one = teller({"codepage": codepage, "tn3270e": tn3270e}, {"codepage": codepage})
    assert one.terminal.screen().text(1, 2, 6) == "BNK000"
    assert one.terminal.negotiated == ("TN3270E" if tn3270e else "TN3270")
    assert walk(one) == VISITED
    assert one.terminal.fault_count == 0


def test_the_password_is_on_no_screen(teller: Callable[..., Teller]) -> None:
    one = teller()
    screen = one.terminal.screen()
    user, password = screen.input_fields()[:2]
    assert (user.hidden, password.hidden) == (False, True)
    one.terminal.move_cursor(*screen.place(password.start))
    one.terminal.type("BANK042")
    assert "BANK042" not in one.terminal.screen().characters
    assert one.press("Enter", _1="TELLER042") == "BNK010"


def test_an_lu_that_is_taken_leads_to_the_next(teller: Callable[..., Teller]) -> None:
    one = teller({"lu_names": ["LUBAD", "LUGOOD"]}, {"reject_lus": ["LUBAD"]})
    assert one.terminal.lu_name == "LUGOOD"
    assert one.terminal.negotiated == "TN3270E"
    assert one.terminal.screen().text(1, 2, 6) == "BNK000"


@pytest.mark.sockets
def test_every_screen_of_the_bank_reads_as_in_s3270(
    teller: Callable[..., Teller], peer: Any, line: Any, tools: Any
) -> None:
    one = teller()
    walk(one)
    theirs, ours = peer("-utf8", "-model", "3279-2-E"), line()
    records = tools.data_records([tools.Turn(host=True, data=b"".join(one.heard))])
    for record in records:
        theirs.ask_after(record)
        ours.host(record)
        want = [text.rstrip() for text in theirs.action("Ascii()")[1]]
        assert [text.rstrip() for text in ours.terminal.screen().lines()] == want
    assert len(records) >= len(VISITED)
