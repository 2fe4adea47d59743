"""A terminal session by SSH on Conch's own server, in memory: from the greeting to the good-bye."""

import random
from contextlib import suppress

import pytest
from twisted.internet.defer import CancelledError, Deferred

from sesssrvr.hosts.ssh.algorithms import MODERN
from sesssrvr.hosts.ssh.packets import PacketReader, string
from sesssrvr.model.steps import Press, Type, Wait
from verdigris.errors import (
    HostConnectionLost,
    HostError,
    HostKeyChanged,
    HostKeyUnknown,
    HostLoginKeyRefused,
    HostPasswordRefused,
    HostUnreachable,
    LoginKeyUnusable,
    NoLoginMethod,
    SshFailed,
    SshSessionRefused,
)


def test_a_session_shows_what_the_host_says_and_sends_what_is_typed(visit, host):
    it = visit()
    it.connect()
    assert it.shown.startswith("READY")
    it.session._terminal.type("hello")
    it.session._terminal.key("Enter")
    it.go()
    assert host.shell.typed == b"hello\r"
    host.shell.say(b"\x1b[2J\x1b[HWELCOME")
    it.go()
    assert it.shown.startswith("WELCOME")
    assert it.session._terminal.heard("WELCOME")


def test_the_host_is_told_the_terminal_its_size_and_its_environment(visit, host):
    visit(rows="43", columns="132", environment="LANG=C TZ=UTC").connect()
    assert host.shell.pty == (b"vt220", 43, 132)
    assert host.shell.environ == {b"LANG": b"C", b"TZ": b"UTC"}
    assert host.shell.command is None
    visit(terminal_type="xterm", ssh_command="menu --now").connect()
    assert host.shell.pty == (b"xterm", 24, 80)
    assert host.shell.command == b"menu --now"


def test_a_screen_of_another_size_is_told_the_host(visit, host):
    it = visit()
    it.connect()
    host.shell.say(b"\x1b[?40h\x1b[?3h132")
    it.go()
    assert it.session.screen().columns == 132
    assert host.shell.sizes == [(24, 132)]


def test_a_break_is_sent(visit, host):
    it = visit()
    it.connect()
    it.session._terminal.key("Break")
    it.go()
    assert host.shell.typed == b"<break>"


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_user_signs_on_with_a_key(visit, host, keys, kind):
    it = visit(private_key=keys[kind], password="")
    it.connect()
    assert host.signed_on == [b"clerk"]


def test_the_key_may_be_a_file_of_the_server(visit, host, keys, tmp_path):
    file = tmp_path / "id"
    file.write_text(keys["ed25519"])
    visit(ssh_key=str(file), password="").connect()
    assert host.signed_on == [b"clerk"]
    with pytest.raises(LoginKeyUnusable, match="No such file"):
        visit(ssh_key=str(tmp_path / "none"), password="").connect()


def test_a_user_may_be_an_option(visit, host):
    visit(user="", ssh_user="clerk").connect()
    with pytest.raises(HostUnreachable, match="no variable has the setting host-user"):
        visit(user="").connect()


# ---- whom the host is ------------------------------------------------------------------------------


def known_hosts(tmp_path, host, name="mvs1", kind=b"ssh-ed25519"):
    file = tmp_path / "known_hosts"
    file.write_bytes(name.encode() + b" " + host.getPublicKeys()[kind].toString("OPENSSH") + b"\n")
    return str(file)


@pytest.mark.parametrize("kind", [b"ssh-ed25519", b"ssh-rsa"])
def test_a_host_of_a_file_is_believed_and_shows_the_key_that_is_known(visit, host, tmp_path, kind):
    file = known_hosts(tmp_path, host, kind=kind)
    visit(ssh_host_key="", ssh_known_hosts=file).connect()
    assert host.signed_on == [b"clerk"]


def test_a_host_may_be_known_by_another_name(visit, host, tmp_path):
    file = known_hosts(tmp_path, host, name="bank")
    visit(ssh_host_key="", ssh_known_hosts=file, ssh_name="bank").connect()
    with pytest.raises(HostKeyUnknown, match="known_hosts"):
        visit(ssh_host_key="", ssh_known_hosts=file).connect()


def test_an_unknown_host_gets_nothing_and_its_fingerprint_is_said(visit, host, tmp_path):
    (tmp_path / "empty").touch()
    it = visit(ssh_host_key="", ssh_known_hosts=str(tmp_path / "empty"))
    with pytest.raises(HostKeyUnknown) as caught:
        it.connect()
    assert f"Host mvs1:22 presented the ssh-ed25519 key {host.pin}" in str(caught.value)
    assert host.signed_on == []
    assert host.transport.service is None
    it.go(3)
    assert it.left


def test_a_host_with_another_key_gets_nothing(visit, host):
    it = visit(ssh_host_key="SHA256:" + 43 * "A")
    with pytest.raises(HostKeyChanged, match="SHA256:AAAA"):
        it.connect()
    assert host.transport.service is None


def test_a_host_is_believed_unseen_only_if_the_settings_say_so(visit, host):
    visit(ssh_host_key="", ssh_verify="false").connect()
    assert host.signed_on == [b"clerk"]


def test_a_file_that_is_learned_of_new_keys_is_read_again(visit, host, tmp_path):
    file = tmp_path / "known_hosts"
    file.write_text("# nobody\n")
    with pytest.raises(HostKeyUnknown):
        visit(ssh_host_key="", ssh_known_hosts=str(file)).connect()
    known_hosts(tmp_path, host)
    visit(ssh_host_key="", ssh_known_hosts=str(file)).connect()


# ---- who we are ------------------------------------------------------------------------------------


def test_a_wrong_password_is_said_and_tried_once(visit, host):
    with pytest.raises(HostPasswordRefused, match=r"mvs1:22 .* password of user clerk") as caught:
        visit(password="wrong one").connect()
    assert "wrong one" not in str(caught.value)
    assert host.tries == [b"password"]


def test_a_key_the_host_does_not_know_is_said(visit, host, keys):
    host.portal.checkers.clear()
    strange = type(host)(keys=("rsa",))
    strange.startFactory()
    it = visit(at=lambda: strange.buildProtocol(None), private_key=keys["ed25519"], password="")
    with pytest.raises(HostLoginKeyRefused, match=r"key SHA256:\S+ of user clerk"):
        it.connect()


def test_a_way_the_host_does_not_take_is_said(visit):
    with pytest.raises(NoLoginMethod, match="neither key nor password"):
        visit(password="").connect()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"private_key": "nonsense"}, "not a private key"),
        ({"private_key": "PuTTY-User-Key-File-2: x"}, "puttygen"),
    ],
)
def test_a_key_that_cannot_be_used_is_said_before_anything_is_sent(visit, options, said):
    it = visit(**options)
    with pytest.raises(LoginKeyUnusable, match=said):
        it.connect()
    assert it.wire.pump is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ssh_verify": "perhaps"}, "ssh-verify is 'perhaps'"),
        ({"ssh_algorithms": "rot13"}, "no algorithm rot13"),
        ({"ssh_keepalive": "soon"}, "ssh-keepalive is 'soon'"),
        ({"ssh_keepalive": "-1"}, "ssh-keepalive is -1"),
        ({"ssh_host_key": "abc"}, "abc is neither"),
        ({"ssh_host_key": "", "ssh_known_hosts": "/no/where"}, "/no/where: No such file"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(visit, options, said):
    with pytest.raises(HostUnreachable, match=said):
        visit(**options).connect()


def test_ssh_is_for_character_hosts_and_without_tls(visit):
    it = visit()
    with pytest.raises(HostUnreachable, match="no TLS"):
        it.hosts.endpoint(it.settings, 5, tls=True)


# ---- what goes wrong on the way --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"\xff\xfd\x18", "speaks another protocol"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n\0", r"another protocol \(''\)"),
        (b"SSH-1.5-Cisco-1.25\n", "another version: SSH-1.5-Cisco-1.25"),
        (b"x" * 9000, "another protocol"),
        (b"SSH-" + b"x" * 9000, "version has no end"),
        (b"SSH-2.0-x\r\n" + b"\xff" * 40, "bad packet length"),
        (b"SSH-2.0-x\r\n\0\0\0\x0c\x0a\x14" + bytes(10), "a message that is not valid SSH"),
    ],
)
def test_what_is_no_ssh_is_said(visit, says, said, error):
    server = says(said)
    it = visit(at=lambda: server)
    with pytest.raises(SshFailed, match=error):
        it.connect()
    it.go(3)
    assert it.left
    assert server.gone


def test_lines_before_the_version_are_allowed(visit, host):
    first = [b"Welcome.\r\nNo visitors\r\n"]
    it = visit(tampered=lambda data: (first.pop() if first else b"") + data)
    it.connect()


def test_without_common_algorithms_those_of_the_host_are_said(visit, host):
    host.protocol = type("Old", (host.protocol,), {"supportedCiphers": [b"3des-cbc"]})
    with pytest.raises(SshFailed, match="no cipher in common; the host offers 3des-cbc"):
        visit().connect()
    visit(ssh_algorithms="3des-cbc").connect()
    visit(ssh_algorithms="old").connect()


def test_a_signature_by_another_algorithm_than_agreed_is_refused(visit, host):
    rsa = host.getPrivateKeys()[b"ssh-rsa"]
    pin = "ssh-rsa " + rsa.public().toString("OPENSSH").decode().split()[1]
    visit(ssh_host_key=pin).connect()
    signed = rsa.sign
    type(rsa).sign = lambda self, data, signatureType: signed(data, b"ssh-rsa")
    try:
        with pytest.raises(SshFailed, match="not the rsa-sha2-512 agreed on"):
            visit(ssh_host_key=pin).connect()
    finally:
        type(rsa).sign = signed.__func__


@pytest.mark.parametrize(
    ("what", "said"),
    [("channel", "unknown channel"), ("pty", "no terminal"), ("shell", "no shell")],
)
def test_a_refused_session_is_said(visit, host, what, said):
    host.refuses = what
    it = visit()
    with pytest.raises(SshSessionRefused, match=f"refused user clerk a terminal session: .*{said}"):
        it.connect()
    it.go(3)
    assert it.left


@pytest.mark.parametrize(
    ("said", "stage"),
    [
        (b"", "greeting"),
        (b"Hello?\r\n", "greeting"),
        (b"SSH-2.0-x\r\n", "key exchange"),
    ],
)
def test_a_host_that_stops_in_the_middle_is_left_in_time(visit, says, said, stage):
    server = says(said)
    it = visit(at=lambda: server)
    with pytest.raises(HostUnreachable, match=f"SSH's {stage} was not over within 5 seconds"):
        it.connect()
    it.go(3)
    assert it.left
    assert server.gone


def test_a_host_that_hangs_up_in_the_middle_is_said_with_the_stage(visit, says):
    server = says(b"SSH-2.0-x\r\n")
    it = visit(at=lambda: server)
    it.start()
    it.go()
    server.transport.loseConnection()
    with pytest.raises(HostUnreachable, match="ended during SSH's key exchange"):
        it.finish()
    assert it.left


def test_a_host_s_last_words_are_said(visit, host):
    host.patience = 0
    with pytest.raises(HostPasswordRefused, match="user clerk: too many bad auths"):
        visit(password="wrong one").connect()
    other = visit()
    other.connect()
    host.transport.sendDisconnect(11, b"going down")
    other.go()
    assert other.lost == ["the host ended the connection: going down"]


def test_a_shell_without_a_word_is_a_session_with_a_blank_screen(visit, host):
    host.greeting = b""
    it = visit()
    it.connect()
    assert str(it.session.screen()).strip() == ""


def test_cancelling_leaves_nothing(visit, says):
    server = says(b"SSH-2.0-x\r\n")
    it = visit(at=lambda: server)
    job = it.start()
    it.go()
    job.cancel()
    it.go(3)
    assert isinstance(it.outcome[0].value, CancelledError)
    assert it.left
    assert server.gone


# ---- while it stands -------------------------------------------------------------------------------


def test_a_program_that_ends_is_told_with_its_status(visit, host):
    it = visit()
    it.connect()
    host.shell.exit(3)
    it.go()
    assert it.lost == ["the host ended the session (exit status 3)"]
    it.go(3)
    assert it.left


def test_a_connection_that_breaks_is_told(visit, host):
    it = visit()
    it.connect()
    host.transport.transport.abortConnection()
    it.go()
    assert len(it.lost) == 1
    assert "Connection" in it.lost[0]
    assert it.left


def test_a_run_on_a_lost_session_ends_with_its_error(visit, host):
    it = visit()
    it.connect()
    found = []

    def run(_screen):
        yield Type("x")
        yield Press("Enter")
        yield Wait(lambda _: False, 50, "an answer")

    Deferred.fromCoroutine(it.session.run(run, 60)).addErrback(lambda why: found.append(why.value))
    it.go()
    host.shell.exit(0)
    it.go()
    assert isinstance(found[0], HostConnectionLost)


def test_a_silent_host_is_asked_for_a_sign_of_life(visit, host):
    it = visit(ssh_keepalive="10")
    it.connect()
    it.go(300)
    assert it.lost == []


def test_a_dead_host_is_noticed(visit, host):
    it = visit(ssh_keepalive="10")
    it.connect()
    host.deaf = True
    it.go(19)
    assert it.lost == []
    it.go(21)
    assert it.lost == ["the host has given no sign of life for 20 seconds"]
    assert it.left


def test_closing_says_good_bye_and_leaves_nothing(visit, host):
    it = visit()
    it.connect()
    it.session.close()
    it.go()
    assert host.shell.closes == 1
    it.go(3)
    assert it.left
    assert it.lost == []


def test_a_host_that_does_not_take_the_good_bye_is_cut_off(visit, host):
    it = visit()
    it.connect()
    host.deaf = True
    it.wire.client_io.loseConnection = lambda: None  # its buffers are full
    it.session.close()
    it.go(3)
    assert it.left


def test_keys_are_exchanged_anew_under_way(visit, host):
    it = visit()
    it.connect()
    for number in range(3):
        host.transport.sendKexInit()
        host.shell.say(b"\x1b[2J\x1b[H%d" % number)
        it.session._terminal.type(str(number))
        it.go()
        assert it.shown.startswith(str(number))
    assert host.shell.typed == b"012"
    assert host.signed_on == [b"clerk"]


def test_much_text_passes_through_the_window(visit, host):
    it = visit()
    it.connect()
    for number in range(40):
        host.shell.say(b"x" * 20_000 + b"\x1b[2J\x1b[H%d " % number)
        it.go()
    assert it.shown.startswith("39")


def test_no_secret_is_logged_shown_or_traced(visit, host, keys, password, logged):
    it = visit(private_key=keys["ed25519"])
    it.connect()
    it.session.close()
    wrong = visit(password="wrong one", private_key=keys["rsa"])
    host.portal.checkers.clear()
    with pytest.raises(HostError) as caught:
        wrong.connect()
    seen = "".join(logged) + repr(caught.value) + repr(it.settings) + repr(it.session)
    seen += it.session._connection.trace() + repr(it.hosts.endpoint(it.settings, 5, tls=False))
    for secret in (password, "wrong one", keys["ed25519"].splitlines()[2]):
        assert secret not in seen


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_changed_on_the_way_ends_in_one_of_our_errors(visit, host, seed, logged):
    chance = random.Random(seed)  # noqa: S311 - chance with a seed
    after = chance.randrange(1, 12)
    count = [0]

    def tampered(data):
        count[0] += 1
        if count[0] != after:
            return data
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 4)):
            what, at = chance.randrange(3), chance.randrange(len(changed) + 1)
            if what == 0 and at < len(changed):
                changed[at] ^= chance.randrange(1, 256)
            elif what == 1:
                changed[at:at] = chance.randbytes(chance.randrange(1, 9))
            else:
                del changed[at : at + chance.randrange(1, 9)]
        return bytes(changed)

    it = visit(tampered=tampered)
    with suppress(HostError):
        it.connect()
    it.session.close()
    it.go(3)
    assert it.left
    assert not [one for one in logged if "Traceback" in one]


def test_a_packet_that_was_changed_ends_a_session_that_stands(visit, host):
    changing = []
    it = visit(tampered=lambda data: data[:-1] + bytes((data[-1] ^ 1,)) if changing else data)
    it.connect()
    changing.append(True)
    host.shell.say(b"hello")
    it.go()
    assert it.lost == ["bad MAC"]
    it.go(3)
    assert it.left


def test_what_is_said_before_there_is_a_session_is_kept_and_has_a_limit(visit, host):
    host.early = b"EARLY "
    it = visit()
    it.connect()
    assert it.shown.startswith("EARLY READY")
    host.early = b"x" * 30_000
    host.times = 6
    with pytest.raises(SshFailed, match="sends before it has a session"):
        visit().connect()


@pytest.mark.parametrize("words", ["", "old"])
def test_only_what_the_settings_allow_is_offered(visit, host, words):
    it = visit(ssh_algorithms=words)
    it.connect()
    message = PacketReader(host.transport.otherKexInitPayload[17:])
    ours = MODERN.with_old(words.split())
    exchanges, keys, *ciphers_and_macs = [message.names() for _ in range(6)]
    assert exchanges == [*ours.exchanges, "kex-strict-c-v00@openssh.com", "ext-info-c"]
    assert keys == list(ours.keys)
    assert ciphers_and_macs == [list(one) for one in (ours.ciphers,) * 2 + (ours.macs,) * 2]
    assert [message.names() for _ in range(2)] == [["none"], ["none"]]
    smallest = it.session._connection.transport.transport._dhMinimalGroupSize
    assert smallest == (1024 if words else 2048)


def test_what_comes_behind_the_end_is_not_looked_at(visit, host, logged):
    it = visit()
    it.connect()
    client = it.session._connection.transport.transport
    it.session.close()
    client.dataReceived(bytes(100))
    assert not [one for one in logged if "not valid" in one]


def test_a_key_of_another_kind_than_agreed_is_refused_whatever_it_signs(visit, host):
    it = visit()
    it.connect()
    client = it.session._connection.transport.transport
    client.keyAlg = b"rsa-sha2-512"
    signature = string("rsa-sha2-512") + string(bytes(64))
    packet = string(string("ssh-ed25519") + string(bytes(32))) + string("") + string(signature)
    with pytest.raises(SshFailed, match="not the rsa-sha2-512 agreed on"):
        client._check_signature(packet)
