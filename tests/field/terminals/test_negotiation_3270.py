"""What a 3270 says of itself: its type, and functions that can be switched off."""

import pytest

from sesssrvr.hosts.terminal_3270 import make_3270
from sesssrvr.model import HostSettings
from sesssrvr.model.check.terminal_kind import OPTIONS_3270
from sesssrvr.terminal.tn3270.tn3270e import FUNCTIONS_BY_NAME, TAKEN, WANTED


DEVICE_TYPE_IS = b"\xff\xfa\x28\x02\x04IBM-3278-2-E\x01LU1\xff\xf0"


class Line:
    """A terminal made from host settings, and what it sends."""

    def __init__(self, **settings: object) -> None:
        self.sent: list[bytes] = []
        made = HostSettings(host="h", **settings)  # type: ignore[arg-type]  # settings by name
        self.terminal = make_3270(made)(self.sent.append)

    def say(self, data: bytes) -> bytes:
        self.terminal.feed(data)
        sent, self.sent[:] = b"".join(self.sent), []
        return sent

    def functions(self) -> bytes:
        """The functions asked for."""
        self.say(b"\xff\xfd\x28\xff\xfa\x28\x08\x02\xff\xf0")
        return self.say(DEVICE_TYPE_IS)[5:-2]


@pytest.mark.parametrize("name", FUNCTIONS_BY_NAME)
@pytest.mark.parametrize("value", ["false", "0"])
def test_a_function_that_is_off_is_neither_asked_for_nor_agreed_to(name: str, value: str) -> None:
    """pmattes/x3270#84: contentionResolution=false; PCOMM: TN3270EContentionResolution=N."""
    function = FUNCTIONS_BY_NAME[name]
    line = Line(options=((name, value),))
    assert line.functions() == bytes(sorted(WANTED - {function}))
    every = b"\xff\xfa\x28\x03\x07" + bytes(sorted(TAKEN)) + b"\xff\xf0"
    assert line.say(every)[5:-2] == bytes(sorted(TAKEN - {function}))
    assert name in OPTIONS_3270


def test_a_host_that_agrees_to_what_was_not_asked_gets_the_rest() -> None:
    line = Line(options=(("contention-resolution", "false"),))
    line.functions()
    line.say(b"\xff\xfa\x28\x03\x04\x02\x05\xff\xf0")
    line.say(b"\0\0\0\0\1\xf5\xc3\x1d\x40\x13\xff\xef")
    assert not line.terminal.screen().locked  # SEND-DATA means nothing


@pytest.mark.parametrize("value", ["true", "1"])
def test_a_function_that_is_on_is_asked_for(value: str) -> None:
    assert 5 in Line(options=(("contention-resolution", value),)).functions()


@pytest.mark.parametrize(
    ("model", "classic", "extended"),
    [
        ("IBM-3279-2-E", b"IBM-3279-2-E", b"IBM-3278-2-E"),
        ("IBM-3279-5", b"IBM-3279-5", b"IBM-3278-5"),
        ("IBM-3278-4-E", b"IBM-3278-4-E", b"IBM-3278-4-E"),
    ],
)
def test_the_type_is_the_models_own_in_classic_tn3270(
    model: str, classic: bytes, extended: bytes
) -> None:
    """pmattes/x3270#37 (VM TCP/IP V2R1 knows colour by it); RFC 2355 section 7.1 has 3278 only."""
    line = Line(model=model)
    assert line.say(b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0")[7:-2] == classic
    assert line.terminal.device_type.encode() == classic
    line = Line(model=model)
    assert line.say(b"\xff\xfd\x28\xff\xfa\x28\x08\x02\xff\xf0")[8:-2] == extended


def test_an_oversize_screen_is_dynamic_in_both() -> None:
    line = Line(model="IBM-3279-2-E", options=(("rows", "60"), ("columns", "132")))
    assert line.say(b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0")[7:-2] == b"IBM-DYNAMIC"


def test_a_device_name_follows_the_type() -> None:
    line = Line(model="IBM-3279-2-E", lu="LU1")
    said = line.say(b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0")
    assert said[7:-2] == b"IBM-3279-2-E@LU1"
