"""What a host session may rely on, whatever terminal it drives: one set of tests for all engines."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.contract import Terminal
from sesssrvr.terminal.tn5250 import Terminal5250
from sesssrvr.terminal.vt import RawVT, TelnetVT
from verdigris.errors import OperatorError


Write = Callable[[bytes], None]


@dataclass(frozen=True)
class Engine:
    """An engine, and what a host says to it.

    Attributes:
        make: makes a terminal.
        agree: options and headers, up to the first record.
        shown: shows HELLO at row 1 column 1 and gives the operator the keyboard.
    """

    make: Callable[[Write], Terminal]
    agree: bytes
    shown: bytes


CLASSIC = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00")
HELLO = "HELLO".encode("cp037")
FORM_5250 = bytes.fromhex("0440 0411 0008 110101") + HELLO + bytes.fromhex("04520000")
RECORD_5250 = (len(FORM_5250) + 10).to_bytes(2) + bytes.fromhex("12a00000 04000003") + FORM_5250
EXTENDED = (
    bytes.fromhex("fffd28 fffa280802fff0") + b"\xff\xfa\x28\x02\x04IBM-3278-2-E\x01LU1\xff\xf0"
)
ENGINES = {
    "TN3270": Engine(Terminal3270, CLASSIC, b"\xf5\xc3\x11\x40\x40" + HELLO + b"\xff\xef"),
    "TN3270E": Engine(
        Terminal3270,
        EXTENDED + bytes.fromhex("fffa280304fff0"),
        bytes(5) + b"\xf5\xc3\x11\x40\x40" + HELLO + b"\xff\xef",
    ),
    "TN5250": Engine(Terminal5250, CLASSIC, RECORD_5250 + b"\xff\xef"),
    "VT by telnet": Engine(TelnetVT, bytes.fromhex("fffd18 fffb01 fffb03"), b"HELLO"),
    "VT on a raw line": Engine(RawVT, b"", b"HELLO"),
}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys())
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    return found


def made(engine: Engine, *heard: bytes) -> tuple[Terminal, list[bytes]]:
    """A terminal that has been fed, and what it has sent."""
    sent: list[bytes] = []
    terminal = engine.make(sent.append)
    for data in filter(None, heard):
        terminal.feed(data)
    return terminal, sent


def greeted(engine: Engine) -> Terminal:
    return made(engine, engine.agree, engine.shown)[0]


def public(owner: type) -> dict[str, Any]:
    return {name: inspect.getattr_static(owner, name) for name in dir(owner) if name[0] != "_"}


def test_every_member_is_there_with_the_same_arguments(engine: Engine) -> None:
    kind = type(greeted(engine))
    for name, member in public(Terminal).items():
        own = inspect.getattr_static(kind, name)
        if inspect.isfunction(member):
            assert [*inspect.signature(own).parameters] == [*inspect.signature(member).parameters]
        else:
            assert not inspect.isfunction(own), name


def test_before_the_host_speaks_only_a_character_host_is_ready_and_nothing_refused(
    engine: Engine,
) -> None:
    terminal, sent = made(engine)
    screen = terminal.screen()
    assert terminal.ready is terminal.character_host, "a character host may wait for a key"
    assert screen.connected is terminal.character_host
    assert not str(screen).strip()
    assert (terminal.refusal, terminal.last_refusal) == ("", "")
    assert (terminal.tls_wanted, terminal.tls_missing) == (False, False)
    assert (terminal.fault_count, [*terminal.faults]) == (0, [])
    assert sent == []


def test_negotiation_alone_does_not_make_a_block_terminal_ready(engine: Engine) -> None:
    terminal, _ = made(engine, engine.agree)
    assert terminal.ready is terminal.character_host


def test_the_first_screen_makes_it_ready(engine: Engine) -> None:
    terminal, _ = made(engine, engine.agree)
    assert terminal.feed(engine.shown)
    assert terminal.ready
    screen = terminal.screen()
    assert screen.connected
    assert not screen.locked
    assert screen.text(1, 1, 5) == "HELLO"
    assert terminal.fault_count == 0


def test_packets_may_be_cut_anywhere(engine: Engine) -> None:
    terminal, sent = made(engine, engine.agree, engine.shown)
    by_byte, sent_by_byte = made(engine, *(bytes((one,)) for one in engine.agree + engine.shown))
    assert by_byte.screen().characters == terminal.screen().characters
    assert b"".join(sent_by_byte) == b"".join(sent)


def test_a_screen_is_the_same_object_until_something_changes(engine: Engine) -> None:
    terminal = greeted(engine)
    before = terminal.screen()
    assert terminal.screen() is before
    terminal.feed(engine.shown)
    assert terminal.screen().version > before.version


def test_only_a_character_host_leaves_the_keyboard_free_after_enter(engine: Engine) -> None:
    terminal = greeted(engine)
    terminal.key("Enter")
    assert terminal.screen().locked is not terminal.character_host


def test_only_a_character_host_is_heard(engine: Engine) -> None:
    terminal = greeted(engine)
    assert terminal.heard("HELLO") is terminal.character_host
    terminal.key("enter")
    assert not terminal.heard("HELLO")


def test_a_key_that_is_not_there_is_refused(engine: Engine) -> None:
    with pytest.raises(OperatorError, match="there is no key named Hyper"):
        greeted(engine).key("Hyper")


def test_a_place_outside_the_screen_is_refused(engine: Engine) -> None:
    with pytest.raises(OperatorError):
        greeted(engine).move_cursor(99, 1)


def test_masks_keep_the_length_and_what_is_no_secret(engine: Engine) -> None:
    terminal, sent = made(engine, engine.agree, engine.shown)
    data = b"".join(sent)
    assert terminal.mask_sent(data) == data
    assert terminal.mask_received(engine.shown) == engine.shown


def test_signals_and_tls_below_the_session_are_taken_by_all(engine: Engine) -> None:
    class Signals:
        def resize(self, rows: int, columns: int) -> None:
            pass

        def send_break(self) -> None:
            pass

    terminal, _ = made(engine)
    terminal.use_signals(Signals())
    terminal.tls_started()
    assert (terminal.tls_wanted, terminal.tls_missing) == (False, False)
    terminal.feed(engine.agree + engine.shown)
    assert terminal.screen().text(1, 1, 5) == "HELLO"


def test_an_instance_has_no_dictionary(engine: Engine) -> None:
    """Ten thousand sessions: each holds its slots and nothing else."""
    assert not hasattr(greeted(engine), "__dict__")


@given(data=st.binary(max_size=200), which=st.sampled_from(sorted(ENGINES)))
def test_nothing_a_host_sends_raises(data: bytes, which: str) -> None:
    engine = ENGINES[which]
    terminal, _ = made(engine, engine.agree, engine.shown)
    before = terminal.fault_count
    assert isinstance(terminal.feed(data), bool)
    assert terminal.fault_count >= before
    assert len(terminal.faults) <= terminal.fault_count
    terminal.screen()
    assert len(terminal.mask_received(data)) == len(data)
