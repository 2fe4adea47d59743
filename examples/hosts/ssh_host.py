"""An SSH host on loopback: Debian's sshd (openssh-server) with a program for each session.

python examples/hosts/ssh_host.py 2222 examples/hosts/calendar [--folder FOLDER] [-o "sshd option"]...

Prints the port it listens on, and the folder with what a client needs: `id_ed25519` signs on as the
user who runs this, `known_hosts` has the host's keys. Port 0 takes a free one. Everything is made
anew unless --folder names a folder that stays. Ends with its standard input.
"""

import argparse
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path


SSHD = "/usr/sbin/sshd"
KINDS = ("ed25519", "rsa")
PASSED = ("TMPDIR",)  # to the program
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
PidFile none
HostKey {folder}/host_ed25519
HostKey {folder}/host_rsa
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
ForceCommand {program}
"""


def keys(folder: Path) -> None:
    """The host's keys and the user's, where there are none."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, kind in (*((f"host_{kind}", kind) for kind in KINDS), ("id_ed25519", "ed25519")):
        if not (folder / name).exists():
            made = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", folder / name]
            subprocess.run(made, check=True)  # noqa: S603 - of OpenSSH
    if not (folder / "authorized_keys").exists():
        shutil.copy(folder / "id_ed25519.pub", folder / "authorized_keys")


def configure(folder: Path, port: int, program: str, options: list[str]) -> Path:
    """Write sshd's configuration (the first word on a thing holds) and the known hosts."""
    known = [f"[127.0.0.1]:{port} {(folder / f'host_{one}.pub').read_text()}" for one in KINDS]
    (folder / "known_hosts").write_text("".join(known))
    passed = " ".join(f'{name}="{os.environ[name]}"' for name in PASSED if name in os.environ)
    lines = [*options, CONFIG.format(port=port, folder=folder, program=program)]
    file = folder / "sshd_config"
    file.write_text("\n".join([*lines, f"SetEnv {passed}" if passed else "", ""]))
    return file


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def wait(port: int, host: "subprocess.Popen[bytes]") -> None:
    """Until it listens."""
    for _ in range(200):
        if host.poll() is not None:
            sys.exit(f"sshd ended with status {host.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("sshd does not listen")


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("program", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("-o", dest="options", action="append", default=[])
    wanted = parser.parse_args()
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it of root
    with tempfile.TemporaryDirectory(prefix="ssh-host-") as temporary:
        folder = (wanted.folder or Path(temporary)).resolve()
        port = wanted.port or free_port()
        keys(folder)
        file = configure(folder, port, str(wanted.program.resolve()), wanted.options)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # programs are to end when their line hangs up
        with (folder / "sshd.log").open("ab") as log:
            host = subprocess.Popen([SSHD, "-D", "-e", "-f", file], stderr=log)  # noqa: S603 - Debian's
        try:
            wait(port, host)
            print(port, flush=True)
            print(f"{folder} (user {getpass.getuser()})", flush=True)
            sys.stdin.read()
        finally:
            host.terminate()
            host.wait(10)


if __name__ == "__main__":
    main()
