"""Plain text that other machines reach is a warning; on loopback, or with an identity, it is none."""

import pytest

from verdigris.config import mgmtsrvr, sesssrvr


MANAGEMENT = '<mgmtsrvr xmlns="urn:verdigris:mgmtsrvr:1"><listen address="{}"/>{}</mgmtsrvr>'
SESSION = (
    '<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="vs1"><listen address="{}"/>{}</sesssrvr>'
)


@pytest.mark.parametrize(
    ("address", "more", "warned"),
    [
        ("0.0.0.0:9000", "", True),
        ("10.1.2.3:9000", "", True),
        ("here.example.com:9000", "", True),
        ("127.0.0.1:9000", "", False),
        ("[::1]:9000", "", False),
        ("localhost:9000", "", False),
        ("0.0.0.0:9000", '<identity directory="identity"/>', False),
    ],
)
@pytest.mark.parametrize(
    ("parse", "text"),
    [(mgmtsrvr.parse, MANAGEMENT), (sesssrvr.parse, SESSION)],
    ids=["management server", "session server"],
)
def test_plain_text_beyond_this_machine_is_a_warning(parse, text, address, more, warned):
    found = parse(text.format(address, more).encode()).warnings
    assert bool(found) is warned
    for one in found:
        assert one.severity == "warning"
        assert f"reach {address} in plain text" in one.message
