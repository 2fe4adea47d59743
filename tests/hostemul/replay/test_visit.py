"""A recording as a terminal: what was done is done again, and the host is compared."""

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from hostemul.replay.player import Stage
from hostemul.replay.recording import Expects, RecordingError, Sends, load, parse
from hostemul.replay.visit import Visitor, turned


TALK = """
- !server {data: FFFD18}
- !client {data: FFFB18}
- !server {data: F5C3FFEF}
- !client {data: 7D4040FFEF}
- !server {data: F5C1FFEF}
"""


class Visit:
    def __init__(self, text=TALK, **options):
        self.clock, self.reports, self.over = Clock(), [], []
        stage = Stage(
            parse(text, "x"), self.clock, 0.0, report=self.reports.append,
            ended=lambda: self.over.append(True), **options,
        )  # fmt: skip
        self.terminal, self.line = Visitor(stage), StringTransport()
        self.terminal.makeConnection(self.line)

    def host(self, data):
        self.line.clear()
        self.terminal.dataReceived(bytes.fromhex(data))
        return self.line.value().hex().upper()

    def end(self):
        self.terminal.connectionLost(Failure(ConnectionDone()))
        return self.reports


def test_a_host_that_answers_as_it_did_is_the_same():
    it = Visit()
    assert it.line.value() == b""
    assert it.host("FFFD18") == "FFFB18"
    assert it.host("F5C3FFEF") == "7D4040FFEF"
    assert not it.line.disconnecting
    it.host("F5C1FFEF")
    assert it.line.disconnecting
    assert it.end() == []
    assert it.over == [True]


def test_another_screen_is_told_and_the_visit_goes_on():
    it = Visit()
    it.host("FFFD18")
    assert it.host("F5C4FFEF") == "7D4040FFEF"
    assert it.host("F5C1C1FFEF") == ""
    assert it.end() == [
        "step 3: record 1: 2 bytes instead of 2, different from byte 1",
        "step 5: record 2: 3 bytes instead of 2, different from byte 2",
    ]


def test_a_host_that_falls_silent_is_given_up():
    it = Visit(patience=7)
    it.host("FFFD18")
    it.clock.advance(6.9)
    assert not it.line.disconnecting
    it.clock.advance(0.2)
    assert it.line.disconnecting
    assert it.end() == [
        "step 3: record of 2 bytes did not come",
        "step 3: the host left before the last of 5 steps",
    ]
    assert not it.clock.getDelayedCalls()


def test_a_recording_without_a_terminal_is_refused():
    masked = parse('{"dir": "rx", "hex": "f5c3"}\n{"dir": "tx", "len": 3}\n', "x")
    with pytest.raises(RecordingError, match="line 2: what the terminal sent"):
        turned(masked)
    with pytest.raises(RecordingError, match="what the terminal sent is not"):
        turned(parse("< 0x0   f5c3\n", "x"))


def test_what_is_masked_is_put_in_again():
    masked = parse("> 0x0   7d40402a2a2affef\n< 0x0  f5c3ffef\n> 0x0   2a2a2a2a0d\n", "x")
    whole = turned(masked, ("abc", "wxyz"))
    assert [step.data for step in whole.steps if isinstance(step, Sends)] == [
        b"\x7d\x40\x40" + "abc".encode("cp037") + b"\xff\xef", b"wxyz\r",
    ]  # fmt: skip


def test_every_given_recording_visits_its_own_host(recordings):
    """What the host sent then is sent again: nothing is reported, all the terminal sent is sent."""
    files = [
        path for ext in ("trc", "yml", "jsonl") for path in sorted(recordings.rglob(f"*.{ext}"))
    ]
    visits = 0
    for path in files:
        recording = load(path)
        try:
            turned(recording)
        except RecordingError:
            continue
        reports = []
        terminal = Visitor(Stage(recording, Clock(), 0.0, report=reports.append))
        line = StringTransport()
        terminal.makeConnection(line)
        for step in recording.steps:
            if isinstance(step, Sends):
                terminal.dataReceived(step.data)
        sent = b"".join(step.data for step in recording.steps if isinstance(step, Expects))
        assert line.value() == sent, path
        terminal.connectionLost(Failure(ConnectionDone()))
        assert reports == [], path
        visits += 1
    assert visits > 2
