"""Recorded sessions of real hosts, replayed to the terminal."""

from pathlib import Path
from typing import Any

import pytest

from sesssrvr.terminal import OperatorError, Screen, Terminal3270


X3270 = [
    "all_chars",
    "apl",
    "bid",
    "devname_change1",
    "devname_success",
    "elf",
    "empty-user",
    "ibmlink",
    "ibmlink_help",
    "ignore_eor",
    "invalid_command",
    "invalid_ra",
    "invalid_sba",
    "login",
    "lu",
    "no_bid",
    "no_flags",
    "numeric",
    "nvt-data",
    "ra_test",
    "reply_modes",
    "reverse",
    "short_eua",
    "short_mf_attr",
    "short_ra_addr",
    "short_sa",
    "short_sf",
    "short_sfe_count",
    "sruvm",
    "sscp-lu-data",
    "target",
    "tn3270e-renegotiate",
    "wont-tn3270e",
    "wrap",
    "wrap_field",
]
MALFORMED = [name for name in X3270 if name.startswith(("short_", "invalid_", "no_flags"))]

# Contention resolution (function 05) is what newer clients ask for besides, and so do we.
ASKED = bytes.fromhex("fffa280307000204fff0")
WE_ASK = bytes.fromhex("fffa28030700020405fff0")


def replay(turns: list[Any], terminal: Terminal3270, sent: list[bytes], tools: Any) -> list[Screen]:
    """Play the host, and act as the recorded operator did; what the terminal sends must be the same.

    All screens on the way are returned.
    """
    screens = []
    got = b""
    for turn in turns:
        if turn.host:
            terminal.feed(turn.data)
            screens.append(terminal.screen())
        else:
            want = turn.data.replace(ASKED, WE_ASK)
            if not got and not sent:
                for record in tools.records(want):
                    tools.act(terminal, record, header=terminal.negotiated == "TN3270E")
            got += b"".join(sent)
            sent.clear()
            assert unnumbered(got[: len(want)]) == unnumbered(want)
            got = got[len(want) :]
    return screens


def unnumbered(data: bytes) -> str:
    """Without the sequence number of a TN3270E input record: each client counts in its own way."""
    return (data[:3] + b"\0\0" + data[5:] if data[:3] == b"\0\0\0" else data).hex(" ")


@pytest.mark.parametrize("name", X3270)
def test_no_recorded_session_raises_or_depends_on_packets(
    name: str, traces: Path, tools: Any
) -> None:
    turns = tools.read_trc(traces / "x3270" / f"{name}.trc")
    host = [turn.data for turn in turns if turn.host]
    whole, split = Terminal3270(lambda _: None, model=4), Terminal3270(lambda _: None, model=4)
    for data in host:
        whole.feed(data)
    for byte in b"".join(host):
        split.feed(bytes((byte,)))
    assert split.screen() == whole.screen()
    assert split.fault_count == whole.fault_count


@pytest.mark.parametrize("name", ["bid", "no_bid", "sscp-lu-data", "ibmlink", "ibmlink_help"])
def test_what_the_operator_sent_is_sent_again_byte_for_byte(
    name: str, traces: Path, tools: Any
) -> None:
    sent: list[bytes] = []
    terminal = Terminal3270(sent.append, model=4)
    turns = tools.read_trc(traces / "x3270" / f"{name}.trc")
    replay(turns, terminal, sent, tools)
    assert terminal.fault_count == 0


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_record_is_refused_and_the_session_lives(
    name: str, traces: Path, tools: Any
) -> None:
    sent: list[bytes] = []
    terminal = Terminal3270(sent.append, model=4)
    for turn in tools.read_trc(traces / "x3270" / f"{name}.trc"):
        if turn.host:
            terminal.feed(turn.data)
    assert terminal.fault_count == 1
    assert terminal.negotiated == "TN3270E"
    (refusal,) = tools.records(sent[-1])
    assert refusal[:5] == bytes.fromhex("0200010002")
    terminal.feed(bytes.fromhex("0000000003f5c3c8c9ffef"))
    assert str(terminal.screen()).rstrip() == "HI"


REFERENCES = [
    ("dm3270/login.yml", "dm3270/login-welcome-screen.txt", "dm3270/user-menu-screen.txt"),
    ("dm3270/sscplu-login.yml", "dm3270/sscplu-login-success-screen.txt"),
    (
        "rte-tn3270/login.yml",
        "rte-tn3270/login-welcome-screen.html",
        "rte-tn3270/user-menu-screen.html",
        "rte-tn3270/login-success-screen.html",
    ),
    ("rte-tn3270/slow-response.yml", "rte-tn3270/login-welcome-screen.html"),
]
EXTENDED = ("dm3270/sscplu-login.yml", "dm3270/login-without-fields.yml")


def flow_terminal(name: str, sent: list[bytes]) -> Terminal3270:
    extended = name in EXTENDED
    return Terminal3270(sent.append, extended=extended, tn3270e=extended)


@pytest.mark.parametrize(("flow", "references"), [(one[0], one[1:]) for one in REFERENCES])
def test_reference_screens_come_out(
    flow: str, references: tuple[str, ...], traces: Path, tools: Any
) -> None:
    terminal = flow_terminal(flow, [])
    shown = []
    for turn in tools.read_flow(traces / flow):
        if turn.host:
            for record in _records_apart(turn.data):
                terminal.feed(record)
                shown.append([line.rstrip() for line in terminal.screen().lines()])
    for reference in references:
        want = tools.read_reference(traces / reference)
        assert any(screen == want for screen in shown), reference


def _records_apart(data: bytes) -> list[bytes]:
    """Screens in between count too: the reference may be one that is replaced at once."""
    pieces = data.split(b"\xff\xef")
    return [piece + b"\xff\xef" for piece in pieces[:-1]] + [pieces[-1]]


@pytest.mark.parametrize(
    "flow", ["rte-tn3270/login.yml", "dm3270/sscplu-login.yml", "dm3270/login-without-fields.yml"]
)
def test_recorded_logons_are_typed_again(flow: str, traces: Path, tools: Any) -> None:
    sent: list[bytes] = []
    turns = [turn for turn in tools.read_flow(traces / flow) if turn.data != b"\xff\xff"]
    replay(turns, flow_terminal(flow, sent), sent, tools)


def test_the_password_of_a_recorded_logon_is_on_no_screen(traces: Path, tools: Any) -> None:
    sent: list[bytes] = []
    turns = [t for t in tools.read_flow(traces / "rte-tn3270/login.yml") if t.data != b"\xff\xff"]
    terminal = flow_terminal("rte-tn3270/login.yml", sent)
    screens = replay(turns, terminal, sent, tools)
    assert any("testusr".upper() in screen.characters for screen in screens)
    assert not any("testpsw" in screen.characters.lower() for screen in screens)


def test_flash_screens_unlock_more_than_once(traces: Path, tools: Any) -> None:
    terminal = flow_terminal("rte", [])
    unlocks, shown = [], []
    for turn in tools.read_flow(traces / "rte-tn3270/login-with-multiple-flash-screen.yml"):
        if not turn.host:
            continue
        terminal.feed(turn.data)
        unlocks.append(terminal.screen().unlocks)
        shown.append(str(terminal.screen()).strip())
    assert 'THIS IS A "TEST" LOGIN' in shown
    assert unlocks[-1] > 3
    assert unlocks == sorted(unlocks)


def test_mvs_welcome_is_drawn(traces: Path, tools: Any, line: Any) -> None:
    one = line()
    for turn in tools.read_jsonl(traces / "ts5250/tk4-welcome.jsonl"):
        if turn.host:
            one.host(turn.data)
    text = str(one.terminal.screen())
    assert "Terminal" in text
    assert one.terminal.fault_count == 0
    with pytest.raises(OperatorError):
        one.terminal.move_cursor(25, 1)


def test_lu_names_are_asked_for_and_known(traces: Path, tools: Any) -> None:
    sent: list[bytes] = []
    terminal = Terminal3270(sent.append, model=4, lu_names=["foo"])
    for turn in tools.read_trc(traces / "x3270/lu.trc"):
        if turn.host:
            terminal.feed(turn.data)
    assert b"IBM-3278-4-E\x01foo" in b"".join(sent)
    assert terminal.lu_name == "IBM0TE01"


def test_nvt_text_is_drawn_and_kept_for_people(traces: Path, tools: Any) -> None:
    terminal = Terminal3270(lambda _: None, model=4)
    for turn in tools.read_trc(traces / "x3270/nvt-data.trc"):
        if turn.host:
            terminal.feed(turn.data)
    assert "x3270 test target" in terminal.nvt
    assert terminal.ready
    assert "x3270 test target" in str(terminal.screen())
