"""Signing on: which way is tried, and the one error of each refusal."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from twisted.conch.ssh.keys import Key

from sesssrvr.hosts.ssh.algorithms import MODERN
from sesssrvr.hosts.ssh.loginkey import LoginKey
from sesssrvr.hosts.ssh.packets import MalformedPacket, PacketReader, string
from sesssrvr.hosts.ssh.signon import (
    ANSWERED,
    ASKED,
    BANNER,
    FAILURE,
    REQUEST,
    SUCCESS,
    Credentials,
    SshSignOn,
)
from verdigris.errors import HostLoginKeyRefused, HostPasswordRefused, NoLoginMethod


SECRET = "pa55 wörd"
KEY = LoginKey(Key(ed25519.Ed25519PrivateKey.generate()))
RSA = LoginKey(Key(rsa.generate_private_key(65537, 2048)))


def sign_on(password="", key=None, taken=None):
    mine = Credentials("clerk", password, key, MODERN.keys)
    return SshSignOn("mvs1:22", mine, b"session", taken)


def way(messages):
    """The method of the one request that is sent, and what follows its name."""
    ((number, data),) = messages
    assert number == REQUEST
    message = PacketReader(data)
    assert (message.text(), message.text()) == ("clerk", "ssh-connection")
    name = message.text()
    prefix = b"".join(map(string, ("clerk", "ssh-connection", name)))
    return name, data.removeprefix(prefix)


def failure(methods, *, partial=False):
    return FAILURE, string(methods) + bytes((partial,))


def asked(*questions):
    """Questions with whether their answers are echoed."""
    data = string("") * 3 + len(questions).to_bytes(4, "big")
    return ASKED, data + b"".join(string(text) + bytes((echo,)) for text, echo in questions)


def test_a_host_that_asks_for_nothing_is_content_at_once():
    one = sign_on()
    assert way(one.begin())[0] == "none"
    assert one.receive(SUCCESS, b"") == []
    assert one.signed_on


@pytest.mark.parametrize(
    ("password", "key", "methods", "tried"),
    [
        ("x", None, "password", "password"),
        ("x", None, "keyboard-interactive", "keyboard-interactive"),
        ("x", None, "keyboard-interactive,password", "password"),
        ("x", KEY, "password,publickey", "publickey"),
        ("x", KEY, "password", "password"),
        ("", KEY, "publickey,password,keyboard-interactive", "publickey"),
        ("", RSA, "gssapi-with-mic,publickey", "publickey"),
    ],
)
def test_the_best_way_both_have_is_tried(password, key, methods, tried):
    one = sign_on(password, key)
    one.begin()
    assert way(one.receive(*failure(methods)))[0] == tried
    one.receive(SUCCESS, b"")
    assert one.signed_on
    assert one.problem is None


@pytest.mark.parametrize(
    ("password", "key", "methods", "said"),
    [
        ("", None, "password,publickey", r"accepts password or publickey; .* neither key nor pass"),
        ("x", None, "publickey", "accepts publickey; the settings provide a password"),
        ("", KEY, "password", r"accepts password; the settings provide the key SHA256:"),
        (
            "x",
            KEY,
            "hostbased",
            r"accepts hostbased; the settings provide the key .* and a password",
        ),
        ("x", KEY, "", r"accepts nothing"),
    ],
)
def test_without_a_common_way_both_sides_are_said(password, key, methods, said):
    one = sign_on(password, key)
    one.begin()
    assert one.receive(*failure(methods)) == []
    assert isinstance(one.problem, NoLoginMethod)
    with pytest.raises(NoLoginMethod, match=said):
        raise one.problem


def test_a_password_is_sent_once_and_its_refusal_said():
    one = sign_on(SECRET)
    one.begin()
    _, rest = way(one.receive(*failure("password,keyboard-interactive")))
    assert rest == b"\0" + string(SECRET)
    assert one.receive(*failure("password,keyboard-interactive")) == []
    assert isinstance(one.problem, HostPasswordRefused)
    assert str(one.problem) == "Host mvs1:22 did not accept the password of user clerk."


def test_an_expired_password_is_said():
    one = sign_on(SECRET)
    one.begin()
    one.receive(*failure("password"))
    assert one.receive(ASKED, string("Change it:") + string("")) == []
    assert str(one.problem).endswith("of user clerk, and wants it changed.")


def test_a_key_is_shown_with_a_signature_of_this_session():
    one = sign_on("", KEY)
    one.begin()
    ((number, data),) = one.receive(*failure("publickey"))
    _, rest = way([(number, data)])
    message = PacketReader(rest)
    assert (message.flag(), message.text(), message.string()) == (True, "ssh-ed25519", KEY.blob)
    signature = message.string()
    signed = string(b"session") + bytes((REQUEST,)) + data[: -len(string(signature))]
    assert Key.fromString(KEY.blob, "BLOB").verify(signature, signed)


def test_an_rsa_key_signs_as_the_host_takes_it():
    one = sign_on("", RSA, ["rsa-sha2-256"])
    one.begin()
    message = PacketReader(way(one.receive(*failure("publickey")))[1])
    assert (message.flag(), message.text()) == (True, "rsa-sha2-256")
    none = sign_on("", RSA, ["ssh-ed25519"])
    none.begin()
    assert none.receive(*failure("publickey")) == []
    assert "takes no algorithm of ours" in str(none.problem)


def test_a_refused_key_is_said_with_its_fingerprint():
    one = sign_on("", KEY)
    one.begin()
    one.receive(*failure("publickey"))
    assert one.receive(*failure("publickey")) == []
    assert isinstance(one.problem, HostLoginKeyRefused)
    assert KEY.fingerprint in str(one.problem)


def test_behind_a_refused_key_the_password_is_tried():
    one = sign_on(SECRET, KEY)
    one.begin()
    one.receive(*failure("publickey,password"))
    assert way(one.receive(*failure("publickey,password")))[0] == "password"
    one.receive(*failure("publickey,password"))
    assert isinstance(one.problem, HostPasswordRefused)


def test_a_host_may_want_a_key_and_then_a_password():
    one = sign_on(SECRET, KEY)
    one.begin()
    one.receive(*failure("publickey"))
    assert way(one.receive(*failure("password", partial=True)))[0] == "password"
    one.receive(SUCCESS, b"")
    assert one.signed_on


def test_a_host_that_wants_more_than_there_is_says_what():
    one = sign_on(SECRET)
    one.begin()
    one.receive(*failure("password"))
    assert one.receive(*failure("keyboard-interactive", partial=True)) == []
    assert "accepts keyboard-interactive; the settings provide a password" in str(one.problem)


def test_a_hidden_question_is_answered_with_the_password():
    one = sign_on(SECRET)
    one.begin()
    one.receive(*failure("keyboard-interactive"))
    ((number, data),) = one.receive(*asked(("Password: ", False)))
    assert (number, data) == (ANSWERED, (1).to_bytes(4, "big") + string(SECRET))
    assert one.receive(*asked()) == [(ANSWERED, bytes(4))]  # PAM says good-bye with no question
    one.receive(SUCCESS, b"")
    assert one.signed_on


@pytest.mark.parametrize(
    "rounds",
    [
        [[("One-time code:\x1b[2J ", True)]],
        [[("Password: ", False), ("Token: ", False)]],
        [[("Password: ", False)], [("Password: ", False)]],
        [[("x", False)] * 17],
        [[] for _ in range(9)],
    ],
)
def test_other_questions_end_the_sign_on(rounds):
    one = sign_on(SECRET)
    one.begin()
    one.receive(*failure("keyboard-interactive"))
    for questions in rounds:
        assert one.problem is None
        one.receive(*asked(*questions))
    assert isinstance(one.problem, HostPasswordRefused)
    assert "\x1b" not in str(one.problem)
    assert "the host asks" in str(one.problem)


def test_a_refused_answer_is_a_refused_password():
    one = sign_on(SECRET)
    one.begin()
    one.receive(*failure("keyboard-interactive"))
    one.receive(*asked(("Password: ", False)))
    assert one.receive(*failure("keyboard-interactive")) == []
    assert isinstance(one.problem, HostPasswordRefused)


def test_a_banner_is_not_an_answer():
    one = sign_on(SECRET)
    one.begin()
    assert one.receive(BANNER, string("Only for clerks!") + string("")) == []
    assert way(one.receive(*failure("password")))[0] == "password"


def test_what_the_host_says_at_the_end_is_part_of_the_error():
    one = sign_on(SECRET)
    one.begin()
    one.receive(*failure("password"))
    assert str(one.refused("Too many\nfailures")).endswith("user clerk: Too many failures.")


def test_nothing_that_is_printed_shows_the_password():
    mine = Credentials("clerk", SECRET, KEY)
    one = SshSignOn("mvs1:22", mine, b"s", None)
    assert SECRET not in repr(mine) + repr(one) + mine.words


@given(st.lists(st.tuples(st.sampled_from([*range(50, 65)]), st.binary(max_size=40)), max_size=12))
def test_no_message_is_another_exception(messages):
    one = sign_on(SECRET, KEY)
    one.begin()
    tries = 0
    for number, data in messages:
        if one.problem is not None or one.signed_on:
            break
        try:
            tries += len(one.receive(number, data))
        except MalformedPacket:
            break
    assert tries <= 12


def test_behind_a_good_password_a_refused_key_is_what_was_wrong():
    one = sign_on(SECRET, KEY)
    one.begin()
    one.receive(*failure("password"))
    assert way(one.receive(*failure("publickey", partial=True)))[0] == "publickey"
    one.receive(*failure("publickey"))
    assert isinstance(one.problem, HostLoginKeyRefused)


def test_nothing_is_sent_any_more_when_it_is_over():
    one = sign_on(SECRET, KEY)
    one.begin()
    one.receive(*failure("hostbased"))
    assert one.problem is not None
    assert one.receive(*failure("password,publickey")) == []
