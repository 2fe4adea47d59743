"""Whose turn it is on a 3270: screens the host leaves locked, and contention resolution."""

from typing import Any

import pytest

from sesssrvr.model import go_to, load_model
from tests.support.field_3270 import FieldHost, ebcdic
from verdigris.errors import EntityNotReached, OperatorError


RESTORE, NO_RESTORE = 0xC3, 0x40
SEND_DATA, KEYBOARD_RESTORE = 1, 2
BID = 9
CONTENTION = b"\x02\x04\x05"  # RESPONSES, SYSREQ, CONTENTION-RESOLUTION
ENTER = '<TransmitTerminalKey key="Enter"/>'
RESET = '<TransmitTerminalKey key="Reset"/>'
SEEN = '<WaitForDisplayString row="1" column="2">B PANEL</WaitForDisplayString>'


def panel(name: str, wcc: int) -> bytes:
    text = ebcdic(f"{name} PANEL")
    return b"\xf5" + bytes((wcc,)) + b"\x11\x40\x40\x1d\xf0" + text + b"\x11\xc1\x50\x1d\x40\x13"


def model_of(commands: str) -> Any:
    """A model A -> B -> C whose first operation has these commands."""
    space = 'xmlns="urn:verdigris:model:1"'
    files = {"model.xml": f'<model {space} name="M" home="A"><host type="3270"/></model>'.encode()}
    leads = (("A", "B", commands), ("B", "C", ENTER), ("C", "", ""))
    for name, to, inner in leads:
        entity = (
            f'<entity {space} name="{name}">'
            f'<signature><text row="1" column="2">{name} PANEL</text></signature>'
        )
        if to:
            entity += (
                f'<operation name="Go" destination="{to}" default="true" timeout="2">'
                f"{inner}</operation>"
            )
        files[f"entities/{name}.xml"] = f"{entity}</entity>".encode()
    return load_model(files).model


def arrive_at_c(commands: str) -> str:
    """The screen after the way to C, whose host leaves B locked."""
    model = model_of(commands)

    def answer(_: bytes, host: FieldHost) -> None:
        at_a = "A PANEL" in str(host.screen)
        host.say(panel("B", NO_RESTORE) if at_a else panel("C", RESTORE))

    host = FieldHost(answer=answer)
    host.say(panel("A", RESTORE))
    return str(host.drive(go_to(model, host.screen, "C", model.resolve({}))))


def test_reset_ends_the_waiting_on_a_panel_the_host_leaves_locked() -> None:
    """IBM/tnz#293 and #290, "inhibited screens" of HATS: people press Reset and go on."""
    assert "C PANEL" in arrive_at_c(ENTER + SEEN + RESET)


def test_without_reset_the_error_names_the_lock_and_the_key() -> None:
    with pytest.raises(EntityNotReached, match="locked: press Reset if the host leaves it so"):
        arrive_at_c(ENTER)


@pytest.mark.parametrize(
    ("records", "counts"),
    [
        pytest.param([], False, id="no answer yet"),
        pytest.param([b"\xf3\x00\x05\x01\xff\x02"], False, id="a query shows nothing"),
        pytest.param([b"\xf6"], False, id="a read shows nothing"),
        pytest.param([b"\xf1\x40\xc1"], True, id="Write"),
        pytest.param([b"\xf5\x40\xc1"], True, id="Erase/Write"),
        pytest.param([b"\x7e\x40\xc1"], True, id="Erase/Write Alternate"),
        pytest.param([b"\xf3\x00\x06\x40\x00\xf1\x40"], True, id="Outbound 3270DS"),
        pytest.param([b"\xf3\x00\x04\x03\x00"], True, id="Erase/Reset"),
    ],
)
def test_reset_counts_once_the_host_has_written_since_the_key(
    records: list[bytes], *, counts: bool
) -> None:
    """x3270 `do_reset`: a Reset before any answer is no answer, so models go on waiting."""
    host = FieldHost()
    host.say(panel("A", RESTORE))
    host.terminal.key("Enter")
    before = host.screen.unlocks
    for record in records:
        host.say(record)
    for _ in range(3):  # once, however often
        host.terminal.key("Reset")
    assert not host.screen.locked
    assert host.screen.unlocks == before + counts


def test_a_reset_too_early_can_be_pressed_again() -> None:
    host = FieldHost()
    host.say(panel("A", RESTORE))
    host.terminal.key("Enter")
    before = host.screen.unlocks
    host.terminal.key("Reset")
    host.say(panel("B", NO_RESTORE))
    assert host.screen.unlocks == before
    host.terminal.key("Reset")
    assert host.screen.unlocks == before + 1


def test_data_without_send_data_leave_the_turn_with_the_host() -> None:
    """pmattes/x3270#84, 9135c611, 38956ed0; draft-ietf-tn3270e-extensions-04, contention."""
    host = FieldHost(CONTENTION)
    host.say(panel("A", RESTORE), request=SEND_DATA)
    assert not host.screen.locked
    host.terminal.key("Enter")
    before = host.screen.unlocks
    host.say(panel("B", RESTORE))
    assert (host.screen.locked, host.screen.unlocks) == (True, before)
    with pytest.raises(OperatorError):
        host.terminal.type("x")
    host.say(b"\xf1\xc3\x11\xc1\x50" + ebcdic("THE REST"), request=SEND_DATA)
    assert not host.screen.locked
    assert host.screen.unlocks > before


@pytest.mark.parametrize(
    "record", [b"", b"\xf6", b"\xf1\x40", b"\xf3\x00\x05\x01\xff\x02", b"\x9a"]
)
def test_the_unlock_of_the_hosts_turn_counts_when_the_turn_is_given(record: bytes) -> None:
    """Whatever the record that gives it: empty, a read, a query, not valid."""
    host = FieldHost(CONTENTION)
    host.say(panel("A", RESTORE), request=SEND_DATA)
    host.terminal.key("Enter")
    before = host.screen.unlocks
    host.say(panel("B", RESTORE))
    host.say(record, request=SEND_DATA)
    assert (host.screen.locked, host.screen.unlocks) == (False, before + 1)


def test_the_turn_alone_restores_no_keyboard() -> None:
    host = FieldHost(CONTENTION)
    host.say(panel("A", RESTORE), request=SEND_DATA)
    host.terminal.key("Enter")
    before = host.screen.unlocks
    host.say(panel("B", NO_RESTORE), request=SEND_DATA)
    assert (host.screen.locked, host.screen.unlocks) == (True, before)
    host.say(b"", request=SEND_DATA | KEYBOARD_RESTORE)
    assert (host.screen.locked, host.screen.unlocks) == (False, before + 1)


def test_a_bid_and_data_after_it_keep_the_keyboard_until_send_data() -> None:
    """x3270's recorded sessions bid-bug and contention-resolution, records 11, 12 and 23."""
    host = FieldHost(CONTENTION)
    host.say(panel("A", RESTORE), request=SEND_DATA)
    host.say(b"", kind=BID, response=2)
    host.say(b"\xf3\x00\x05\x01\xff\x02", request=SEND_DATA)  # a query within the host's turn
    host.say(b"\xf1\xc3" + ebcdic("HALF"))
    assert host.screen.locked
    host.terminal.key("Reset")
    assert host.screen.locked  # nor does Reset take the turn (x3270)
    host.say(b"\xf1\xc3", request=SEND_DATA)
    assert not host.screen.locked


def test_without_the_function_the_flags_mean_nothing() -> None:
    host = FieldHost(b"\x02\x04")
    host.say(panel("A", RESTORE))
    assert not host.screen.locked
