"""Traffic for traces: what hidden fields hold is masked, and nothing else changes."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesssrvr.terminal.tn5250 import SignOn, Terminal5250
from sesssrvr.terminal.tn5250.redact import mask_received


STARS = b"\x5c" * 8
SEND = bytes.fromhex("fffd27 fffa2701 03") + b"IBMRSEED"
HEADER = bytes.fromhex("12a00000 04000003")


def masked_as_sent(**options):
    """A terminal, and what it sent with its masked form."""
    found: list[tuple[bytes, bytes]] = []
    terminal = Terminal5250(
        lambda data: found.append((data, terminal.mask_sent(data))), model="IBM-3477-FC", **options
    )
    return terminal, found


@pytest.fixture
def signing_on(say):
    """A terminal with a name and a password typed, and what it sent since."""
    terminal, found = masked_as_sent()
    terminal.feed(say.AGREED)

    def show(read=say.read):
        form = say.write(say.field(5, 10, 10), say.field(6, 10, 10, attribute=0x27))
        terminal.feed(say.wrap(say.clear + form + read))
        terminal.move_cursor(5, 10)
        terminal.type("CLERK")
        terminal.move_cursor(6, 10)
        terminal.type("GEHEIM")
        found.clear()
        return terminal, found

    return show


READS = {
    "Read MDT": b"\x04\x52\0\0",
    "Read Input": b"\x04\x42\0\0",
    "Read MDT alternate": b"\x04\x82\0\0",
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_what_is_typed_into_a_hidden_field_is_masked(signing_on, say, read):
    terminal, found = signing_on(read)
    terminal.key("Enter")
    [(real, shown)] = found
    assert say.text("GEHEIM") in real
    assert shown == real.replace(say.text("GEHEIM"), STARS[:6])
    assert say.text("CLERK") in shown


ASKED = {
    "Read Immediate": b"\x04\x72",
    "Read MDT immediate alternate": b"\x04\x83",
    "Read Screen": b"\x04\x62",
    "Read Screen extended": b"\x04\x64",
    "Save Screen": b"\x04\x02",
    "Save Partial": b"\x04\x03\0\x01\x01\x18\x50",
}


@pytest.mark.parametrize("command", ASKED.values(), ids=ASKED)
def test_what_the_host_asks_for_is_masked(signing_on, say, command):
    terminal, found = signing_on()
    terminal.feed(say.wrap(command))
    [(real, shown)] = found
    assert say.text("GEHEIM") in real
    assert len(shown) == len(real)
    assert say.text("GEHEIM") not in shown
    assert say.text("CLERK") in shown


def test_an_answer_without_hidden_text_is_as_it_was(say):
    terminal, found = masked_as_sent()
    terminal.feed(say.AGREED)
    terminal.feed(say.wrap(say.clear + say.write(say.field(5, 10, 10)) + say.read))
    terminal.move_cursor(5, 10)
    terminal.type("CLERK")
    found.clear()
    terminal.key("Enter")
    [(real, shown)] = found
    assert shown == real


def test_a_doubled_byte_is_masked_twice(say):
    """A cell of X'FF' is two bytes on the line."""
    terminal, found = masked_as_sent()
    terminal.feed(say.AGREED)
    hidden = say.sba(5, 9) + b"\x27" + b"A\xff\xffB"
    terminal.feed(say.wrap(say.clear + say.write(hidden)))
    found.clear()
    terminal.feed(say.wrap(b"\x04\x62"))
    [(real, shown)] = found
    assert b"\x27A\xff\xff\xff\xffB" in real
    assert b"\x27\x5c\x5c\x5c\x5c\x5c\x5c" in shown
    assert len(shown) == len(real)


@pytest.mark.parametrize("coding", ["des", "clear"])
def test_a_password_and_its_substitute_are_masked_when_signing_on(coding):
    seed = bytes(range(0xF8, 0x100))
    on = SignOn("CLERK", "GEHEIM", coding, b"\1\2\3\4\5\6\7\xff" if coding == "des" else b"")
    terminal, found = masked_as_sent(sign_on=on)
    terminal.feed(SEND + seed.replace(b"\xff", b"\xff\xff") + b"\x00\x03\xff\xf0")
    real, shown = (b"".join(part) for part in zip(*found, strict=True))
    assert len(shown) == len(real)
    assert b"CLERK" in shown
    value = shown.partition(b"IBMSUBSPW\x01")[2]
    assert set(value.partition(b"\x03")[0].removesuffix(b"\xff\xf0")) == set(b"*")
    assert b"GEHEIM" not in shown


# ---- from the host -----------------------------------------------------------------------------


def framed(data):
    record = (len(data) + 10).to_bytes(2) + HEADER + data
    return record.replace(b"\xff", b"\xff\xff") + b"\xff\xef"


SECRET, OPEN = "SESAM".encode("cp037"), "OFFEN".encode("cp037")
HIDDEN = {
    "behind an attribute": b"\x04\x11\0\0\x11\x05\x09\x27" + SECRET + b"\x20" + OPEN,
    "in a field": b"\x04\x11\0\0\x11\x05\x09\x1d\x40\x00\x27\x00\x0a" + SECRET + b"\x11\x06\x01" + OPEN,
    "in a field with control words": b"\x04\x11\0\0\x1d\x40\0\x80\x06\x86\x01\x27\0\x0a" + SECRET + b"\x20" + OPEN,
    "in an output field": b"\x04\x11\0\0\x1d\x2f\0\x0a" + SECRET + b"\x04\x11\0\0" + OPEN,
    "in transparent data": b"\x04\x11\0\0\x10\0\x06\x27" + SECRET + b"\x11\x01\x01" + OPEN,
    "of a screen brought back": b"\x04\x12\x04\x11\0\0\x11\x05\x09\x27" + SECRET + b"\x24" + OPEN,
    "behind a header": b"\x04\x11\0\0\x01\x05\x27\0\0\0\x18\x27" + SECRET + b"\x20" + OPEN,
    "behind erasing": b"\x04\x11\0\0\x03\x05\x05\x02\xff\x27" + SECRET + b"\x20" + OPEN,
    "behind a window": b"\x04\x11\0\0\x15\0\x09\xd9\x51\0\0\0\x03\x10\x27" + SECRET + b"\x20" + OPEN,
    "behind a query": b"\x04\xf3\0\x05\xd9\x70\0\x04\x11\0\0\x27" + SECRET + b"\x20" + OPEN,
    "behind a save": b"\x04\x02\x04\x23\x01\x03\x04\x04\x11\0\0\x27" + SECRET + b"\x20" + OPEN,
    "in a message": b"\x04\x21\x27" + SECRET + b"\x22" + OPEN,
    "where the cursor goes": b"\x04\x11\0\0\x27\x13\x05\x05" + SECRET + b"\x20" + OPEN,
}  # fmt: skip


@pytest.mark.parametrize("data", HIDDEN.values(), ids=HIDDEN)
def test_hidden_text_of_the_host_is_masked(data):
    assert mask_received(framed(data)) == framed(data.replace(SECRET, STARS[:5]))


OPENLY = {
    "text": b"\x04\x40\x04\x11\0\0\x11\x05\x09\x20" + OPEN,
    "a field": b"\x04\x11\0\0\x1d\x40\x00\x24\x00\x0a" + OPEN,
    "repeated": b"\x04\x11\0\0\x11\x05\x09\x27\x02\x05\x20\x40" + OPEN,
    "reads": b"\x04\x52\0\0\x04\x42\0\0\x04\x62\x04\x72",
    "a roll": b"\x04\x23\x01\x03\x04",
}


@pytest.mark.parametrize("data", OPENLY.values(), ids=OPENLY)
def test_all_else_stays(data):
    assert mask_received(framed(data)) == framed(data)


def test_what_cannot_be_read_is_masked_from_there_on():
    data = b"\x04\x11\0\0" + OPEN + b"\x04\x77" + SECRET + b"\x04\x11"
    assert mask_received(framed(data)) == framed(data.replace(SECRET, STARS[:5]))
    assert mask_received(framed(b"\x04\x11\0\0" + OPEN + b"\x04")) == framed(
        b"\x04\x11\0\0" + OPEN + b"\x04"
    )
    assert mask_received(framed(SECRET)) == framed(STARS[:5])


def test_a_record_that_lost_its_beginning_is_masked_whole():
    data = HIDDEN["behind an attribute"]
    half = framed(data)[22:]
    assert mask_received(half + framed(data)) == STARS[: len(SECRET) - 4] + b"\x20" + STARS[
        :5
    ] + b"\xff\xef" + mask_received(framed(data))


def test_a_banner_and_options_and_the_start_up_response_stay():
    """Nothing before the first record is masked, nor is that record."""
    options = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00")
    start_up = bytes.fromhex("003a 12a0 9000 0560 0600 20c0 003d 0000") + "I902".encode("cp037")
    start_up += "S44A1234QPADEV0001".encode("cp037").ljust(38, b"\0") + b"\xff\xef"
    data = framed(HIDDEN["in a field"])
    assert mask_received(b"Welcome\r\n" + options + start_up + data) == (
        b"Welcome\r\n" + options + start_up + mask_received(data)
    )
    assert mask_received(b"Welcome\r\n" + data) == b"Welcome\r\n" + mask_received(data)


parts = st.one_of(
    st.sampled_from(list(HIDDEN.values())),
    st.sampled_from(list(HIDDEN.values())).flatmap(
        lambda data: st.integers(0, len(data)).map(lambda at: data[:at])
    ),
    st.binary(max_size=8),
    st.sampled_from(
        [b"\xff", b"\xff\xef", b"\xff\xfa", b"\xff\xf0", b"\x12\xa0", b"\x27", b"\x04"]
    ),
)


@settings(max_examples=150)
@given(st.lists(st.one_of(parts, parts.map(framed)), max_size=8).map(b"".join))
def test_masking_takes_anything_and_keeps_its_length(data):
    masked = mask_received(data)
    assert len(masked) == len(data)
    terminal, _ = masked_as_sent()
    assert len(terminal.mask_sent(data)) == len(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(parts, max_size=6).map(b"".join))
def test_masked_records_play_as_the_real_ones_did(data):
    """The same fields, cursor and faults; what shows differs only in asterisks."""
    screens = []
    for one in (framed(data), mask_received(framed(data))):
        terminal = Terminal5250(lambda _: None, model="IBM-3477-FC")
        terminal.feed(bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00 fffd27"))
        terminal.feed(one)
        screens.append(terminal.screen())
    real, shown = screens
    assert real.cursor == shown.cursor
    assert real.fields == shown.fields
    pairs = itertools.zip_longest(real.characters, shown.characters)
    assert all(other in (one, "*") for one, other in pairs)
