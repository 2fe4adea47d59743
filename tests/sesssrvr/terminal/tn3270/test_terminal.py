"""Any bytes, in any split, at any moment: nothing is raised, and the same screen results."""

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesssrvr.terminal import KEYS, OperatorError, Screen, Terminal3270, UnknownCodePage
from sesssrvr.terminal.tn3270.commands import COMMANDS
from sesssrvr.terminal.tn3270.orders import READERS


CLASSIC = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00")
EXTENDED = bytes.fromhex(
    "fffd28 fffa280802fff0 fffa280204 49424d2d333237382d322d45 014c55 fff0 fffa28030402 04 fff0"
)
telnet_pieces = st.sampled_from(
    [bytes.fromhex(one) for one in (
        "ff", "ffef", "fffd28", "fffe28", "fffc28", "fffd19", "fffb19", "fffd00", "fffb00",
        "fffa280802fff0", "fffa28020605fff0", "fffa280307fff0", "fffa28030400020405fff0",
        "fffa1801fff0", "fffa2701fff0", "0300000000310103", "0400000000", "0700000000c115c2",
        "0500000000", "0900020001", "0000020001f5c3", "0000010001f1c2",
    )]
)  # fmt: skip
order_pieces = st.builds(
    lambda code, rest: bytes((code,)) + rest,
    st.sampled_from(sorted(READERS)),
    st.binary(max_size=5),
)
record_pieces = st.builds(
    lambda code, wcc, parts: bytes((code, wcc)) + b"".join(parts) + b"\xff\xef",
    st.sampled_from(sorted(COMMANDS)),
    st.integers(0, 254),
    st.lists(st.one_of(order_pieces, st.binary(max_size=20)), max_size=8),
)
streams = st.lists(
    st.one_of(telnet_pieces, record_pieces, st.binary(max_size=40)), max_size=12
).map(b"".join)
starts = st.sampled_from([b"", CLASSIC, EXTENDED])
operator = st.lists(
    st.one_of(
        st.sampled_from(KEYS).map(lambda name: ("key", name)),
        st.text("aB1 -é€", max_size=6).map(lambda text: ("type", text)),
        st.tuples(st.integers(0, 25), st.integers(0, 81)).map(lambda place: ("move", place)),
    ),
    max_size=6,
)


def consistent(screen: Screen) -> None:
    """What holds for every screen."""
    size = screen.rows * screen.columns
    assert len(screen.characters) == size
    assert 0 <= screen.cursor < size
    if screen.fields:
        assert sum(field.length + 1 for field in screen.fields) == size
        assert [f.start for f in screen.fields] == sorted(f.start for f in screen.fields)
        for field in screen.fields:
            if field.hidden:
                assert not screen.field_text(field).strip()


@settings(max_examples=300)
@given(starts, streams, operator, streams)
def test_no_bytes_and_no_keys_raise_anything_but_operator_errors(
    start: bytes, first: bytes, actions: list[tuple[str, Any]], then: bytes
) -> None:
    sent: list[bytes] = []
    terminal = Terminal3270(sent.append, model=3)
    terminal.feed(start + first)
    for kind, what in actions:
        before = terminal.screen()
        try:
            if kind == "key":
                terminal.key(what)
            elif kind == "type":
                terminal.type(what)
            else:
                terminal.move_cursor(*what)
        except OperatorError:
            assert kind == "type" or terminal.screen() == before
        consistent(terminal.screen())
    terminal.feed(then)
    consistent(terminal.screen())
    assert len(terminal.faults) <= terminal.fault_count
    assert "".join(map(str, terminal.faults)) is not None


@settings(max_examples=150)
@given(starts, streams, st.data())
def test_any_split_gives_the_same_screen_and_the_same_answers(
    start: bytes, stream: bytes, data: st.DataObject
) -> None:
    whole_sent: list[bytes] = []
    split_sent: list[bytes] = []
    whole, split = Terminal3270(whole_sent.append), Terminal3270(split_sent.append)
    rest = start + stream
    whole.feed(rest)
    while rest:
        count = data.draw(st.integers(1, len(rest)))
        split.feed(rest[:count])
        rest = rest[count:]
    assert split.screen() == whole.screen()
    assert b"".join(split_sent) == b"".join(whole_sent)
    assert split.fault_count == whole.fault_count


@settings(max_examples=150)
@given(streams)
def test_a_session_lives_through_any_bytes(stream: bytes) -> None:
    """Whatever came: when the host sends a good screen in a good session, it is shown."""
    terminal = Terminal3270(lambda _: None)
    terminal.feed(CLASSIC)
    # No options in the middle, and no half command left over.
    terminal.feed(stream.replace(b"\xff", b"\xff\xff") + b"\xff\xef")
    terminal.feed(b"\xf5\xc3\xc8\xc9\xff\xef")
    assert str(terminal.screen()).strip() == "HI"
    assert not terminal.screen().locked


def test_feed_says_whether_anything_changed(line: Any) -> None:
    one = line()
    assert one.terminal.feed(b"\xf5\xc3\xc8") is False
    assert one.terminal.feed(b"\xc9\xff\xef") is True
    assert one.terminal.feed(b"\xf6\xff\xef") is False
    assert one.terminal.feed(b"\xff\xf1") is False


def test_versions_and_unlocks_are_counted(line: Any) -> None:
    one = line()
    seen = []
    for record in (b"\xf5\xc3", b"\xf1\xc2", b"\xf1\x40", b"\x6f", b"\xf6", b"\xf1\xc2"):
        one.host(record)
        seen.append((one.terminal.screen().version, one.terminal.screen().unlocks))
    assert seen == [(1, 1), (2, 2), (3, 2), (4, 3), (4, 3), (5, 4)]


def test_a_bad_write_frees_the_keyboard_and_leaves_a_stale_screen(line: Any) -> None:
    """Until the whole screen is written anew, or the operator asks again."""
    one = line()
    one.host(b"\xf5\xc3\xc1")
    one.press("Enter")
    one.host(b"\xf5\xc3\xc2\x11\x40")
    screen = one.terminal.screen()
    assert (str(screen).strip(), screen.locked, screen.stale) == ("A", False, True)
    one.host(b"\xf1\xc3\xc3")
    assert one.terminal.screen().stale
    one.host(b"\xf5\xc3\xc3")
    assert not one.terminal.screen().stale
    one.host(b"\xf5\xc3\x11\x40")
    assert one.terminal.screen().stale
    one.press("Enter")
    assert not one.terminal.screen().stale


def test_the_first_write_frees_the_keyboard_a_later_one_does_not(line: Any) -> None:
    one = line()
    assert one.terminal.screen().locked
    assert not one.terminal.ready
    one.host(b"\xf5\x40\x1d\x40\x13")
    assert one.terminal.ready
    assert not one.terminal.screen().locked
    one.press("Enter")
    one.host(b"\xf1\x40")
    assert one.terminal.screen().locked
    one.host(b"\xf1\xc2")
    assert not one.terminal.screen().locked


@pytest.mark.parametrize(
    "options", [{"model": 1}, {"oversize": (10, 10)}, {"model": 5, "oversize": (62, 100)},
                {"oversize": (200, 200)}]
)  # fmt: skip
def test_sizes_that_do_not_exist_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"model|oversize"):
        Terminal3270(lambda _: None, **options)


def test_an_unknown_code_page_is_refused() -> None:
    with pytest.raises(UnknownCodePage, match="cp9999"):
        Terminal3270(lambda _: None, codepage="cp9999")


def test_an_oversize_screen_is_addressed_by_14_bits(line: Any) -> None:
    one = line(oversize=(62, 160))
    one.host(b"\x7e\xc3\x11" + (9900).to_bytes(2) + b"\x1d\x40\x13")
    assert one.terminal.screen().cursor == 9901
    one.terminal.type("A")
    assert one.press("Enter").hex() == "7d" + (9902).to_bytes(2).hex() + "11" + "26adc1"


def footprint(thing: object, seen: set[int]) -> int:
    """Bytes of an object and what only it can reach; classes, functions and shared tables are not its own."""
    if id(thing) in seen or isinstance(thing, (type, int)) or callable(thing):
        return 0
    seen.add(id(thing))
    total = sys.getsizeof(thing)
    if isinstance(thing, dict):
        parts: list[object] = [*thing, *thing.values()]
    elif isinstance(thing, (list, tuple, set, frozenset)):
        parts = list(thing)
    else:
        names = [n for c in type(thing).__mro__ for n in getattr(c, "__slots__", ())]
        parts = [getattr(thing, n) for n in names if isinstance(n, str) and hasattr(thing, n)]
    return total + sum(footprint(part, seen) for part in parts)


def test_a_terminal_with_a_screen_stays_small(line: Any, ebcdic: Any) -> None:
    """Thousands of pooled sessions: docs/performance.md, before the first version, has 14 KiB."""
    shared: set[int] = set()
    other = line().terminal
    footprint(other.codepage, shared)
    one = line()
    fields = b"".join(b"\x29\x02\xc0\x60\x42\xf2" + ebcdic(f"LABEL {n:12}") for n in range(60))
    one.host(b"\xf5\xc3" + fields)
    one.terminal.screen()
    assert footprint(one.terminal, shared) < 20 * 1024
