"""TN3270E: the same records, headers and all, to Debian's s3270 and to our terminal."""

from typing import Any

import pytest

from sesssrvr.terminal import Terminal3270


pytestmark = pytest.mark.sockets

BIND_IMAGE, RESPONSES, SYSREQ = 0, 2, 4
EXTENDED = bytes.fromhex("fffd28 fffa280802fff0 fffa28020449424d2d333237382d322d45014c5531fff0")
# DO TIMING-MARK, WONT TIMING-MARK: what was sent before has been obeyed.
ASK, ANSWER = b"\xff\xfd\x06", b"\xff\xfc\x06"
FORM = "f5c3 1d40 13 c1c2 1d60"


class Ours:
    """Our terminal on a line whose host is the test."""

    def __init__(self, functions: bytes) -> None:
        self.sent: list[bytes] = []
        self.terminal = Terminal3270(self.sent.append)
        self.terminal.feed(EXTENDED + b"\xff\xfa\x28\x03\x07" + functions + b"\xff\xf0")
        assert b"".join(self.sent).endswith(b"\xff\xfa\x28\x03\x04" + functions + b"\xff\xf0")
        self.sent.clear()


def bind(*sizes: int) -> str:
    """BIND with the rows and columns of bytes 20 to 24."""
    return "03 00 00 0001 31" + "00" * 19 + bytes(sizes).hex() + "00 0000 0003 c1c2c3"


DATA = "00 00 {} 0102 "
CASES: dict[str, tuple[bytes, list[str]]] = {
    "answered when asked": (b"\2", [DATA.format("02") + FORM]),
    "not answered when not asked": (b"\2", [DATA.format("00") + FORM]),
    "no error to tell": (b"\2", [DATA.format("01") + FORM]),
    **{
        f"{what}, response {flag}": (b"\2", [DATA.format(flag) + bad])
        for flag in ("00", "02")
        for what, bad in {
            "SBA beyond the screen": "f1c2 117fff",
            "RA beyond the screen": "f1c2 3c7fff40",
            "EUA beyond the screen": "f1c2 127fff",
            "an unknown command": "9ac2",
            "an unknown structured field": "f3000399",
            "a structured field cut short": "f3000901",
            "a bad reply mode": "f30005090009",
            "a read of another partition": "f300050101f2",
        }.items()
    },
    "reads are answered in data": (b"\2", [DATA.format("00") + FORM, DATA.format("02") + "f6"]),
    "bound, then drawn": (b"\0\2", [bind(0, 0, 0, 0, 2), DATA.format("02") + FORM]),
    "not drawn before it is bound": (b"\0\2", [DATA.format("02") + FORM]),
    "not drawn once unbound": (
        b"\0\2",
        [bind(0, 0, 0, 0, 2), "04 00 00 0003 01", DATA.format("02") + FORM],
    ),
    "bound again": (
        b"\0\2",
        [
            bind(24, 80, 24, 80, 0x7F),
            "04 00 00 0003 01",
            bind(24, 80, 24, 80, 0x7E),
            DATA.format("02") + FORM,
        ],
    ),
    "a response of the host's own": (b"\2", ["02 00 00 0001 00", DATA.format("02") + FORM]),
    "a type nobody knows": (b"\2", ["4d 00 02 0001 c1", DATA.format("02") + FORM]),
    "printer data": (b"\2", ["01 00 00 0001 c1", "08 00 00 0001", DATA.format("02") + FORM]),
}


@pytest.mark.parametrize("what", CASES)
def test_a_record_is_answered_as_by_s3270(what: str, peer: Any, tools: Any) -> None:
    functions, said = CASES[what]
    theirs, ours = peer("-model", "3279-2-E", extended=functions), Ours(functions)
    wire = b"".join(bytes.fromhex(one).replace(b"\xff", b"\xff\xff") + b"\xff\xef" for one in said)
    ours.terminal.feed(wire + ASK)
    their = theirs.raw(wire + ASK, until=ANSWER)
    our = b"".join(ours.sent)
    assert our.endswith(ANSWER)
    assert [unnumbered(one) for one in tools.records(their)] == [
        unnumbered(one) for one in tools.records(our.removesuffix(ANSWER))
    ]


# s3270 4.1 takes these for good, or says nothing: RFC 2355, 8.1.3 and 10.4, wants a negative
# response, and later versions of it send one (the recorded short_* sessions).
REFUSED = {
    "SBA cut short": "f1c2 1140",
    "SFE cut short": "f1c2 2902c0",
    "MF on no field": "f5c2 c1 2c01c060",
    "a bad reply mode": "f30005090009",
    "an unknown command": "9ac2",
}


@pytest.mark.parametrize("flag", ["01", "02"])
@pytest.mark.parametrize("what", REFUSED)
def test_a_record_that_is_not_valid_is_refused_when_that_is_asked(
    what: str, flag: str, tools: Any
) -> None:
    ours = Ours(b"\2")
    ours.terminal.feed(bytes.fromhex(DATA.format(flag) + REFUSED[what]) + b"\xff\xef")
    (answer,) = tools.records(b"".join(ours.sent))
    assert answer[:5] == bytes.fromhex("02 00 01 0102")


def unnumbered(record: bytes) -> str:
    """Without the sequence number of input: each client counts in its own way."""
    return (record[:3] + b"\0\0" + record[5:] if record[0] == 0 else record).hex(" ")
