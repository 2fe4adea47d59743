"""A terminal session on Debian's own sshd: who is believed, what is refused, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import HostSettings
from sesssrvr.model.steps import Press, TimedOut, Type, Wait
from verdigris.errors import (
    HostKeyChanged,
    HostKeyUnknown,
    HostLoginKeyRefused,
    HostPasswordRefused,
    HostUnreachable,
    LoginKeyUnusable,
    MethodTimedOut,
    NoLoginMethod,
    SshFailed,
)


pytestmark = pytest.mark.processes

SHELL = """#!/bin/sh
stty -echo
echo "TERM $TERM SIZE $(stty size) LANG $LANG"
while read -r line; do
  case $line in
    quit) exit 7 ;;
    long) i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i of a long text ........................"; done ;;
    *) echo "you said $line" ;;
  esac
done
"""
PASSWORD = "Tr0ub4dor & 3"
PATIENCE = 20.0


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    file = tmp_path_factory.mktemp("program") / "shell"
    file.write_text(SHELL)
    file.chmod(0o755)
    return file


@pytest.fixture(scope="module")
def sshd(ssh_host, program):
    with ssh_host(program, options=("AcceptEnv LANG", "RekeyLimit 32K")) as found:
        yield found


@pytest.fixture
def session(on_reactor, _reactor_thread):
    """Opens sessions at a host; `do` runs something on one, and gives what it gave."""
    opened = []

    def visit(sshd, do=None, *, seconds=PATIENCE, lost=None, **options):
        given = {
            name: options.pop(name)
            for name in ("user", "password", "private_key", "passphrase")
            if name in options
        }
        pairs = {
            "protocol": "ssh",
            "ssh_known_hosts": str(sshd.folder / "known_hosts"),
            "ssh_key": "" if "private_key" in given or "password" in given else str(sshd.key),
            **options,
        }
        named = tuple((name.replace("_", "-"), value) for name, value in pairs.items() if value)
        settings = HostSettings(
            "VT",
            "VT420",
            host="127.0.0.1",
            port=sshd.port,
            options=named,
            **{"user": sshd.user, **given},
        )

        async def there():
            hosts = RealHosts(_reactor_thread)
            heard = [] if lost is None else lost
            made = HostSession("sshd", _reactor_thread, lambda _, why: heard.append(why))
            opened.append(made)
            endpoint = hosts.endpoint(settings, seconds, tls=False)
            await made.connect(endpoint, hosts.terminal(settings), seconds)
            if do is None:
                return made
            try:
                return await do(made)
            finally:
                made.close()

        return on_reactor(there, seconds=60)

    yield visit
    on_reactor(lambda: [one.close() for one in opened])


def saying(text, answer, seconds=PATIENCE):
    """Type a line and wait for what comes of it."""

    def begin(_screen):
        yield Type(text)
        yield Press("Enter")
        found = yield Wait(lambda it: answer in str(it), 60, answer)
        if isinstance(found, TimedOut):
            yield Wait(lambda _: False, 1, answer)  # a run that goes on after its time ends so
        return str(found)

    return lambda made: made.run(begin, seconds)


def first(made):
    def begin(_screen):
        found = yield Wait(lambda it: "TERM" in str(it), PATIENCE, "the first line")
        return str(found)

    return made.run(begin, PATIENCE)


def until(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_key_opens_a_session_and_the_host_knows_the_terminal(session, sshd):
    shown = session(sshd, first, rows="30", columns="100", environment="LANG=C.UTF-8")
    assert "TERM vt220 SIZE 30 100 LANG C.UTF-8" in shown
    assert "you said hello" in session(sshd, saying("hello", "you said hello"))


def test_keys_are_exchanged_anew_while_much_is_said(session, sshd):
    session(sshd, saying("long", "line 3000 of"))


@pytest.mark.parametrize(("kind", "bits"), [("rsa", "3072"), ("ecdsa", "384"), ("ed25519", "256")])
def test_a_locked_key_opens_a_session_with_its_passphrase_only(session, sshd, tmp_path, kind, bits):
    file = tmp_path / "id"
    made = ["ssh-keygen", "-q", "-t", kind, "-b", bits, "-N", PASSWORD, "-f", file]
    subprocess.run(made, check=True, timeout=60)
    with (sshd.folder / "authorized_keys").open("a") as keys:
        keys.write(file.with_suffix(".pub").read_text())
    locked = {"private_key": file.read_text()}
    assert "TERM" in session(sshd, first, passphrase=PASSWORD, **locked)
    flat = {"private_key": " ".join(locked["private_key"].split("\n"))}  # as an attribute of XML
    assert "TERM" in session(sshd, first, passphrase=PASSWORD, **flat)
    with pytest.raises(LoginKeyUnusable, match="passphrase is wrong") as caught:
        session(sshd, passphrase="Tr0ub4dor", **locked)
    assert "Tr0ub4dor" not in str(caught.value)
    with pytest.raises(LoginKeyUnusable, match="needs a passphrase"):
        session(sshd, **locked)


def test_a_key_the_host_does_not_know_is_refused(session, sshd, tmp_path):
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "id"]
    subprocess.run(made, check=True, timeout=60)
    with pytest.raises(HostLoginKeyRefused, match=r"did not accept the key SHA256:\S+ of user"):
        session(sshd, private_key=(tmp_path / "id").read_text())


def test_an_unknown_host_and_a_changed_one_are_refused(session, sshd, tmp_path):
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", sshd.folder / "host_ed25519.pub"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()[1]
    (tmp_path / "empty").touch()
    with pytest.raises(HostKeyUnknown) as unknown:
        session(sshd, ssh_known_hosts=str(tmp_path / "empty"))
    assert shown in str(unknown.value)
    other = (sshd.key.with_suffix(".pub")).read_text()
    (tmp_path / "other").write_text(f"[127.0.0.1]:{sshd.port} {other}")
    with pytest.raises(HostKeyChanged, match="other line 1") as changed:
        session(sshd, ssh_known_hosts=str(tmp_path / "other"))
    assert shown in str(changed.value)
    assert "TERM" in session(sshd, first, ssh_known_hosts="", ssh_host_key=shown)


def host_key(*words):
    command = [Path(sys.executable).with_name("verdigris"), "host-key", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_the_command_shows_and_keeps_the_keys_of_a_host(session, sshd, tmp_path):
    address, file = f"127.0.0.1:{sshd.port}", tmp_path / "known_hosts"
    file.write_text("other ssh-rsa AAAA")  # whose last line has no end
    made = host_key(address, "--json")
    assert made.returncode == 0, made.stderr
    scanned = subprocess.run(
        ["ssh-keyscan", "-p", str(sshd.port), "127.0.0.1"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    theirs = [one for one in scanned.stdout.decode().splitlines() if not one.startswith("#")]
    shown = json.loads(made.stdout)
    assert sorted(one["line"] for one in shown) == sorted(theirs)
    kept = host_key(address, "--add", file, "--yes")
    assert kept.returncode == 0, kept.stderr
    assert all(one["fingerprint"] in kept.stdout for one in shown)
    assert "TERM" in session(sshd, first, ssh_known_hosts=str(file))
    assert "0 added" in host_key(address, "--add", file, "--yes").stderr
    assert len(file.read_text().splitlines()) == 1 + len(theirs)


def test_the_command_says_who_is_not_there_and_who_speaks_no_ssh(telnet_host):
    nobody = host_key("127.0.0.1:1")
    assert (nobody.returncode, "refused" in nobody.stderr) == (1, True)
    with telnet_host("calendar", "calcurse") as port:
        assert "speaks another protocol" in host_key(f"127.0.0.1:{int(port)}").stderr


def test_hashed_known_hosts_and_the_other_kind_of_key_do_as_well(session, sshd, tmp_path):
    rsa = (sshd.folder / "host_rsa.pub").read_text()
    file = tmp_path / "known_hosts"
    file.write_text(f"[127.0.0.1]:{sshd.port} {rsa}")
    assert "TERM" in session(sshd, first, ssh_known_hosts=str(file))
    subprocess.run(
        ["ssh-keygen", "-q", "-H", "-f", file], check=True, capture_output=True, timeout=60
    )
    assert "127.0.0.1" not in file.read_text()
    assert "TERM" in session(sshd, first, ssh_known_hosts=str(file))


def test_a_program_that_ends_ends_the_session_with_its_status(session, sshd):
    lost = []
    made = session(sshd, lost=lost)
    made._terminal.type("quit")
    made._terminal.key("Enter")
    until(lambda: lost)
    assert lost == ["the host ended the session (exit status 7)"]


def test_closing_leaves_no_process_behind(session, sshd):
    until(lambda: not sshd.sessions())
    assert "you said x" in session(sshd, saying("x", "you said x"))
    until(lambda: not sshd.sessions())


def test_a_killed_sshd_is_noticed_at_once(session, sshd):
    lost = []
    session(sshd, lost=lost)
    for one in sshd.sessions():
        with suppress(OSError):
            os.kill(one, signal.SIGKILL)
    until(lambda: lost, 5)
    assert "Connection" in lost[0] or "ended" in lost[0]


def test_a_stopped_sshd_times_out_and_is_given_up(session, sshd):
    lost = []
    made = session(sshd, lost=lost, ssh_keepalive="1")
    stopped = sshd.sessions()
    for one in stopped:
        os.kill(one, signal.SIGSTOP)
    try:
        found = []

        def ask():
            job = Deferred.fromCoroutine(saying("x", "you said x", 0.5)(made))
            job.addErrback(lambda why: found.append(why.value))

        from twisted.internet import reactor  # noqa: PLC0415 - running by now

        reactor.callFromThread(ask)
        until(lambda: found)
        assert isinstance(found[0], MethodTimedOut)
        until(lambda: lost)
        assert "no sign of life for" in lost[0]
    finally:
        for one in stopped:
            with suppress(OSError):
                os.kill(one, signal.SIGCONT)


def test_an_sshd_stopped_before_the_greeting_times_out(session, sshd):
    os.kill(sshd.pid, signal.SIGSTOP)
    try:
        with pytest.raises(HostUnreachable, match="greeting was not over within 1 seconds"):
            session(sshd, seconds=1)
    finally:
        os.kill(sshd.pid, signal.SIGCONT)


def test_a_port_with_nobody_and_a_port_with_telnet(session, sshd, telnet_host):
    nobody = type(sshd)(sshd.folder, 1, sshd.user, 0)
    with pytest.raises(HostUnreachable, match="refused"):
        session(nobody)
    with telnet_host("calendar", "calcurse") as port:
        other = type(sshd)(sshd.folder, port, sshd.user, 0)
        with pytest.raises(SshFailed, match="speaks another protocol"):
            session(other)


@pytest.mark.parametrize("old", ["3des-cbc", "hmac-sha1", "diffie-hellman-group14-sha1"])
def test_an_old_host_wants_its_algorithms_allowed(session, ssh_host, program, old):
    kind = {"3": "Ciphers", "h": "MACs", "d": "KexAlgorithms"}[old[0]]
    with ssh_host(program, options=(f"{kind} {old}",)) as host:
        with pytest.raises(SshFailed, match=f"in common; the host offers {old}"):
            session(host)
        assert "TERM" in session(host, first, ssh_algorithms=old)


# ---- passwords: a user of its own, for root only ---------------------------------------------------


@pytest.fixture(scope="module")
def clerk():
    """A user with a password for as long as the tests run."""
    if os.getuid() != 0:
        said = "NOT TESTED: passwords at sshd want a user of their own, which only root can make"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    name = f"vdg{os.getpid()}"
    subprocess.run(
        ["useradd", "--no-create-home", "--shell", "/bin/sh", name], check=True, timeout=60
    )
    try:
        account = f"{name}:{PASSWORD}\n"
        subprocess.run(["chpasswd"], check=True, input=account.encode(), timeout=60)
        yield name
    finally:
        subprocess.run(["userdel", name], check=True, timeout=60)


@pytest.mark.parametrize(
    "options",
    [
        ("PasswordAuthentication yes",),
        ("UsePAM yes", "KbdInteractiveAuthentication yes"),
        ("UsePAM yes", "PasswordAuthentication yes", "KbdInteractiveAuthentication yes"),
    ],
    ids=["password", "keyboard-interactive", "both"],
)
def test_a_password_opens_a_session_and_a_wrong_one_is_tried_once(
    session, ssh_host, clerk, options
):
    program = Path("/bin/cat")
    with ssh_host(program, options=(*options, "ForceCommand echo TERM; sleep 60")) as host:
        assert "TERM" in session(host, first, user=clerk, password=PASSWORD)
        with pytest.raises(HostPasswordRefused, match=f"password of user {clerk}") as caught:
            session(host, user=clerk, password="Tr0ub4dor")
        assert "Tr0ub4dor" not in str(caught.value)
        log = (host.folder / "sshd.log").read_text()
        said = ("Failed password for", "PAM: Authentication failure for")
        assert sum(log.count(f"{words} {clerk}") for words in said) == 1


def test_a_host_that_takes_keys_only_says_so(session, sshd):
    with pytest.raises(NoLoginMethod, match="accepts publickey; the settings provide a password"):
        session(sshd, password=PASSWORD)
