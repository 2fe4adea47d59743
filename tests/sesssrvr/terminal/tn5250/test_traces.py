"""Recorded sessions of IBM i, replayed to the terminal."""

import json
from pathlib import Path

import pytest

from sesssrvr.terminal.tn5250 import Terminal5250


FLOWS = ["rte-tn5250/login.yml", "rte-tn5250/slow-response.yml", "xtn5250/login.yml"]
REFERENCES = {
    "rte-tn5250/login.yml": ("rte-tn5250/login-welcome-screen.html", "rte-tn5250/user-menu-screen.html"),
    "rte-tn5250/slow-response.yml": ("rte-tn5250/login-welcome-screen.html", "rte-tn5250/user-menu-screen.html"),
    "xtn5250/login.yml": ("xtn5250/login-welcome-screen.txt", "xtn5250/user-menu-screen.txt"),
}  # fmt: skip
QUERY_REPLY = bytes.fromhex("0000 88 003a d970 80")


def recorder(sent):
    """The recorded client refused NEW-ENVIRON."""
    return Terminal5250(sent.append, model="IBM-3477-FC", new_environ=False)


@pytest.mark.parametrize("name", FLOWS)
def test_reference_screens_come_out(name, traces, tools):
    terminal, shown = recorder([]), []
    for turn in tools.read_flow(traces / name):
        if turn.host:
            terminal.feed(turn.data)
            lines = terminal.screen().lines()
            shown.append([line.rstrip() for line in lines])
    for reference in REFERENCES[name]:
        wanted = tools.read_reference(traces / reference)
        assert wanted + [""] * (24 - len(wanted)) in shown
    assert terminal.fault_count == 0


@pytest.mark.parametrize("name", FLOWS)
def test_what_the_operator_sent_is_sent_again_byte_for_byte(name, traces, tools, operate, say):
    sent: list[bytes] = []
    terminal = recorder(sent)
    got = b""
    operated = 0
    for turn in tools.read_flow(traces / name):
        if turn.host:
            terminal.feed(turn.data)
            continue
        if not got and not sent:
            (record,) = say.records(turn.data)
            operate(terminal, record[10:])
            operated += 1
        got += b"".join(sent)
        sent.clear()
        mine, got = got[: len(turn.data)], got[len(turn.data) :]
        if QUERY_REPLY in turn.data:  # each client tells what it is
            assert mine[: 10 + len(QUERY_REPLY)] == turn.data[: 10 + len(QUERY_REPLY)]
            assert len(mine) == len(turn.data)
        else:
            assert mine.hex(" ") == turn.data.hex(" ")
    assert operated == 2
    assert not got


def test_the_password_of_a_recorded_operator_is_on_no_screen(traces, tools, operate, say):
    terminal = recorder([])
    for turn in tools.read_flow(traces / FLOWS[0]):
        if turn.host:
            terminal.feed(turn.data)
        elif b"\x12\xa0" in turn.data and QUERY_REPLY not in turn.data:
            record = say.records(turn.data)[0][10:]
            for part in record[3:].split(b"\x11")[1:]:
                terminal.move_cursor(part[0], part[1])
                terminal.type(part[2:].decode("cp037"))
            assert "TESTPSW" not in terminal.screen().characters
            break
    assert "TESTUSR" in terminal.screen().characters


# The recorded clients told nothing of their code pages.
SILENT = {"KBDTYPE": "", "CODEPAGE": "", "CHARSET": ""}


def jsonl(path: Path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_negotiation_with_ibm_i_is_the_recorded_clients(traces):
    sent: list[bytes] = []
    terminal = Terminal5250(sent.append, variables=SILENT)
    want = b""
    for one in jsonl(traces / "ts5250" / "pub400-signon.jsonl"):
        if one["dir"] == "rx":
            terminal.feed(bytes.fromhex(one["hex"]))
        else:
            want += bytes.fromhex(one["hex"])
    assert b"".join(sent).hex(" ") == want.hex(" ")
    screen = terminal.screen()
    assert screen.text(1, 10, 48) == "Welcome to PUB400.COM * your public IBM i server"
    assert screen.text(4, 70, 10) == "QPADEV000F"
    assert [(f.start, f.length, f.hidden) for f in screen.input_fields()] == [
        (screen.offset(5, 25), 10, False),
        (screen.offset(6, 25), 128, True),
    ]
    assert not screen.locked
    assert screen.place(screen.cursor) == (5, 25)


def test_lengths_of_what_a_recorded_client_sent_are_ours(traces):
    """The recording keeps lengths only; its operator signed on as MARO with 9 characters."""
    sent: list[bytes] = []
    terminal = Terminal5250(sent.append, variables=SILENT)
    lengths: list[int] = []
    for one in jsonl(traces / "ts5250" / "pub400-signon-to-menu.jsonl"):
        if one["dir"] == "rx":
            terminal.feed(bytes.fromhex(one["hex"]))
        else:
            lengths.append(one["len"])
            if one["len"] == 34:
                terminal.type("MARO")
                terminal.move_cursor(6, 25)
                terminal.type("NINECHARS")
                terminal.key("Enter")
    assert sum(map(len, sent)) == sum(lengths)
    assert "CPF1120 - User MARO does not exist" in terminal.screen().text(24, 1, 60)
    assert terminal.screen().unlocks == 2


@pytest.mark.parametrize("name", [*FLOWS, "ts5250/pub400-signon.jsonl"])
def test_how_the_network_cuts_the_bytes_never_matters(name, traces, tools):
    if name.endswith("yml"):
        data = b"".join(turn.data for turn in tools.read_flow(traces / name) if turn.host)
    else:
        found = jsonl(traces / name)
        data = b"".join(bytes.fromhex(one["hex"]) for one in found if one["dir"] == "rx")
    whole, split = Terminal5250(lambda _: None), Terminal5250(lambda _: None)
    whole.feed(data)
    for byte in data:
        split.feed(bytes((byte,)))
    assert split.screen() == whole.screen()
    assert split.fault_count == whole.fault_count == 0


@pytest.mark.parametrize(
    "name",
    [
        "x3270/ibmlink.trc", "x3270/sruvm.trc", "rte-tn3270/login.yml", "dm3270/login.yml",
        "rte-vt420/login.yml", "ts5250/vt-ibmi-signon.jsonl",
    ],
)  # fmt: skip
def test_recordings_of_other_hosts_do_no_harm(name, traces, tools):
    read = {"trc": tools.read_trc, "yml": tools.read_flow}.get(
        name.rpartition(".")[2], tools.read_jsonl
    )
    terminal = Terminal5250(lambda _: None)
    for turn in read(traces / name):
        if turn.host:
            terminal.feed(turn.data)
            terminal.screen()
    assert terminal.screen().kind == "5250"
