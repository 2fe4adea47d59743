"""Code pages: known by their usual names, never replaced by another one."""

import shutil
import subprocess

import pytest

from sesssrvr.terminal import UnknownCodePage, codepage_names
from sesssrvr.terminal.codepage import codepage
from sesssrvr.terminal.screen import TAIL


@pytest.mark.parametrize(
    ("written", "name"),
    [("cp037", "cp037"), ("37", "cp037"), ("037", "cp037"), ("IBM-1047", "cp1047"),
     ("ibm037", "cp037"), ("CP 500", "cp500"), ("cp1140", "cp1140"), ("EBCDIC-CP-273", "cp273"),
     ("IBM00924", "cp924"), ("0037", "cp037")],
)  # fmt: skip
def test_usual_names(written: str, name: str) -> None:
    assert codepage(written).name == name


@pytest.mark.parametrize(
    "written", ["", "cp1252", "utf-8", "latin-1", "cp310", "cp9300", "x", "cp"]
)
def test_unknown_pages_are_errors(written: str) -> None:
    with pytest.raises(UnknownCodePage):
        codepage(written)


def test_all_of_both_libraries_are_there() -> None:
    assert len(codepage_names()) == 79
    assert {"cp037", "cp1047", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140"} < set(
        codepage_names()
    )


@pytest.mark.parametrize("name", codepage_names())
def test_every_page_reads_what_it_types(name: str) -> None:
    page = codepage(name)
    shown = page.text(bytes(range(256)))
    assert len(shown) == 256
    for code in range(0x40, 0xFF):
        if shown[code].strip():
            typed = page.code(shown[code])
            assert typed is not None
            assert page.text(bytes((typed,))) == shown[code]
    assert page.code(" ") == 0x40
    assert page.code("\x00") is None


PRODUCT_FACTS = "037 273 277 278 280 284 297 500 838 870 871 875 880 1026 1047 1140-1149 1156"


def test_the_pages_vhi_lists_are_there() -> None:
    listed = {f"cp{number}" for number in PRODUCT_FACTS.split() if "-" not in number}
    assert listed | {f"cp{number}" for number in range(1140, 1150)} <= set(codepage_names())


# ICU's and glibc's tables: how many characters they give differently. Of 1390 and 1399: pairs that
# are two characters in Unicode, which a cell cannot show, and U+200B.
SINGLES = {"275": 0, "803": 0, "880": 0, "1130": 0, "1137": 2, "1153": 0, "1154": 0, "1155": 1}
SINGLES |= {"1156": 0, "1157": 0, "1158": 0, "1160": 0, "1164": 0}
SINGLES |= {"274": 0, "281": 0, "423": 0, "905": 0, "1166": 0, "4971": 0, "9030": 0}
SINGLES |= {"1132": 1}  # X'70': KIP SIGN, not "k"
# Other blanks (EM SPACE, FIGURE SPACE, no width), and controls of the direction: blanks here.
SINGLES |= {"256": 1, "4517": 2, "16804": 2, "4899": 7, "12712": 7}
PAIRS = {"930": 0, "933": 0, "935": 0, "937": 0, "939": 0, "1388": 0, "1390": 26, "1399": 26}
PAIRS |= {"1364": 0, "1371": 0}


def glibc(number: str, codes: list[bytes]) -> list[str]:
    """What glibc has for these, a blank behind each; nothing if it has none."""
    asked = b"".join(code + b"\x40" for code in codes)
    command = ["iconv", "-c", "-f", f"IBM{number}", "-t", "UTF-8"]
    texts = subprocess.run(
        command, input=asked, capture_output=True, check=False, timeout=60
    ).stdout.decode()
    assert texts.count(" ") == len(codes)
    return texts.split(" ")[:-1]


@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not installed")
@pytest.mark.parametrize("number", SINGLES)
def test_glibc_has_the_same_characters(number: str) -> None:
    shown = codepage(number).text(bytes(range(256)))
    theirs = glibc(number, [bytes((code,)) for code in range(0x41, 0xFF)])
    ours = [one.replace(" ", "") for one in shown[0x41:0xFF]]
    assert sum(a != b for a, b in zip(theirs, ours, strict=True)) == SINGLES[number]


@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not installed")
@pytest.mark.parametrize("number", PAIRS)
def test_glibc_has_the_same_pairs(number: str) -> None:
    page = codepage(number)
    codes = [bytes((high, low)) for high in range(0x41, 0xFF) for low in range(0x41, 0xFF)]
    theirs = glibc(number, [b"\x0e" + code + b"\x0f" for code in codes])
    ours = [page.wide(code).rstrip(TAIL).replace(" ", "") for code in codes]
    assert len([one for one in ours if one]) > 9000
    differ = [both for both in zip(theirs, ours, strict=True) if both[0] != both[1]]
    assert len(differ) == PAIRS[number], differ[:40]
    assert not any(our for _, our in differ)


def test_1047_is_not_037() -> None:
    assert codepage("1047").code("[") == 0xAD
    assert codepage("037").code("[") == 0xBA
    assert codepage("037") is codepage("cp037")
