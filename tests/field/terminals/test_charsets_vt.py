"""Code pages of character hosts: DOS, Windows, ISO 8859, KOI8, Macintosh."""

import encodings
import pkgutil
from codecs import lookup
from importlib import import_module

import pytest

from sesssrvr.hosts.terminal_vt import make_vt
from sesssrvr.model import HostSettings
from sesssrvr.terminal import OperatorError
from sesssrvr.terminal.contract import Terminal
from sesssrvr.terminal.vt import CHARSETS, charset_name
from sesssrvr.terminal.vt.hostpages import PAGES, host_page
from verdigris.errors import HostUnreachable


def terminal(charset: str, model: str = "VT420") -> tuple[Terminal, list[bytes]]:
    sent: list[bytes] = []
    made = HostSettings(type="VT", model=model, options=(("charset", charset),))
    return make_vt(made)(sent.append), sent


@pytest.mark.parametrize(
    ("charset", "data", "shown"),
    [
        ("cp437", "c4b382e1", "\u2500\u2502\u00e9\u00df"),
        ("cp850", "8084d5", "\u00c7\u00e4\u0131"),
        ("cp866", "8fe0a5", "\u041f\u0440\u0435"),
        ("iso-8859-2", "b1e6ea", "\u0105\u0107\u0119"),
        ("iso-8859-15", "a4bd", "\u20ac\u0153"),
        ("cp1252", "80939b9c", "\u20ac\u201c\u203a\u0153"),
        ("windows-1251", "cff0e8", "\u041f\u0440\u0438"),
        ("koi8-r", "80f0d2c9", "\u2500\u041f\u0440\u0438"),
        ("mac-roman", "8edb", "\u00e9\u20ac"),
        ("cp864", "253078", "%0x"),  # ASCII is ASCII, whatever Python's table says
    ],
)
def test_bytes_are_the_pages_characters_both_ways(charset: str, data: str, shown: str) -> None:
    """microsoft/terminal#16346, huashengdun/webssh#1116, shellinabox/shellinabox#36."""
    host, sent = terminal(charset)
    for byte in bytes.fromhex(data):  # however it is split
        host.feed(bytes((byte,)))
    assert str(host.screen()).strip() == shown
    assert host.heard(shown)
    host.type(shown)
    assert b"".join(sent) == bytes.fromhex(data)


def single_byte_codecs() -> set[str]:
    """The codecs of Python with a table of 256 characters whose digits are those of ASCII."""
    found = set()
    for _, name, _ in pkgutil.iter_modules(encodings.__path__):
        if name in ("mbcs", "oem"):
            continue  # of Windows alone
        module = import_module(f"encodings.{name}")
        table = getattr(module, "decoding_table", "")
        if table[0x30:0x3A] == "0123456789":
            found.add(lookup(name).name)
    return found


def test_every_single_byte_codec_of_python_has_a_name_here() -> None:
    named = {lookup(codec).name for codec in PAGES.values()} | {"iso8859-1"}
    assert single_byte_codecs() - named == set()
    assert len(named) > 55


@pytest.mark.parametrize("charset", PAGES)
def test_what_a_page_shows_it_types_and_c1_are_letters_or_controls(charset: str) -> None:
    page = host_page(charset)
    assert page is not None
    assert len(page.characters) == 256
    for code in range(0xA0, 0x100):
        char = page.characters[code]
        if char.isprintable() and char != "\ufffd":
            assert page.decode(page.encode(char)) == char
    host, _ = terminal(charset)
    host.feed(b"A\x9b5;5HB")
    if page.controls:  # ISO 8859: CSI
        assert (host.screen().text(1, 1, 1), host.screen().text(5, 5, 1)) == ("A", "B")
    else:
        row = host.screen().lines()[0].replace("\u200b", "")
        assert row.startswith("A")
        assert row.rstrip().endswith("5;5HB")


def test_control_sequences_and_line_drawing_work_as_ever() -> None:
    host, sent = terminal("cp437", "VT220")
    host.feed(b"\x1b[2;3H\x82\x1b(0qx\x1b(B\x1b[c\x1b G\x1b[5n")
    assert host.screen().text(2, 3, 3) == "\u00e9\u2500\u2502"
    assert all(byte < 0x80 for byte in b"".join(sent))  # no C1 where they are letters


def test_utf_8_and_back_is_the_page_again() -> None:
    host, _ = terminal("cp437")
    host.feed(b"\x82\x1b%G\xc3\xa9\x1b%@\x82")
    assert host.screen().text(1, 1, 3) == "\u00e9\u00e9\u00e9"


def test_sets_of_the_right_half_change_nothing() -> None:
    host, _ = terminal("koi8-r")
    host.feed(b"\x1b-A\x1b~\xf0\x1bN\xf0")
    assert host.screen().text(1, 1, 2) == "\u041f\u041f"


def test_a_character_the_page_lacks_is_refused_and_never_heard() -> None:
    host, sent = terminal("cp437")
    host.feed(b"?")
    with pytest.raises(OperatorError, match="character set"):
        host.type("\u0416")
    assert not sent
    assert not host.heard("\u0416")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("CP437", "cp437"),
        ("ibm850", "cp850"),
        ("ISO8859-15", "iso-8859-15"),
        ("iso_8859_2", "iso-8859-2"),
        ("latin2", "iso-8859-2"),
        ("iso-8859-1", "latin-1"),
        ("Windows-1252", "windows-1252"),
        ("koi8_r", "koi8-r"),
        ("UTF8", "utf-8"),
        ("cp037", "cp037"),  # EBCDIC is none of a character host
        ("no such", "no such"),
    ],
)
def test_spellings_of_python_are_understood(written: str, name: str) -> None:
    assert charset_name(written) == name
    if name in CHARSETS:
        terminal(written)


def test_an_unknown_charset_is_refused_with_the_nearest() -> None:
    with pytest.raises(HostUnreachable, match="there is no charset cp438; did you mean cp43"):
        terminal("cp438")
    assert {"utf-8", "latin-1", "dec-mcs", "cp437", "windows-1252"} <= set(CHARSETS)
