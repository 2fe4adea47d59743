"""Directories of tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from twisted.internet import reactor

from mgmtsrvr.directories.ldap import LdapDirectory, threads_for
from tests.support.slapd import ACCOUNT, ACCOUNT_PASSWORD, BASE, Slapd, slapd
from verdigris.config.directories import LdapServer, LdapSettings


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Debian's slapd with the people of a bank."""
    with slapd(tmp_path_factory.mktemp("slapd")) as running:
        yield running


@pytest.fixture
def ldap_settings(tmp_path: Path) -> Callable[..., LdapSettings]:
    """Settings of an LDAP directory: `ldap_settings(port, ca=..., **others)`."""
    secret = tmp_path / "bind-password"
    secret.write_text(ACCOUNT_PASSWORD + "\n")
    secret.chmod(0o600)

    def make(*ports: int, ca: Path | None, **others: object) -> LdapSettings:
        start_tls = bool(others.pop("start_tls", False))
        host = str(others.pop("host", "127.0.0.1"))
        given: dict[str, object] = {
            "name": "corp",
            "servers": tuple(LdapServer(host, port, start_tls) for port in ports),
            "active_directory": False,
            "ca_file": ca,
            "bind_dn": ACCOUNT,
            "bind_password_file": secret,
            "user_base": f"ou=people,{BASE}",
            "user_attribute": "uid",
            "user_filter": "(objectClass=person)",
            "group_base": f"ou=groups,{BASE}",
            "group_attribute": "cn",
            "member_attribute": "member",
            "nested": True,
            "timeout": 5.0,
        }
        return LdapSettings(**{**given, **others})  # type: ignore[arg-type]

    return make


@pytest.fixture
def ldap_directory() -> Iterator[Callable[[LdapSettings], LdapDirectory]]:
    """Makes directories of settings; their threads end with the test."""
    made = []

    def make(settings: LdapSettings) -> LdapDirectory:
        made.append(threads_for(settings, reactor))
        return LdapDirectory(settings, reactor, made[-1])

    yield make
    for threads in made:
        threads.stop()
