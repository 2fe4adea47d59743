import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from hostemul.faults import Faults
from hostemul.replay.player import Stage
from hostemul.replay.recording import Expects, Recording, Sends, load, parse


@implementer(ITCPTransport)
class Dropped(StringTransport):
    """A TCP connection that can be dropped."""

    aborted = False

    def abortConnection(self):  # noqa: N802 - Twisted's name
        self.aborted = True


def connect(stage):
    protocol, transport = stage.terminal(), StringTransport()
    protocol.makeConnection(transport)
    return protocol, transport


def flow(clock, text, **options):
    reports = []
    return Stage(parse(text, "x"), clock, report=reports.append, **options), reports


FLASH = """
- !server {data: 'F1', delayMillis: 100}
- !server {data: 'F2', delayMillis: 200}
- !client {data: FFFB18}
- !server {data: 'F3'}
"""


def test_delays_follow_each_other(clock):
    _, transport = connect(flow(clock, FLASH)[0])
    seen = []
    for _ in range(4):
        seen.append(transport.value())
        clock.advance(0.1)
    assert seen == [b"", b"\xf1", b"\xf1", b"\xf1\xf2"]


def test_an_answer_before_its_time_keeps_the_order(clock):
    protocol, transport = connect(flow(clock, FLASH)[0])
    protocol.dataReceived(b"\xff\xfb\x18")
    assert transport.value() == b""
    clock.pump([0.1, 0.2])
    assert transport.value() == b"\xf1\xf2\xf3"


@pytest.mark.parametrize("pace", [0.5, 2])
def test_pace_stretches_the_delays(clock, pace):
    _, transport = connect(flow(clock, FLASH, pace=pace)[0])
    clock.advance(0.1 * pace)
    assert transport.value() == b"\xf1"
    clock.advance(0.2 * pace - 0.001)
    assert transport.value() == b"\xf1"
    clock.advance(0.002)
    assert transport.value() == b"\xf1\xf2"


def test_pace_0_plays_at_once(clock):
    assert connect(flow(clock, FLASH, pace=0)[0])[1].value() == b"\xf1\xf2"


def test_patience_begins_when_the_host_has_spoken(clock):
    stage, reports = flow(clock, FLASH, patience=2)
    _, transport = connect(stage)
    clock.pump([0.1, 0.2, 1.9])
    assert not reports
    clock.advance(0.1)
    assert reports == ["step 3: WILL TERMINAL-TYPE did not come"]
    assert transport.value() == b"\xf1\xf2\xf3"


def test_a_slow_host_is_not_impatient_with_its_terminal(clock):
    slow = "- !server {data: 'F1', delayMillis: 5000}\n- !client {data: FFFB18}"
    stage, reports = flow(clock, slow, patience=2)
    connect(stage)
    clock.pump([4.9, 0.1, 1.9])
    assert not reports
    clock.advance(0.1)
    assert len(reports) == 1


def test_a_lost_connection_leaves_no_timers(clock):
    stage, reports = flow(clock, FLASH)
    protocol, _ = connect(stage)
    protocol.connectionLost(Failure(ConnectionDone()))
    assert not clock.getDelayedCalls()
    assert len(reports) == 2


def test_each_connection_plays_from_the_beginning(clock):
    stage, _ = flow(clock, FLASH, pace=0)
    assert connect(stage)[1].value() == connect(stage)[1].value() == b"\xf1\xf2"


def test_a_flood_is_ended(clock):
    stage, reports = flow(clock, FLASH)
    protocol, transport = connect(stage)
    protocol.dataReceived(b"x" * 70000)
    assert transport.disconnecting
    assert "without an end" in reports[0]


def test_bare_records_are_played_behind_a_negotiation_of_our_own(clock, terminal):
    recording = Recording("bare", (Sends(bytes.fromhex("F5C3 114040 C8C9 13")),))
    tube = terminal(Stage(recording, clock).terminal(), extended=False)
    assert tube.display.lines[0].startswith("HI")


def test_a_bare_recording_needs_a_3270(clock):
    reports = []
    recording = Recording("bare", (Sends(b"\xf5\xc3"),))
    protocol, transport = connect(Stage(recording, clock, report=reports.append))
    protocol.dataReceived(b"\xff\xfc\x18")
    assert transport.disconnecting
    assert "refuses" in reports[0]


def test_every_given_recording_plays_to_its_end_with_its_own_terminal(recordings, clock):
    """What the terminal sent then is sent again: nothing is reported, every byte is played."""
    files = [
        path for ext in ("trc", "yml", "jsonl") for path in sorted(recordings.rglob(f"*.{ext}"))
    ]
    for path in files:
        recording = load(path)
        if not recording.framed:
            continue
        reports = []
        protocol, transport = connect(Stage(recording, clock, pace=0, report=reports.append))
        for step in recording.steps:
            if isinstance(step, Expects):
                protocol.dataReceived(step.data or b"\xff\xfb\x18")
        assert transport.value() == b"".join(
            s.data for s in recording.steps if isinstance(s, Sends)
        )
        protocol.connectionLost(Failure(ConnectionDone()))
        assert reports == [], path


def test_a_play_prints_no_data(clock):
    protocol, _ = connect(flow(clock, FLASH)[0])
    assert repr(protocol) == "<Player x <Conversation step 3 of 4, 0 reports>>"


# A word of the negotiation makes it a whole connection, not records without one.
RECORDS = "- !server {data: FFFC01F5C3C1C1FFEF}\n" + "\n".join(
    f"- !server {{data: F5C3C{n}C{n}FFEF}}" for n in range(2, 5)
)


@pytest.mark.parametrize(
    ("faults", "sent"),
    [
        ({}, "FFFC01F5C3C1C1FFEF F5C3C2C2FFEF F5C3C3C3FFEF F5C3C4C4FFEF"),
        ({"stall_after": 2}, "FFFC01F5C3C1C1FFEF F5C3C2C2FFEF"),
        ({"garble_record": 2}, "FFFC01F5C3C1C1FFEF F5C3FFEF F5C3C3C3FFEF F5C3C4C4FFEF"),
    ],
)
def test_what_goes_wrong_on_purpose(clock, faults, sent):
    _, transport = connect(flow(clock, RECORDS, faults=Faults(**faults))[0])
    assert transport.value() == bytes.fromhex(sent)


def test_a_recording_is_delayed_and_dropped(clock):
    it = Dropped()
    stage = flow(clock, RECORDS, faults=Faults(delay=1.0, drop_after=2))[0]
    stage.terminal().makeConnection(it)
    assert it.value() == b""
    clock.pump([1.0, 1.0])
    assert it.value() == bytes.fromhex("FFFC01F5C3C1C1FFEF F5C3C2C2FFEF")
    assert it.aborted


def test_who_waits_for_the_end_is_told(clock):
    over = []
    protocol, _ = connect(Stage(parse(FLASH, "x"), clock, ended=lambda: over.append(True)))
    protocol.connectionLost(Failure(ConnectionDone()))
    assert over == [True]


@pytest.mark.parametrize(
    ("recorded", "typed", "reports"),
    [
        ("pw: ******\r", "pw: s3cr3t!\r", []),
        ("pw: ******\r", "pw: x\r", []),
        ("******", "abcdef", []),
        ("abcdef", "abcdeg", ["expected 6 bytes, got 6 bytes, different from byte 5"]),
        ("id: ****\r", "no: abcd\r", []),
    ],
)
def test_a_masked_secret_of_a_vt_may_be_of_any_length(clock, recorded, typed, reports):
    text = f"- !client {{data: {recorded.encode().hex()}}}\n- !server {{data: '41'}}"
    stage, told = flow(clock, text)
    protocol, transport = connect(stage)
    for byte in typed.encode():
        protocol.dataReceived(bytes((byte,)))
    if recorded[:2] == typed[:2]:
        assert transport.value() == b"A"
        assert [line.partition(": ")[2] for line in told] == reports
