"""The session server's terminal at the demo bank, without a network: both see the same screens."""

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from hostemul.bank import guide, screens, session
from hostemul.bank.layout import draw
from hostemul.testing import make_site
from sesssrvr.terminal.tn3270.terminal import Terminal3270


class Desk:
    """A terminal joined to a bank; bytes go across when `pump` is called."""

    def __init__(self, codepage: str, *, tn3270e: bool) -> None:
        self.site = make_site(Clock(), motd_rate=1, codepage=codepage)
        self.sent: list[bytes] = []
        self.host = self.site.terminal()
        self.line = StringTransport()
        self.host.makeConnection(self.line)
        self.terminal = Terminal3270(self.sent.append, codepage=codepage, tn3270e=tn3270e)
        self.pump()

    def pump(self) -> None:
        while self.line.value() or self.sent:
            data = self.line.value()
            self.line.clear()
            self.terminal.feed(data)
            back = b"".join(self.sent)
            self.sent.clear()
            if back:
                self.host.dataReceived(back)

    def press(self, aid: str, fields: dict[str, str]) -> None:
        layout = screens.LAYOUTS[self.host._state.screen]
        for name, text in fields.items():
            item = layout.entry(name)
            self.terminal.move_cursor(item.row, item.column)
            self.terminal.key("EraseEOF")
            self.terminal.type(text)
        self.terminal.key(aid)
        self.pump()

    def lines(self) -> list[str]:
        text = self.terminal.screen().characters
        return [text[at : at + 80] for at in range(0, 1920, 80)]

    def meant(self) -> list[str]:
        state = self.host._state
        return draw(screens.LAYOUTS[state.screen], session.values(self.site.bank, state), " ")


@pytest.mark.parametrize("codepage", ["cp037", "cp1047"])
@pytest.mark.parametrize("tn3270e", [True, False])
def test_every_screen_of_the_walk_is_seen_as_the_bank_means_it(codepage, tn3270e):
    desk = Desk(codepage, tn3270e=tn3270e)
    assert desk.terminal.negotiated == ("TN3270E" if tn3270e else "TN3270")
    seen = {desk.host._state.screen}
    for aid, fields in guide.WALK:
        desk.press(aid, dict(fields))
        assert desk.lines() == desk.meant()
        assert not desk.terminal.screen().locked
        seen.add(desk.host._state.screen)
    assert len(seen) == 19
    assert desk.terminal.fault_count == 0


@pytest.mark.parametrize("tn3270e", [True, False])
def test_a_garbled_screen_is_a_fault_and_the_session_lives(tn3270e):
    desk = Desk("cp037", tn3270e=tn3270e)
    for count in range(1, 9):
        desk.site.control.garble_next()
        desk.terminal.key("Attn")  # also with a locked keyboard: the screen is sent again
        desk.pump()
        assert desk.terminal.fault_count == count
        # The host learns of it where responses were agreed on.
        assert desk.site.control.refused_records == (count if tn3270e else 0)
    desk.terminal.key("Attn")
    desk.pump()
    assert desk.lines() == desk.meant()
