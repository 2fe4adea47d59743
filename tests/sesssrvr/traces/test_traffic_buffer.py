"""The last traffic of a session: bounded, masked, in a form that can be played back."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from hostemul.replay.recording import Expects, Sends, parse
from hostemul.testing import start_bank
from sesssrvr.hosts.connection import HostConnection, TerminalFactory
from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import HostSettings
from sesssrvr.model.steps import Press, TimedOut, Type, Wait
from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.tn3270.redact import mask_received
from sesssrvr.traces.trace_store import DAYS, KEEP, REMEMBER, TraceStore
from sesssrvr.traces.traffic_buffer import HEAD, TrafficBuffer
from verdigris.errors import HostUnreachable, WaitTimedOut


SIGN_ON = bytes.fromhex("f5c3 1d60 e4e2c5d9 1d40 13") + bytes(8) + bytes.fromhex("1d4c") + bytes(8)
SIGN_ON += bytes.fromhex("1d60")


def tube():
    sent = []
    terminal = Terminal3270(sent.append)
    terminal.feed(bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00"))
    terminal.feed(SIGN_ON + b"\xff\xef")
    sent.clear()
    return terminal, sent


def test_a_trace_is_what_was_said_and_can_be_played_back():
    times = iter((1.0, 1.5, 2.25))
    traffic = TrafficBuffer(lambda: next(times))
    traffic.received(bytes(range(40)))
    traffic.sent(b"\x7d\x40\x40")
    traffic.received(b"\xff\xef")
    text = traffic.text()
    assert text.splitlines()[0] == "// 1.000 s"
    steps = parse(text, "traffic").steps
    assert steps == (Sends(bytes(range(40))), Expects(b"\x7d\x40\x40"), Sends(b"\xff\xef"))


@given(st.lists(st.binary(min_size=1, max_size=500), max_size=60))
def test_a_ring_never_grows_beyond_its_size_and_keeps_the_latest(chunks):
    traffic = TrafficBuffer(lambda: 0.0, size=2000)
    for chunk in chunks:
        traffic.received(chunk)
    text, said = traffic.text(), b"".join(chunks)
    head, gap, tail = text.rpartition("are not kept\n")
    before, behind = (bytes_of(part) for part in (head, tail))
    assert said.startswith(before)
    assert said.endswith(behind)
    assert len(before) <= HEAD
    assert len(behind) <= 2000
    assert gap or before + behind == said
    assert chunks == [] or behind.endswith(chunks[-1])


def bytes_of(text):
    lines = [line.split()[2] for line in text.splitlines() if line[:1] in ("<", ">")]
    return bytes.fromhex("".join(lines))


def test_a_long_session_keeps_its_beginning_and_goes_on_with_a_whole_record():
    traffic = TrafficBuffer(lambda: 0.0, size=1000)
    traffic.received(b"\xff\xfd\x18")
    traffic.sent(b"\xff\xfb\x18")
    traffic.received(b"\xf5\xc3hello\xff\xef")
    traffic.sent(b"\x7d\x40\x40\xff\xef")
    for number in range(20):
        traffic.received(b"\xf5\xc3" + b"%02d" % number * 40)
        traffic.received(b"rest\xff\xef")
        traffic.sent(b"\x7d%02d\xff\xef" % number)
    steps = parse(traffic.text(), "traffic").steps
    assert steps[:3] == (
        Sends(b"\xff\xfd\x18"), Expects(b"\xff\xfb\x18"), Sends(b"\xf5\xc3hello\xff\xef")
    )  # fmt: skip
    assert isinstance(steps[3], Sends)
    assert steps[3].data.startswith(b"\xf5\xc3")
    assert steps[-1] == Expects(b"\x7d19\xff\xef")
    assert "bytes before this are not kept" in traffic.text()


def test_a_vt_session_goes_on_with_whatever_the_host_sent_next():
    traffic = TrafficBuffer(lambda: 0.0, size=1000)
    for number in range(30):
        traffic.sent(b"%02d\r" % number)
        traffic.received(b"\x1b[H" + b"%02d" % number * 20)
    steps = parse(traffic.text(), "traffic").steps
    gap = traffic.text().count("are not kept")
    assert gap == 1
    assert steps[-1] == Sends(b"\x1b[H" + b"29" * 20)


def test_what_is_typed_into_hidden_fields_is_masked_as_it_is_sent():
    terminal, sent = tube()
    terminal.type("TELLER")
    terminal.key("Tab")
    terminal.type("SECRET")
    terminal.key("Enter")
    data = b"".join(sent)
    masked = terminal.mask_sent(data)
    assert "SECRET".encode("cp037") in data
    assert "SECRET".encode("cp037") not in masked
    assert masked == data.replace("SECRET".encode("cp037"), b"\x5c" * 6)
    assert "TELLER".encode("cp037") in masked


def test_what_a_host_puts_into_hidden_fields_is_masked():
    record = bytes.fromhex(
        "f5c3 11 4040 1d4c e2c5c3 ffff 1d40 c1c2 2902c04c42f2 e2e2 114040 c3 ffef"
    )
    wanted = bytes.fromhex(
        "f5c3 11 4040 1d4c 5c5c5c 5c5c 1d40 c1c2 2902c04c42f2 5c5c 114040 c3 ffef"
    )
    assert mask_received(record, 0) == wanted
    header = bytes.fromhex("0000000001")
    assert mask_received(header + record, 5) == header + wanted


@given(st.binary(max_size=80))
def test_masking_takes_anything_and_keeps_its_length(data):
    terminal, _ = tube()
    assert len(mask_received(data, 0)) == len(data)
    assert len(mask_received(data, 5)) == len(data)
    assert len(terminal.mask_sent(data)) == len(data)


def test_secrets_that_models_type_are_masked_wherever_they_stand():
    traffic = TrafficBuffer(lambda: 0.0)
    traffic.hide("Geheim1")
    traffic.sent(b"\x7d\x40\x40" + "GEHEIM1".encode("cp037"))
    traffic.received(b"login: Geh")
    traffic.received(b"eim1")
    traffic.covered = True
    traffic.sent(b"ab")
    text = traffic.text()
    steps = parse(text, "traffic").steps
    joined = b"".join(step.data for step in steps)
    assert b"Geheim1" not in joined
    assert "GEHEIM1".encode("cp037") not in joined
    assert joined.endswith(b"**")


@pytest.mark.parametrize(
    ("page", "secret"), [("cp1399", "pass日本"), ("cp880", "пароль"), ("cp273", "süß")]
)
def test_secrets_are_found_in_the_code_page_of_the_host(page, secret):
    made = []

    def make(write):
        made.append(Terminal3270(write, codepage=page))
        return made[0]

    connection = HostConnection(TerminalFactory(make), None, Clock())
    connection.makeConnection(StringTransport())
    coded = made[0].codepage.encoded(secret)
    connection.traffic.hide(secret)
    connection.traffic.received(b"\xf5\xc3\xff\xef")
    connection.traffic.sent(b"\x7d\x40\x40" + coded[:3])
    connection.traffic.sent(coded[3:] + b"\xff\xef")
    said = b"".join(step.data for step in parse(connection.trace(), "traffic").steps)
    assert said == b"\xf5\xc3\xff\xef\x7d\x40\x40" + b"*" * len(coded) + b"\xff\xef"


def test_a_connection_that_ends_after_a_refused_lu_says_which_and_why():
    class Watcher:
        said = ""

        def changed(self):
            pass

        def ended(self, reason):
            self.said = reason

    watcher = Watcher()
    connection = HostConnection(
        TerminalFactory(lambda write: Terminal3270(write, lu_names=["L1"])), watcher, Clock()
    )
    connection.makeConnection(StringTransport())
    for said in ("fffd28", "fffa280802fff0", "fffa2802060503fff0"):
        connection.dataReceived(bytes.fromhex(said))
    connection.connectionLost(Failure(ConnectionDone()))
    refused = "the host refused LU L1: INV-NAME, there is no such name"
    assert watcher.said == f"{refused}; then: the host closed the connection"


def test_a_folder_of_traces_has_a_limit(tmp_path):
    traces = TraceStore(tmp_path / "traces", lambda: 1_000.0)
    names = [traces.save(f"// {n}\n") for n in range(KEEP + 5)]
    assert len(set(names)) == KEEP + 5
    assert len(list((tmp_path / "traces").iterdir())) == KEEP
    assert traces.read(names[-1])[1].endswith(f"// {KEEP + 4}\n")
    assert [one.name for one in traces.all()] == names[: -KEEP - 1 : -1]
    assert traces.read(names[0]) is None


@pytest.mark.parametrize(
    "request_id", ["r1", "a-b.c_d", "../../etc/passwd", "käse / 7", "x" * 200, "1763-1"]
)
def test_a_trace_is_found_by_its_name_and_by_its_request_whatever_that_is(tmp_path, request_id):
    traces = TraceStore(tmp_path / "traces", lambda: 1_000.5)
    problem = WaitTimedOut(seconds=0.5, operation="SignOn", awaited="NOWHERE")
    traces.save("// another\n", "other", problem)
    first = traces.save("// 1\n", request_id, problem)
    last = traces.save("// 2\n", request_id, problem)
    assert traces.read(first)[1].endswith("\n// 1\n")
    assert traces.read(first + ".trc")[0] == first
    found = traces.read(request_id)
    if request_id.isascii() and len(request_id) <= 64:
        assert found[0] == last, "the latest of the request"
    kept = next(traces.all())
    assert (kept.name, kept.time) == (last, 1_000.5)
    assert kept.error == f"{problem.code} {problem}"
    assert [one.parent.name for one in tmp_path.rglob("*.trc")] == ["traces"] * 3


@pytest.mark.parametrize("wanted", ["", "-", "../x", "*", "nothing", "1000500", "\0"])
def test_what_is_no_trace_is_none(tmp_path, wanted):
    traces = TraceStore(tmp_path / "traces", lambda: 1_000.5)
    assert traces.read(wanted) is None
    traces.save("// 1\n", "r1")
    traces.save("// 1\n")
    (tmp_path / "x.trc").write_text("// outside\n")
    assert traces.read(wanted) is None


def test_a_trace_that_is_remembered_is_made_when_it_is_read(tmp_path):
    made = []

    def words():
        made.append(1)
        return "// 1\n"

    traces = TraceStore(tmp_path / "traces", lambda: 1_000.5)
    name = traces.save(words, "r1")
    assert [one.name for one in traces.all()] == [name]
    assert made == []
    assert traces.read("r1") == (name, "// request r1\n// error \n// 1\n")
    for number in range(REMEMBER):
        traces.save(words, f"q{number}")
    assert traces.read("r1") is None
    assert len([*traces.all()]) == REMEMBER
    assert not (tmp_path / "traces").exists()


def test_a_copy_of_a_ring_stays_as_it_was():
    traffic = TrafficBuffer(lambda: 0.0, size=300)
    traffic.sent(b"before")
    traffic.hide("before")
    copy = traffic.copy()
    for _ in range(9):
        traffic.sent(b"later" * 20)
    assert b"later".hex() not in copy.text()
    assert (b"*" * 6).hex() in copy.text()


def test_a_pools_own_failure_has_a_trace_without_a_request(tmp_path):
    traces = TraceStore(tmp_path / "traces", lambda: 1_000.5)
    name = traces.save("// 1\n")
    assert [(one.name, one.request_id, one.error) for one in traces.all()] == [(name, "", "")]


def test_a_trace_of_long_ago_is_not_kept(tmp_path):
    now = time.time()
    traces = TraceStore(tmp_path, lambda: now)
    old = traces.save("// 1\n", "r1")
    days = DAYS * 86_400
    os.utime(tmp_path / f"{old}.trc", (now - days - 1, now - days - 1))
    young = traces.save("// 2\n", "r2")
    os.utime(tmp_path / f"{young}.trc", (now - days + 60, now - days + 60))
    traces.save("// 3\n", "r3")
    assert [one.request_id for one in traces.all()] == ["r3", "r2"]


def test_a_folder_that_cannot_be_written_costs_no_session_its_error(tmp_path):
    (tmp_path / "traces").write_text("a file")
    assert TraceStore(tmp_path / "traces", lambda: 0.0).save("x") == ""


def test_a_screen_without_hidden_fields_is_kept_as_it_is():
    terminal, _ = tube()
    terminal.feed(bytes.fromhex("f5c31d40c1ffef"))
    buffer_free = bytes.fromhex("7d4040114040c1ffef")
    assert terminal.mask_sent(buffer_free) == buffer_free


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("lu", "words"), [("BAD GOOD", ""), ("BAD", "refused LU BAD: INV-NAME, there is no such name")]
)
def test_a_refused_lu_leads_to_the_next_one_and_the_last_one_is_told(
    on_reactor,
    _reactor_thread,  # noqa: PT019 - its value is used
    lu,
    words,
):
    async def visit():
        bank = start_bank(_reactor_thread, motd_rate=0, reject_lus=("BAD",))
        host = HostSettings(host=bank.address[0], port=bank.address[1], lu=lu)
        hosts = RealHosts(_reactor_thread)
        session = HostSession("the bank", _reactor_thread, lambda *_: None)
        try:
            await session.connect(hosts.endpoint(host, 5, tls=False), hosts.terminal(host), 5)
        except HostUnreachable as problem:
            return str(problem)
        finally:
            session.close()
            await bank.stop()
        return ""

    said = on_reactor(visit)
    assert words in said
    assert bool(words) == bool(said)


@pytest.mark.sockets
def test_an_error_of_a_live_session_names_its_trace_and_the_trace_plays_it_again(
    on_reactor,
    _reactor_thread,  # noqa: PT019 - its value is used
):
    kept = []

    def keep(text, _problem):
        kept.append(text)
        return "1.trc"

    def sign_on(_screen):
        yield Type("TELLER001")
        yield Press("Tab")
        yield Type("BANK001", secret=True)
        yield Press("Enter")
        answer = yield Wait(lambda screen: "NOWHERE" in str(screen), 0.5, "NOWHERE")
        assert isinstance(answer, TimedOut)
        raise WaitTimedOut(seconds=0.5, operation="SignOn", awaited="NOWHERE")

    async def visit():
        bank = start_bank(_reactor_thread, motd_rate=0)
        host = HostSettings(host=bank.address[0], port=bank.address[1])
        hosts = RealHosts(_reactor_thread)
        session = HostSession("the bank", _reactor_thread, lambda *_: None, keep)
        try:
            await session.connect(hosts.endpoint(host, 5, tls=False), hosts.terminal(host), 5)
            with pytest.raises(WaitTimedOut) as caught:
                await session.run(sign_on, 5)
            return caught.value
        finally:
            session.close()
            await bank.stop()

    problem = on_reactor(visit)
    assert problem.details["trace"] == "1.trc"
    sent = b"".join(s.data for s in parse(kept[0], "kept").steps if isinstance(s, Expects))
    assert "BANK001".encode("cp037") not in sent
    assert "TELLER001".encode("cp037") in sent
    terminal = Terminal3270(lambda _: None)
    for step in parse(kept[0], "kept").steps:
        if isinstance(step, Sends):
            terminal.feed(step.data)
    assert "BNK010" in str(terminal.screen())
