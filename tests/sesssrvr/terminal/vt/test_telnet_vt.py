"""A VT terminal on a telnet connection: options, line ends, break, echo, and recorded hosts."""

import json
import re
from html.parser import HTMLParser

import pytest
import yaml

from sesssrvr.terminal.vt import TelnetVT


IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240


def line(**options):
    sent = []
    return TelnetVT(sent.append, **options), sent


def taken(sent):
    data = b"".join(sent)
    sent.clear()
    return data


ANSWERED = {
    "a terminal type is told": ([DO, 24], [WILL, 24]),
    "a size is told": ([DO, 31], [WILL, 31, IAC, SB, 31, 0, 80, 0, 24, IAC, SE]),
    "variables are told": ([DO, 39], [WILL, 39]),
    "binary both ways": ([DO, 0, IAC, WILL, 0], [WILL, 0, IAC, DO, 0]),
    "the host may echo": ([WILL, 1], [DO, 1]),
    "marks at the ends of records": ([DO, 25, IAC, WILL, 25], [WILL, 25, IAC, DO, 25]),
    "no go-aheads": ([WILL, 3, IAC, DO, 3], [DO, 3, IAC, WILL, 3]),
    "we do not echo": ([DO, 1], [WONT, 1]),
    "no line mode": ([DO, 34], [WONT, 34]),
    "no status": ([WILL, 5], [DONT, 5]),
    "no authentication, no encryption": ([DO, 37, IAC, WILL, 38], [WONT, 37, IAC, DONT, 38]),
    "no is taken for an answer": ([DONT, 24, IAC, WONT, 1], None),
}


@pytest.mark.parametrize(("asked", "answer"), ANSWERED.values(), ids=ANSWERED.keys())
def test_options(asked, answer):
    terminal, sent = line()
    assert not terminal.feed(bytes([IAC, *asked]))
    assert taken(sent) == (bytes([IAC, *answer]) if answer else b"")


def test_terminal_types_are_offered_in_turn_and_again():
    terminal, sent = line()
    terminal.feed(bytes([IAC, DO, 24]))
    ask = bytes([IAC, SB, 24, 1, IAC, SE])
    names = []
    for _ in range(5):
        sent.clear()
        terminal.feed(ask)
        names.append(taken(sent)[4:-2])
    assert names == [b"VT420", b"VT220", b"VT100", b"VT100", b"VT420"]
    assert terminal.device_type == "VT420"


def test_a_terminal_type_of_ones_own():
    terminal, sent = line(terminal_types=["xterm"])
    terminal.feed(bytes([IAC, DO, 24, IAC, SB, 24, 1, IAC, SE]))
    assert taken(sent).endswith(b"\x00xterm\xff\xf0")


def test_variables_are_told_when_asked_for():
    terminal, sent = line(environ={"USER": "ops", "DEVNAME": "V\x01"})
    terminal.feed(bytes([IAC, SB, 39, 1, IAC, SE]))
    assert not sent  # the option is off
    terminal.feed(bytes([IAC, DO, 39, IAC, SB, 39, 1, IAC, SE]))
    assert taken(sent)[7:-2] == b"\x00USER\x01ops\x03DEVNAME\x01V\x02\x01"


def test_the_host_hears_of_every_size():
    terminal, sent = line(rows=24, columns=80)
    terminal.feed(bytes([IAC, DO, 31]))
    sent.clear()
    terminal.resize(30, 255)
    assert taken(sent) == bytes([IAC, SB, 31, 0, 255, 255, 0, 30, IAC, SE])
    terminal.feed(b"\x1b[?3h")
    assert taken(sent) == bytes([IAC, SB, 31, 0, 132, 0, 30, IAC, SE])
    terminal.feed(b"x")
    assert not sent


def test_a_host_that_does_not_ask_is_not_told():
    terminal, sent = line()
    terminal.resize(30, 90)
    assert not sent


def test_line_ends_on_the_wire():
    terminal, sent = line()
    terminal.key("Enter")
    assert taken(sent) == b"\r\0"
    terminal.feed(b"\x1b[20h")
    terminal.key("Enter")
    assert taken(sent) == b"\r\n"
    terminal.feed(bytes([IAC, DO, 0]) + b"\x1b[20l")
    sent.clear()
    terminal.key("Enter")
    assert taken(sent) == b"\r"


def test_records_end_with_a_mark_where_that_is_agreed_on():
    terminal, sent = line()
    terminal.feed(bytes([IAC, DO, 25]))
    sent.clear()
    terminal.type("LOGIN")
    terminal.key("Enter")
    assert taken(sent) == b"LOGIN\xff\xef\r\0\xff\xef"
    terminal.feed(bytes([IAC, DONT, 25]))
    sent.clear()
    terminal.key("Enter")
    assert taken(sent) == b"\r\0"


@pytest.mark.parametrize("agreed", [b"", bytes([IAC, WILL, 25])], ids=["unasked", "agreed on"])
def test_a_hosts_marks_are_no_text(agreed):
    terminal, _ = line()
    terminal.feed(agreed + b"log\xff\xefin:\xff\xef\xff\xf9")
    assert terminal.lines()[0].strip() == "login:"


def test_bytes_that_telnet_uses_are_doubled():
    terminal, sent = line(charset="latin-1")
    terminal.type("ÿ")
    assert taken(sent) == b"\xff\xff"
    terminal.feed(b"\xff\xffx")
    assert terminal.screen().text(1, 1, 2) == "ÿx"


def test_break():
    terminal, sent = line()
    terminal.key("Break")
    assert taken(sent) == b"\xff\xf3"


def test_answers_go_through_telnet():
    terminal, sent = line()
    terminal.feed(b"\x1b[6n")
    assert taken(sent) == b"\x1b[1;1R"


def test_what_is_typed_is_shown_here_if_the_host_does_not_echo():
    terminal, _ = line()
    terminal.feed(bytes([IAC, WILL, 1]))
    terminal.type("secret")
    assert terminal.lines()[0].strip() == ""
    terminal.feed(bytes([IAC, WONT, 1]))
    terminal.type("shown")
    terminal.key("Enter")
    terminal.type("x")
    assert [text.strip() for text in terminal.lines()[:2]] == ["shown", "x"]


def test_the_session_is_up_when_the_line_is_and_negotiation_is_no_text():
    terminal, _ = line()
    assert terminal.ready
    assert terminal.screen().connected
    assert not terminal.feed(bytes([IAC, DO, 24]))
    assert terminal.feed(b"login: ")


def test_repr_says_what_has_been_agreed_on():
    terminal, _ = line(level="VT220")
    terminal.feed(bytes([IAC, WILL, 1, IAC, DO, 31]))
    inner = "<TerminalVT VT220 24x80 UTF-8 cursor 1,1>"
    assert repr(terminal) == f"<TelnetVT VT220 telnet echo size {inner}>"


def test_the_other_calls_reach_the_terminal():
    terminal, sent = line()
    terminal.transmit(b"\x1b[A")
    assert taken(sent) == b"\x1b[A"
    terminal.move_cursor(1, 1)


class _Screen(HTMLParser):
    """The text of a reference screen."""

    def __init__(self, text):
        super().__init__()
        self.text, self.inside = "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.inside = self.inside or tag == "pre"

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "pre"

    def handle_data(self, data):
        if self.inside:
            self.text += data


class _Loader(yaml.SafeLoader):
    """Flows with !server and !client."""


_Loader.add_constructor("!server", lambda loader, node: (True, loader.construct_mapping(node)))
_Loader.add_constructor("!client", lambda loader, node: (False, loader.construct_mapping(node)))


def flow(path):
    """(host?, bytes) in order."""
    turns = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    return [(host, bytes.fromhex(str(turn["data"]))) for host, turn in turns]


def reference(path):
    return [text.rstrip() for text in _Screen(path.read_text(encoding="utf-8")).text.split("\n")]


def rows(terminal):
    found = [text.rstrip() for text in terminal.screen().lines()]
    return found[: len(found)]


def test_a_recorded_vt420_logon(traces):
    """Every byte the recorded client sent is typed here and compared; two screens are known."""
    folder = traces / "rte-vt420"
    terminal, sent = line(charset="latin-1")
    keys = {
        b"\r\0": "Enter",
        b"\x1b[A": "Up",
        b"\x1b[B": "Down",
        b"\x1b[C": "Right",
        b"\x1b[D": "Left",
    }
    seen = []
    for host, data in flow(folder / "login.yml"):
        if host:
            terminal.feed(data)
            seen.append(rows(terminal))
        elif data[0] != IAC:
            sent.clear()
            if data in keys:
                terminal.key(keys[data])
            else:
                terminal.type(data.decode("ascii"))
            assert taken(sent) == data
        else:
            assert data in b"".join(sent)
    assert reference(folder / "user-welcome-screen.html")[:24] in seen
    assert reference(folder / "login-success-screen.html")[:24] in seen
    assert seen[-1] == reference(folder / "login-success-screen.html")[:24]


def test_the_password_of_the_recorded_logon_is_not_shown(traces):
    terminal, _ = line(charset="latin-1")
    for host, data in flow(traces / "rte-vt420" / "login.yml"):
        if host:
            terminal.feed(data)
            assert "passw" not in str(terminal.screen())


def test_a_recorded_ibm_i_sign_on(traces):
    """The answers to the host's options are the recorded client's, but for its variables."""
    environ = {"KBDTYPE": "USB", "CODEPAGE": "37", "CHARSET": "697"}
    terminal, sent = line(
        level="VT220", terminal_types=["VT220"], environ=environ, charset="latin-1"
    )
    recorded = (traces / "ts5250" / "vt-ibmi-signon.jsonl").read_text(encoding="utf-8")
    answers = b""
    for entry in map(json.loads, recorded.splitlines()):
        data = bytes.fromhex(entry["hex"])
        if entry["dir"] == "in":
            terminal.feed(data)
        else:
            answers += data
    assert b"".join(sent) == answers
    screen = terminal.screen()
    assert re.match(r" {9}Welcome to PUB400.COM \* your public IBM i server +$", screen.lines()[0])
    assert screen.text(5, 1, 25) == "Your user name:          "
    assert screen.place(screen.cursor) == (5, 25)
    assert str(screen).rstrip().endswith("(C) COPYRIGHT IBM CORP. 1980, 2021.")
    assert [(run.start, run.length) for run in screen.runs if run.underline] == [(344, 10)]
    assert [run.start for run in screen.runs if run.reverse] == [560, 1680]


def test_recordings_may_be_cut_anywhere(traces):
    data = b"".join(data for host, data in flow(traces / "rte-vt420" / "login.yml") if host)
    at_once, _ = line(charset="latin-1")
    in_pieces, _ = line(charset="latin-1")
    at_once.feed(data)
    for byte in data:
        in_pieces.feed(bytes((byte,)))
    assert at_once.lines() == in_pieces.lines()
