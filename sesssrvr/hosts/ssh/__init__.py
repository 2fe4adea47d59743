"""SSH to VT hosts: who the host is, who we are, and a terminal session between.

Law: nothing is sent to a host whose key is not known, least of all a password; whatever fails has
an error of its own. Deciding (`knownhosts`, `signon`, `algorithms`, `settings`) is apart from the
connection (`transport`, `endpoint`), which is Twisted's Conch.
Tested in `tests/sesssrvr/hosts/ssh/test_line.py`.
"""

from sesssrvr.hosts.ssh.endpoint import SshEndpoint
from sesssrvr.hosts.ssh.settings import SshSettings, is_ssh


__all__ = ["SshEndpoint", "SshSettings", "is_ssh"]
