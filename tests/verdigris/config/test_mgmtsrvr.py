"""The management server's settings: defaults in one place, bad values refused with their line."""

from pathlib import Path

import pytest

from verdigris.config import ports
from verdigris.config.mgmtsrvr import (
    ManagementConfig,
    parse,
    read,
    sample,
)
from verdigris.errors import ConfigurationError
from verdigris.values import Endpoint


def document(inside: str) -> bytes:
    return f'<mgmtsrvr xmlns="urn:verdigris:mgmtsrvr:1">\n{inside}\n</mgmtsrvr>'.encode()


def test_an_empty_file_is_all_defaults():
    assert parse(document("")) == ManagementConfig()


def test_the_sample_shows_every_default():
    assert parse(sample().encode()) == ManagementConfig()


def test_everything_can_be_set():
    inside = """
      <listen address="0.0.0.0:1"/><api address="[::1]:0"/>
      <installation file="my.xml" keep="3"/>
      <identity directory="who"/><authority directory="ca" certificate-days="0.5"/>
      <monitor heartbeat="1" misses="5" ask="0.25" check="0" warming="0" wake-up="0"/>
      <flapping falls="4" within="30" hold="1.5" longest-hold="9"/>
      <allocations keep="10"/><log level="debug" json="true"/>"""
    it = parse(document(inside), "/etc/verdigris/mgmtsrvr.xml")
    assert it == ManagementConfig(
        listen=Endpoint("0.0.0.0", 1), api=Endpoint("::1", 0),
        installation=Path("/etc/verdigris/my.xml"), keep_versions=3,
        identity=Path("/etc/verdigris/who"), authority=Path("/etc/verdigris/ca"), certificate_days=0.5,
        heartbeat=1.0, misses=5, ask=0.25, check=0.0, warming=0.0, wake_up=0.0,
        flaps=4, window=30.0, hold=1.5, longest_hold=9.0,
        keep_allocations=10, log_level="debug", log_json=True,
    )  # fmt: skip


def test_a_name_can_be_set():
    data = document("").replace(b':1"', b':1" name="m1"', 1)
    assert parse(data).name == "m1"


@pytest.mark.parametrize(
    "inside",
    [
        '<monitor heartbeat="0"/>',
        '<monitor heartbeat="fast"/>',
        '<monitor misses="0"/>',
        '<monitor misses="2.5"/>',
        '<monitor ask="-1"/>',
        '<allocations keep="0"/>',
        '<log level="loud"/>',
        '<listen port="9641"/>',
        '<listen address="nowhere:99999"/>',
        '<api address="a b"/>',
        "<unknown/>",
        "<monitor/><monitor/>",
    ],
)
def test_bad_settings_are_refused_with_their_line(inside):
    with pytest.raises(ConfigurationError) as caught:
        parse(document(inside), "m.xml")
    assert str(caught.value.problems[0]).startswith("m.xml:2: error: ")


def test_a_missing_file_is_told_as_such(tmp_path):
    with pytest.raises(ConfigurationError, match="No such file"):
        read(tmp_path / "none.xml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:0", Endpoint("127.0.0.1", 0)),
        ("h:5", Endpoint("h", 5)),
        ("h", Endpoint("h", 9)),
        ("[::]:0", Endpoint("::", 0)),
        ("[::]:7", Endpoint("::", 7)),
    ],
)
def test_addresses_to_listen_on_may_have_port_0(text, expected):
    assert ports.listening(text, 9) == expected


@pytest.mark.parametrize("text", ["", ":", ":0", "h:", "h:70000", "a:b:0"])
def test_bad_addresses_are_refused(text):
    with pytest.raises(ValueError, match=r"address|port"):
        ports.listening(text, 9)
