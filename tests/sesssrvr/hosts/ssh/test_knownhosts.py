"""The judgement of a host's key: good if it is known of this host, and nothing else is good."""

import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesssrvr.hosts.ssh import knownhosts
from sesssrvr.hosts.ssh.knownhosts import KnownKeys, entries, fingerprint, known, name_of, pins
from sesssrvr.hosts.ssh.packets import string
from verdigris.errors import HostKeyChanged, HostKeyUnknown


def key(kind="ssh-ed25519", last=0):
    return string(kind) + string(bytes(31) + bytes((last,)))


def text(blob):
    return f"{knownhosts.kind(blob)} {base64.b64encode(blob).decode()}"


MINE, OTHER, RSA = key(), key(last=1), key("ssh-rsa")


def hashed(name, salt=b"0123456789abcdefghij"):
    digest = hmac.digest(salt, name.encode(), "sha1")
    return "|1|" + "|".join(base64.b64encode(one).decode() for one in (salt, digest))


def about(lines, name="mvs1", port=22, given=()):
    return known(name, port, entries(lines, "known_hosts"), "known_hosts", given)


@pytest.mark.parametrize(
    ("line", "name", "port"),
    [
        ("mvs1", "mvs1", 22),
        ("MVS1", "mvs1", 22),
        ("mvs1", "MVS1", 22),
        (hashed("mvs1"), "MVS1", 22),
        ("other,mvs1,10.0.0.1", "mvs1", 22),
        ("mvs1", "mvs1", 2222),
        ("[mvs1]:2222", "mvs1", 2222),
        ("*.example.com", "mvs1.example.com", 22),
        ("[*.example.com]:22?2", "mvs1.example.com", 2222),
        ("fe80::1", "fe80::1", 22),
        (hashed("mvs1"), "mvs1", 22),
        (hashed("[mvs1]:2222"), "mvs1", 2222),
    ],
)
def test_a_line_about_the_host_makes_its_key_good(line, name, port):
    about(f"{line} {text(MINE)} a comment\n", name, port).judge(name, MINE)


@pytest.mark.parametrize(
    ("line", "name", "port"),
    [
        ("mvs2", "mvs1", 22),
        ("mvs", "mvs1", 22),
        ("[mvs1]:2222", "mvs1", 22),
        ("[mvs1]:2222", "mvs1", 2223),
        ("*,!mvs1", "mvs1", 22),
        ("[m-v]vs1", "nvs1", 22),
        (hashed("mvs2"), "mvs1", 22),
        ("|1|not!base64|", "mvs1", 22),
        ("|1|", "mvs1", 22),
        ("# mvs1", "mvs1", 22),
        ("@cert-authority mvs1", "mvs1", 22),
        ("@nonsense mvs1", "mvs1", 22),
    ],
)
def test_a_line_that_is_not_about_the_host_says_nothing_of_it(line, name, port):
    found = about(f"{line} {text(MINE)}\n", name, port)
    with pytest.raises(HostKeyUnknown) as caught:
        found.judge(f"{name}:{port}", MINE)
    assert f"{name}:{port} presented the ssh-ed25519 key {fingerprint(MINE)}" in str(caught.value)
    assert "(known_hosts)" in str(caught.value)


def test_another_key_than_the_known_one_is_refused_with_both_fingerprints():
    found = about(f"# the bank\nmvs1 {text(MINE)}\n")
    with pytest.raises(HostKeyChanged) as caught:
        found.judge("mvs1:22", OTHER)
    for part in (fingerprint(OTHER), fingerprint(MINE), "known_hosts line 2"):
        assert part in str(caught.value)


def test_a_key_of_another_kind_is_no_way_around_the_known_one():
    with pytest.raises(HostKeyChanged):
        about(f"mvs1 {text(MINE)}\n").judge("mvs1", RSA)


def test_a_host_may_have_several_keys():
    found = about(f"mvs1 {text(MINE)}\nmvs1 {text(RSA)}\n")
    found.judge("mvs1", MINE)
    found.judge("mvs1", RSA)
    assert found.kinds == ("ssh-ed25519", "ssh-rsa")


def test_a_revoked_key_is_never_good():
    found = about(f"mvs1 {text(MINE)}\n@revoked * {text(MINE)}\n")
    with pytest.raises(HostKeyChanged, match="revoked in known_hosts line 2"):
        found.judge("mvs1", MINE)
    with pytest.raises(HostKeyChanged, match="revoked"):
        about(f"@revoked * {text(MINE)}\n", given=pins([fingerprint(MINE)])).judge("mvs1", MINE)


def test_a_port_with_a_key_of_its_own_does_not_have_that_of_the_name():
    found = about(f"mvs1 {text(OTHER)}\n[mvs1]:2222 {text(MINE)}\n", port=2222)
    found.judge("mvs1", MINE)
    with pytest.raises(HostKeyChanged):
        found.judge("mvs1", OTHER)


@pytest.mark.parametrize(
    "words",
    [
        [fingerprint(MINE)],
        [fingerprint(MINE) + "="],
        ["ssh-ed25519", fingerprint(MINE)],
        text(MINE).split(),
        [fingerprint(OTHER), *text(MINE).split()],
    ],
)
def test_a_pinned_key_is_good_and_files_do_not_count(words):
    found = about(f"mvs1 {text(RSA)}\n", given=pins(words))
    found.judge("mvs1", MINE)
    with pytest.raises(HostKeyChanged, match="option ssh-host-key"):
        found.judge("mvs1", RSA)


@pytest.mark.parametrize("words", [["SHA1:abc"], ["AAAA"], ["ssh-rsa"], ["mvs1", "AAAAB"]])
def test_a_pin_that_is_none_is_refused(words):
    with pytest.raises(ValueError, match=r"neither|cut short|no key follows"):
        pins(words)


def test_a_pin_of_a_known_kind_asks_the_host_for_that_kind():
    assert KnownKeys(pins(["ssh-rsa", fingerprint(RSA)])).kinds == ("ssh-rsa",)
    assert KnownKeys(pins(text(RSA).split())).kinds == ("ssh-rsa",)
    assert KnownKeys(pins([fingerprint(RSA)])).kinds == ()


def test_the_fingerprint_is_that_of_ssh_keygen():
    blob = base64.b64decode("AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")
    assert fingerprint(blob) == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"  # github.com


def test_names_are_as_in_files():
    assert name_of("mvs1", 22) == "mvs1"
    assert name_of("mvs1", 2222) == "[mvs1]:2222"


@given(st.text(), st.text(alphabet="abc*?![]|1,:", max_size=30))
def test_no_file_and_no_name_is_an_exception(lines, patterns):
    for text_of in (lines, f"{patterns} {text(MINE)}", f"@revoked {patterns} {text(MINE)}"):
        for one in entries(text_of, "f"):
            one.names("[mvs1]:2222")


def test_a_line_whose_key_is_of_another_kind_than_it_says_is_left_out():
    assert entries(f"mvs1 ssh-rsa {text(MINE).split()[1]}", "f") == ()
