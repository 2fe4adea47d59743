"""VT terminals from host settings, and what character hosts need of a host session."""

import pytest
from twisted.internet.task import Clock

from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.terminal_vt import SettingsVT, make_vt
from sesssrvr.model import HostSettings
from sesssrvr.terminal.vt import RawVT, TelnetVT
from verdigris.errors import HostUnreachable


IAC, DO, WILL, SB, SE = 255, 253, 251, 250, 240


def options(**named):
    return tuple((name.replace("_", "-"), value) for name, value in named.items())


def made(**named):
    sent = []
    return make_vt(HostSettings("VT", "VT220", options=options(**named)))(sent.append), sent


def test_the_settings_choose_the_terminal():
    terminal = RealHosts(Clock()).terminal(HostSettings("VT", "VT100"))(lambda _: None)
    assert type(terminal) is TelnetVT
    assert terminal.device_type == "VT100"


def test_size_and_type_are_told_to_the_host():
    terminal, sent = made(rows="43", columns="132", terminal_type="vt220")
    terminal.feed(bytes((IAC, DO, 31, IAC, DO, 24, IAC, SB, 24, 1, IAC, SE)))
    said = b"".join(sent)
    assert bytes((IAC, SB, 31, 0, 132, 0, 43, IAC, SE)) in said
    assert bytes((IAC, SB, 24, 0)) + b"vt220" in said
    assert (terminal.screen().rows, terminal.screen().columns) == (43, 132)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"charset": "ebcdic"}, "there is no charset ebcdic"),
        ({"rows": "many"}, "a screen of many rows"),
        ({"rows": "999"}, "999 x 80"),
        ({"rows": "0"}, "0 x 80"),
    ],
)
def test_an_option_without_meaning_is_refused_in_words(named, said):
    with pytest.raises(HostUnreachable, match=said):
        made(**named)


def test_nothing_is_a_fault():
    terminal, _ = made()
    assert not terminal.feed(bytes((IAC, WILL, 1)))
    assert terminal.feed(b"login: \x1b[999;999;999$}\xff")
    assert (terminal.fault_count, tuple(terminal.faults)) == (0, ())


@pytest.mark.parametrize(
    ("charset", "sent"),
    [("utf-8", "fünf".encode()), ("latin-1", b"f\xfcnf"), ("dec-mcs", b"f\xfcnf")],
)
def test_what_was_heard_is_in_the_hosts_coding(charset, sent):
    for more in ({}, {"protocol": "ssh"}):
        terminal, _ = made(charset=charset, **more)
        terminal.feed(sent)
        assert terminal.heard("fünf")
        assert not terminal.heard("fuenf")


def test_a_host_reached_by_ssh_has_a_terminal_on_a_raw_line():
    terminal, _ = made(protocol="ssh", rows="43")
    assert type(terminal) is RawVT
    assert terminal.screen().rows == 43


def test_the_option_environment_names_variables():
    wanted = SettingsVT.of(
        HostSettings("VT", "VT420", options=options(environment="USER=ANN KIND=a=b"))
    )
    assert wanted.environ == {"USER": "ANN", "KIND": "a=b"}
