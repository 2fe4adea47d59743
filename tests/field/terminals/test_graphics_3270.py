"""Characters of other sets on a 3270: code page 310 by GE and SA, pairs by SA."""

import pytest

from sesssrvr.terminal.codepage import codepage
from sesssrvr.terminal.screen import TAIL, Run
from tests.support.field_3270 import FieldHost
from verdigris.errors import OperatorError


FORM = bytes.fromhex("f5c3 114040 1d40 13")


def shown(record: str, page: str = "cp037") -> FieldHost:
    host = FieldHost(codepage=page)
    host.say(bytes.fromhex(record))
    assert host.terminal.fault_count == 0
    return host


@pytest.mark.parametrize(
    ("record", "text", "underlined"),
    [
        ("f5c3 1140401d60 0841 0842 0851 0862 c1", "ABJSA", [(1, 4)]),
        ("f5c3 1140401d60 2843f1 414251 2843f0 c1", "ABJA", [(1, 3)]),
        ("f5c3 114040 2902c06043f1 414962", "AIS", [(1, 3)]),
        ("f5c3 1140401d60 3c4050 0869", "Z" * 15, [(1, 15)]),
        ("f5c3 1140401d60 0841 c1 0842", "AAB", [(1, 1), (3, 1)]),
        ("f5c3 1140401d6c 0841 0842", "", []),  # a non-display field shows nothing
        ("f5c3 1140401d60 41 42 0843", "  C", [(3, 1)]),  # letters of the page itself
    ],
)
def test_underscored_letters_of_apl_are_letters_and_underlined(
    record: str, text: str, underlined: list[tuple[int, int]]
) -> None:
    """x3270 s3270/Test/testAplUnderscore.py (apl_combo.trc); IBM code page 310."""
    screen = shown(record).screen
    found = screen.text(1, 2, 15).rstrip().replace("\xa0", " ").replace("â", " ")
    assert found == text
    runs = [(run.start, run.length) for run in screen.runs if run.underline]
    assert runs == underlined


def test_all_letters_are_there() -> None:
    codes = (*range(0x41, 0x4A), *range(0x51, 0x5A), *range(0x62, 0x6A))
    record = "f5c3 1140401d60" + "".join(f"08{code:02x}" for code in codes)
    assert shown(record).screen.text(1, 2, 26) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_an_underscored_letter_keeps_the_colour_of_its_cell() -> None:
    screen = shown("f5c3 1140401d60 2842f2 0841 c1").screen
    assert screen.runs == (Run(1, 1, underline=True, foreground=9), Run(2, 1, foreground=9))


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ("2843f8 458f458e 284300 c1c2c3", "国内ABC"),
        ("2843f8 458f 2842f2 458e 280000 c1", "国内A"),  # another attribute between two pairs
        ("c1 2843f8 458f 284300 c2 2843f8 458e", "A国B内"),
        ("0e 458f 0f 2843f8 458e", " 国 内"),
    ],
)
def test_pairs_by_character_attribute_are_wide(record: str, text: str) -> None:
    """GA23-0059, Character set attribute: X'F8' by SA; both s3270s draw it."""
    screen = shown("f5c3 1140401d60" + record, "930").screen
    assert screen.text(1, 2, 14).rstrip() == text
    assert screen.characters.count(TAIL) == sum(char > "\u3000" for char in text)


def test_a_pair_is_repeated_while_the_set_of_pairs_is_in_force() -> None:
    """As s3270: the character of RA has two bytes then; after the set, one again."""
    screen = shown("f5c3 1140401d60 2843f8 3c404b 458f 284300 3c404d c1 c2", "930").screen
    assert screen.text(1, 2, 13).rstrip() == "国国国国国AAB"


@pytest.mark.parametrize(
    ("keys", "typed", "text"),
    [
        ([], "内", "内内ABC"),
        (["Right", "Right"], "国", "国国ABC"),
        ([], "X", "X 内ABC"),
        (["Right"], "X", " X内ABC"),
    ],
)
def test_typing_over_pairs_made_by_attribute_keeps_the_others(
    keys: list[str], typed: str, text: str
) -> None:
    host = shown("f5c3 1140401d40 13 2843f8 458f458e 284300 c1c2c3 1d60", "930")
    for key in keys:
        host.terminal.key(key)
    host.terminal.type(typed)
    assert host.screen.text(1, 2, 9).rstrip() == text


def test_a_wide_character_does_not_begin_inside_a_pair_made_by_attribute() -> None:
    host = shown("f5c3 1140401d40 13 2843f8 458f458e 284300 c1c2c3 1d60", "930")
    host.terminal.key("Right")
    with pytest.raises(OperatorError, match="inside another"):
        host.terminal.type("国")
    assert host.screen.text(1, 2, 9).rstrip() == "国内ABC"


@pytest.mark.parametrize(
    ("page", "typed", "sent"),
    [
        ("880", "{}", "08c0 08d0"),
        ("880", "|~", "08bf 0880"),
        ("880", "\u2223\u223c", "08bf 0880"),
        ("275", "[]", "08ad 08bd"),
        ("420", "\\", "08b7"),
        ("037", "\u2502\u2500\u250c", "0885 08a2 08c5"),
        ("930", "国\u2375", "0e458f0f 08b4"),
    ],
)
def test_what_the_page_lacks_goes_by_graphic_escape(page: str, typed: str, sent: str) -> None:
    """pmattes/x3270#114; x3270 `unicode_to_ebcdic_ge`."""
    host = FieldHost(codepage=page)
    host.say(FORM)
    host.terminal.type(typed)
    seen = host.screen.text(1, 2, 9).replace(" ", "")
    assert seen == typed.replace("\u2223", "|").replace("\u223c", "~")
    host.terminal.key("Enter")
    assert bytes.fromhex(sent) in host.sent()[-1]
    assert codepage(page).encoded(typed) == bytes.fromhex(sent)


def test_a_terminal_without_extended_attributes_has_no_graphic_escape() -> None:
    host = FieldHost(codepage="880", extended=False)
    host.say(FORM)
    with pytest.raises(OperatorError, match=r"U\+007B is not in cp880"):
        host.terminal.type("{")


def test_letters_are_never_typed_by_graphic_escape() -> None:
    """The underscored letters share their look with the page's own, which are meant."""
    host = FieldHost(codepage="037")
    host.say(FORM)
    host.terminal.type("AZ")
    host.terminal.key("Enter")
    assert host.sent()[-1].endswith(b"\xc1\xe9")


def test_tilde_and_bar_by_graphic_escape_read_as_such() -> None:
    """pmattes/x3270#114: a signature with "|" has to match."""
    assert shown("f5c3 1140401d60 0880 08bf", "880").screen.text(1, 2, 2) == "~|"


def test_a_numeric_field_takes_no_superscript_digit() -> None:
    host = FieldHost(numeric_lock=True)
    host.say(bytes.fromhex("f5c3 114040 1d50 13"))
    with pytest.raises(OperatorError, match="digits only"):
        host.terminal.type("\u2070")
