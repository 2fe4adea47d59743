"""OpenSSH servers that are hardened by the usual guides.

Sources: twisted/twisted#12184 and #6966, hierynomus/sshj#403, TerminalStudio/dartssh2#72, paramiko/paramiko#2435
(MACs over what is encrypted, AES-GCM); RFC 8268 (fixed groups with SHA-2). The server is Debian's.
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import HostSettings
from sesssrvr.model.steps import Press, TimedOut, Type, Wait


SSHD = Path("/usr/sbin/sshd")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.sockets,
    pytest.mark.skipif(
        not os.environ.get("CI") and (not SSHD.exists() or sys.platform != "linux"),
        reason="OpenSSH's server is not installed (scripts/test installs it)",
    ),
]
ETM = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com"
CASES = {
    "etm": ("Ciphers aes256-ctr", f"MACs {ETM}"),
    "gcm": ("Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com",),
    "group14": ("KexAlgorithms diffie-hellman-group14-sha256",),
    "group16": ("KexAlgorithms diffie-hellman-group16-sha512",),
    "gcm with new keys": ("Ciphers aes256-gcm@openssh.com", "RekeyLimit 16K"),
    "etm with new keys": (f"MACs {ETM}", "RekeyLimit 16K"),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)],
            check=True,
            timeout=30,
        )
    shutil.copy(folder / "user.pub", folder / "authorized")
    return folder


@pytest.fixture(params=CASES)
def server(request, keys):
    """The port of a server of one case."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    usual = (
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {keys}/host", "PidFile none",
        f"AuthorizedKeysFile {keys}/authorized", "StrictModes no", "PermitRootLogin yes",
        "UsePAM no", "PrintMotd no", "PrintLastLog no",
    )  # fmt: skip
    file = keys / "conf"
    file.write_text("\n".join((*usual, *CASES[request.param])) + "\n")
    Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", file], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "Server listening" in line:
            break
    yield port
    process.terminate()
    process.wait(30)
    process.stderr.close()


def test_a_session_works_and_many_packets_pass(server, keys, on_reactor, _reactor_thread):  # noqa: PT019 - its value is used
    reactor = _reactor_thread
    shown = subprocess.run(
        ["ssh-keygen", "-lf", f"{keys}/host.pub"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    options = (
        ("protocol", "ssh"),
        ("ssh-host-key", shown.stdout.split()[1]),
        ("ssh-key", f"{keys}/user"),
    )
    user = subprocess.run(
        ["id", "-un"], capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()
    settings = HostSettings(
        "VT", "VT220", host="127.0.0.1", port=server, user=user, options=options
    )

    def asks(_):
        yield Type("head -c 60000 /dev/zero | tr '\\0' x; clear; echo A$((2+2))")
        yield Press("Enter")
        return (yield Wait(lambda screen: "A4" in str(screen), 10, "A4"))

    async def there():
        hosts, session = RealHosts(reactor), HostSession("sshd", reactor, lambda *_: None)
        try:
            endpoint = hosts.endpoint(settings, 10, tls=False)
            await session.connect(endpoint, hosts.terminal(settings), 10)
            return await session.run(asks, 15)
        finally:
            session.close()

    assert not isinstance(on_reactor(there), TimedOut)
