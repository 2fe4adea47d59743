"""Recordings of records without a connection, with and without marks, and of plain text."""

import pytest
from twisted.internet.testing import StringTransport

from hostemul.replay.player import Stage
from hostemul.replay.recording import Recording, Sends, parse
from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.tn5250 import Terminal5250
from tests.support.records_5250 import CLEAR, READ, ebcdic, wrap, write


SCREEN = b"\xf5\xc3\x11\x40\x40" + ebcdic("HI") + b"\x13"
NEXT = b"\xf1\xc3\x11\x40\x50" + ebcdic("HO") + b"\x13"
END = b"\xff\xef"


def met(recording, terminal_class, clock, keys=()):
    """What a terminal shows at this recording, and what is reported of it."""
    reports = []
    stage = Stage(recording, clock, pace=0, report=reports.append)
    player, wire = stage.terminal(), StringTransport()
    sent = []
    terminal = terminal_class(sent.append)
    player.makeConnection(wire)
    keys = list(keys)
    for _ in range(20):
        terminal.feed(wire.value())
        wire.clear()
        if terminal.ready and keys:
            terminal.key(keys.pop(0))
        data = b"".join(sent)
        sent.clear()
        if data:
            player.dataReceived(data)
    return terminal.screen().text(1, 1, 20).rstrip(), reports


FORMS = {
    "as they are": [SCREEN, NEXT],
    "with marks": [SCREEN + END, NEXT + END],
    "two at once": [SCREEN + END + NEXT + END],
    "cut in the middle": [SCREEN[:4], SCREEN[4:] + END + NEXT, END],
    "commands of a local channel": [b"\x05" + SCREEN[1:], b"\x01" + NEXT[1:]],
}


@pytest.mark.parametrize("pieces", FORMS.values(), ids=FORMS)
def test_records_are_played_after_a_negotiation(pieces, clock):
    recording = Recording("bare", tuple(map(Sends, pieces)))
    assert not recording.framed
    shown, reports = met(recording, Terminal3270, clock)
    assert (shown.split(), reports) == (["HI", "HO"], [])


def test_recorded_keys_are_awaited_and_compared(clock):
    """Public tools record one side's records as `in`, the other's as `out`, without telnet."""
    lines = (
        f'{{"dir":"in","hex":"{(SCREEN + END).hex()}"}}\n'
        f'{{"dir":"out","hex":"7d4040ffef"}}\n{{"dir":"in","hex":"{(NEXT + END).hex()}"}}\n'
    )
    recording = parse(lines, "a.jsonl")
    assert not recording.framed
    assert met(recording, Terminal3270, clock)[0] == "HI"
    shown, reports = met(recording, Terminal3270, clock, keys=["PF3"])
    assert shown.split() == ["HI", "HO"]
    assert any("key PF3 instead of ENTER" in report for report in reports)


def test_records_of_a_5250_are_played_too(clock):
    record = wrap(CLEAR + write(ebcdic("ORDERS")) + READ)
    for data in (record, record.removesuffix(END)):
        recording = Recording("bare", (Sends(data),))
        assert not recording.framed
        assert met(recording, Terminal5250, clock) == ("ORDERS", [])


TEXTS = [
    b"hello\n",
    b"name: ",
    b"open\r\n",
    b"\r\nBienvenue \xe0 vous\r\n",
    "ünïcode or not\n".encode(),
    b"nothing at all",
    b"~ # ",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_not_a_record_whatever_its_first_letter(text, clock):
    recording = Recording("text", (Sends(text),))
    assert recording.framed
    transport = StringTransport()
    Stage(recording, clock).terminal().makeConnection(transport)
    assert transport.value() == text
