"""OpenLDAP's server from Debian, with a small bank in it: the judge of our LDAP client."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.certificates import TestAuthority


BASE = "dc=bank,dc=example"
ACCOUNT, ACCOUNT_PASSWORD = f"cn=verdigris,{BASE}", "account password"

LDIF = f"""\
dn: {BASE}
objectClass: dcObject
objectClass: organization
dc: bank
o: bank

dn: cn=verdigris,{BASE}
objectClass: person
cn: verdigris
sn: verdigris
userPassword: {ACCOUNT_PASSWORD}

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: ou=elsewhere,{BASE}
objectClass: organizationalUnit
ou: elsewhere

dn: uid=alice,ou=people,{BASE}
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: A
userPassword: alice password

dn: cn=Smith\\, Bob (*) \\\\ x,ou=people,{BASE}
objectClass: inetOrgPerson
uid: bob
cn: Smith, Bob (*) \\ x
sn: B
employeeType: former
userPassword: bob password

dn: uid=eve,ou=elsewhere,{BASE}
objectClass: inetOrgPerson
uid: eve
cn: Eve
sn: E
userPassword: eve password

dn: cn=Bank Tellers,ou=groups,{BASE}
objectClass: groupOfNames
cn: Bank Tellers
member: uid=alice,ou=people,{BASE}
member: cn=Smith\\, Bob (*) \\\\ x,ou=people,{BASE}

dn: cn=Staff,ou=groups,{BASE}
objectClass: groupOfNames
cn: Staff
member: cn=Bank Tellers,ou=groups,{BASE}
member: cn=Circle,ou=groups,{BASE}

dn: cn=Circle,ou=groups,{BASE}
objectClass: groupOfNames
cn: Circle
member: cn=Staff,ou=groups,{BASE}

dn: cn=clerks,ou=groups,{BASE}
objectClass: posixGroup
cn: clerks
gidNumber: 1000
memberUid: alice

dn: cn=Outside,ou=elsewhere,{BASE}
objectClass: groupOfNames
cn: Outside
member: uid=alice,ou=people,{BASE}
"""


@dataclass(frozen=True)
class Slapd:
    """A running server: port of LDAP (StartTLS) and LDAPS."""

    ldap: int
    ldaps: int
    ca: Path


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def slapd(folder: Path) -> Iterator[Slapd]:
    """Start a server with the bank; it is stopped at the end."""
    program = shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("slapd is not installed, and CI must not skip it")
        pytest.skip("slapd is not installed (Debian: apt-get install slapd)")
    authority = TestAuthority(folder)
    certificate, key = authority.server("slapd", "127.0.0.1", "ldap.test")
    data = folder / "data"
    data.mkdir()
    config = folder / "slapd.conf"
    config.write_text(
        "".join(f"include /etc/ldap/schema/{it}.schema\n" for it in ("core", "cosine", "nis", "inetorgperson"))
        + f"modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {folder}/pid\n"
        f"TLSCACertificateFile {authority.ca}\nTLSCertificateFile {certificate}\nTLSCertificateKeyFile {key}\n"
        f'database mdb\nsuffix "{BASE}"\nrootdn "cn=root,{BASE}"\nrootpw root\ndirectory {data}\n'
        "access to attrs=userPassword by anonymous auth by * none\naccess to * by dn.exact="
        f'"{ACCOUNT}" read by anonymous auth by * none\n'
    )  # fmt: skip
    ldif = folder / "bank.ldif"
    ldif.write_text(LDIF)
    subprocess.run([program, "-T", "add", "-f", config, "-l", ldif], check=True, timeout=30)
    found = Slapd(free_port(), free_port(), authority.ca)
    urls = f"ldap://127.0.0.1:{found.ldap} ldaps://127.0.0.1:{found.ldaps}"
    server = subprocess.Popen([program, "-d", "0", "-f", config, "-h", urls])
    try:
        _await(found.ldaps)
        yield found
    finally:
        server.terminate()
        server.wait(10)


def _await(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until, "slapd does not listen"
            time.sleep(0.05)
        else:
            return
