"""EBCDIC pages that peers have, and what a 3270 says of them."""

import re
from pathlib import Path

import pytest

from sesssrvr.terminal import codepage_names
from sesssrvr.terminal.codepage import codepage
from sesssrvr.terminal.tn3270.query import CHARACTER_SETS, Device3270, replies


ROOT = Path(__file__).parents[3]
# Of x3270 4.5, PCOMM, HATS and tn5250j.
PEERS = [
    "037",
    "273",
    "275",
    "277",
    "278",
    "280",
    "284",
    "285",
    "290",
    "297",
    "420",
    "424",
    "500",
    "803",
    "833",
    "836",
    "838",
    "870",
    "871",
    "875",
    "880",
    "905",
    "918",
    "924",
    "930",
    "933",
    "935",
    "937",
    "939",
    "1025",
    "1026",
    "1027",
    "1047",
    "1097",
    "1112",
    "1122",
    "1123",
    "1130",
    "1132",
    "1137",
    "1140",
    "1141",
    "1142",
    "1143",
    "1144",
    "1145",
    "1146",
    "1147",
    "1148",
    "1149",
    "1153",
    "1154",
    "1155",
    "1156",
    "1157",
    "1158",
    "1160",
    "1164",
    "1166",
    "1364",
    "1371",
    "1388",
    "1390",
    "1399",
]


@pytest.mark.parametrize("number", PEERS)
def test_a_page_of_the_peers_is_there(number: str) -> None:
    page = codepage(number)
    assert page.text(b"\xf0\xf9\x40") == "09 "


def test_924_is_latin_9_in_the_places_of_1047() -> None:
    """pmattes/x3270#117: ISO 8859-15 in EBCDIC."""
    new, old = codepage("924"), codepage("1047")
    latin_9, latin_1 = (
        "\u20ac\u0160\u0161\u017d\u017e\u0152\u0153\u0178",
        "\xa4\xa6\xa8\xb4\xb8\xbc\xbd\xbe",
    )
    assert [new.code(char) for char in latin_9] == [old.code(char) for char in latin_1]
    assert (new.code("["), new.code("]")) == (0xAD, 0xBD)
    every = bytes(range(0x40, 0xFF))
    differ = [a for a, b in zip(new.text(every), old.text(every), strict=True) if a != b]
    assert sorted(differ) == sorted(latin_9)


@pytest.mark.parametrize(("number", "char"), [("1364", "\uac02"), ("1371", "\u4e2d")])
def test_pages_with_pairs_of_korean_and_traditional_chinese(number: str, char: str) -> None:
    """x3270 and PCOMM have 1364, HATS and PCOMM 1371; all syllables, and the Euro."""
    page = codepage(number)
    pair = page.pair(char)
    assert pair is not None
    assert page.wide(pair)[0] == char
    assert len(page.double) == 4


# IBM's table of national keyboard types (IBM i globalization; tn5250j has the same), and CCSIDs.
CHARACTER_SET = {
    "037": 697, "273": 697, "290": 1172, "420": 235, "423": 218, "833": 1173, "836": 1174, "838": 1176, "870": 959,
    "875": 925, "918": 1160, "924": 1353, "1025": 1150, "1026": 1152, "1027": 1172, "1047": 697, "1097": 1219,
    "1112": 1305, "1122": 1307, "1123": 1326, "1132": 1341, "1140": 695, "1154": 1381,
}  # fmt: skip
LATIN_1 = [
    "037",
    "256",
    "273",
    "274",
    "275",
    "277",
    "278",
    "280",
    "281",
    "284",
    "285",
    "297",
    "500",
    "500ms",
    "871",
    "1047",
]


@pytest.mark.parametrize("number", CHARACTER_SET)
def test_the_query_reply_names_the_pages_own_character_set(number: str) -> None:
    """zowe/zlux#1039: hosts choose their translation by it."""
    told = codepage(number).cgcsgid
    assert told == CHARACTER_SET[number].to_bytes(2) + int(number).to_bytes(2)
    assert told in replies(Device3270(24, 80, told), (CHARACTER_SETS,))


@pytest.mark.parametrize("name", codepage_names())
def test_only_latin_pages_say_latin_1(name: str) -> None:
    character_set = int.from_bytes(codepage(name).cgcsgid[:2])
    assert (character_set == 697) == (name.removeprefix("cp") in LATIN_1)


@pytest.mark.parametrize(
    ("number", "page"),
    [("4971", 875), ("4899", 803), ("12712", 424), ("9030", 838), ("16804", 420), ("5123", 1027)],
)
def test_a_ccsid_of_a_page_that_has_grown_names_that_page(number: str, page: int) -> None:
    assert int.from_bytes(codepage(number).cgcsgid[2:]) == page


def test_the_reference_lists_every_page() -> None:
    text = (ROOT / "docs/reference/models.md").read_text()
    (listed,) = re.findall(r"EBCDIC code page: ([^|]*?)\. \|", text)
    found = set()
    for one in re.findall(r"\d+(?:ms)?(?: to \d+)?", listed):
        first, _, last = one.partition(" to ")
        found |= {str(n) for n in range(int(first), int(last) + 1)} if last else {first}
    assert {f"cp{name}" for name in found} == set(codepage_names())
