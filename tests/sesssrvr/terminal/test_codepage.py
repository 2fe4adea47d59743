"""Code pages: known by their usual names, never replaced by another one."""

import pytest

from sesssrvr.terminal import UnknownCodePage, codepage_names
from sesssrvr.terminal.codepage import codepage


@pytest.mark.parametrize(
    ("written", "name"),
    [("cp037", "cp037"), ("37", "cp037"), ("037", "cp037"), ("IBM-1047", "cp1047"),
     ("ibm037", "cp037"), ("CP 500", "cp500"), ("cp1140", "cp1140"), ("EBCDIC-CP-273", "cp273")],
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
    assert len(codepage_names()) == 44
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


def test_1047_is_not_037() -> None:
    assert codepage("1047").code("[") == 0xAD
    assert codepage("037").code("[") == 0xBA
    assert codepage("037") is codepage("cp037")
