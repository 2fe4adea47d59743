"""One login asked of one LDAP server: search the user, bind as the user, search the groups (RFC 4511, 4513).

Law (tests/mgmtsrvr/directories/test_ldap.py, test_ldap_attacks.py): nothing is said before TLS with a
certificate that is trusted and names the server; what somebody typed is never a part of a filter
unescaped; an empty password is never sent. The answers of the server are not believed further than
they can be checked: one entry, below the base that was asked for, with the name that was typed; a
server that accepts a password which nobody has is not believed at all.

It blocks: it runs in a thread of its own. `abort` ends it from outside.
"""

import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from typing import Any, Final

import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn, parse_dn

from mgmtsrvr.directories.directory import Answer, Refused, Unknown
from verdigris.config.directories import LdapServer, LdapSettings, folded
from verdigris.rights import Principal, Subject


IN_CHAIN: Final = "1.2.840.113556.1.4.1941"
"""Active Directory's matching rule for members of members (MS-ADTS 3.1.1.3.4.4.3)."""

DEPTH: Final = 10
"""Groups in groups in groups: directories have two or three levels."""

MOST_GROUPS: Final = 1_000
"""Of one user."""

AT_ONCE: Final = 50
"""Groups whose groups are asked for in one search."""

SUCCESS: Final = 0
SIZE_LIMIT_EXCEEDED: Final = 4
REFUSED: Final = frozenset({19, 32, 48, 49, 50, 53})
"""Results of a bind that say no to this user, a locked or expired one among them (RFC 4511, 4.1.9)."""


class ServerUnusableError(Exception):
    """This server cannot say who somebody is; another may."""


class LdapConversation:
    """One login at one server.

    Args:
        settings: of the directory.
        server: which of its replicas.
        bind_password: of the account that searches.
    """

    def __init__(self, settings: LdapSettings, server: LdapServer, bind_password: str) -> None:
        self._settings = settings
        self._server = server
        self._bind_password = bind_password
        self._connection: Any = None
        self._aborted = False

    def __repr__(self) -> str:
        return f"<LdapConversation {self._server}>"

    def abort(self) -> None:
        """End it from another thread: what it waits for fails at once."""
        self._aborted = True
        connection = self._connection
        if connection is not None and connection.socket is not None:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    def login(self, user: str, password: str) -> Answer:
        """Who this is.

        Raises:
            ServerUnusableError: it cannot be found out here.
        """
        try:
            return self._login(user, password)
        except ServerUnusableError:
            raise
        except (LDAPException, OSError) as problem:
            raise ServerUnusableError(_short(problem)) from None
        except Exception as problem:  # noqa: BLE001 - the library's decoders raise anything for bytes that are not LDAP
            raise ServerUnusableError(f"its answer cannot be read: {_short(problem)}") from None
        finally:
            self._close()

    def _login(self, user: str, password: str) -> Answer:
        self._open()
        self._bind_account()
        found = self._find(user)
        if found is None:
            return Unknown()
        dn, name = found
        if not self._binds(dn, password):
            return Refused()
        self._refuse_credulous()
        self._bind_account()
        groups = frozenset(
            Principal(it, self._settings.name) for it in self._groups(dn, name)
        )  # fmt: skip
        return Subject(Principal(folded(name), self._settings.name), groups)

    def _open(self) -> None:
        settings, server = self._settings, self._server
        seconds = max(1, ceil(settings.timeout))
        tls = _CheckedTls(settings, server.host)
        made = ldap3.Server(
            server.host, server.port, use_ssl=not server.start_tls, tls=tls, get_info=ldap3.NONE,
            connect_timeout=settings.timeout,
        )  # fmt: skip
        self._connection = ldap3.Connection(
            made, client_strategy=ldap3.SYNC, read_only=True, receive_timeout=seconds,
            auto_referrals=False, check_names=False, raise_exceptions=False, return_empty_attributes=False,
        )  # fmt: skip
        if self._aborted:
            raise ServerUnusableError("it took too long")
        self._connection.open(read_server_info=False)
        if server.start_tls and not (
            self._connection.start_tls(read_server_info=False) and self._connection.tls_started
        ):
            raise ServerUnusableError("it refused StartTLS")

    def _close(self) -> None:
        if self._connection is not None:
            opened = self._connection.socket
            with suppress(Exception):  # whatever a broken connection says when it is closed
                self._connection.unbind()
            if opened is not None:
                opened.close()  # the library forgets sockets that it could not connect

    def _bind(self, dn: str, password: str) -> int:
        if self._aborted:
            raise ServerUnusableError("it took too long")
        assert dn  # noqa: S101 - an empty one is an anonymous bind, and a success (RFC 4513, 5.1.1)
        assert password  # noqa: S101 - likewise (RFC 4513, 5.1.2)
        connection = self._connection
        connection.user, connection.password = dn, password
        connection.authentication = ldap3.SIMPLE
        connection.bind(read_server_info=False)
        return int(connection.result["result"])

    def _bind_account(self) -> None:
        code = self._bind(self._settings.bind_dn, self._bind_password)
        if code != SUCCESS:
            raise ServerUnusableError(
                f"it refused the account {self._settings.bind_dn} (LDAP result {code})"
            )

    def _binds(self, dn: str, password: str) -> bool:
        code = self._bind(dn, password)
        if code not in REFUSED | {SUCCESS}:
            raise ServerUnusableError(f"it answered a login with LDAP result {code}")
        return code == SUCCESS

    def _refuse_credulous(self) -> None:
        """Try a password that nobody has: a server that accepts it accepts any."""
        nobody = escape_rdn(secrets.token_hex(16))
        dn = f"{self._settings.user_attribute}={nobody},{self._settings.user_base}"
        if self._bind(dn, secrets.token_hex(16)) == SUCCESS:
            raise ServerUnusableError("it accepts any password")

    def _find(self, user: str) -> tuple[str, str] | None:
        """The name and the DN of the one user of this name."""
        attribute = self._settings.user_attribute
        wanted = f"(&({attribute}={escape_filter_chars(user)}){self._settings.user_filter})"
        found = [*self._search(self._settings.user_base, wanted, attribute, 2)]
        if not found:
            return None
        if len(found) > 1:
            raise ServerUnusableError(f"it has several users with this {attribute}")
        dn, names = found[0]
        for name in names:
            if folded(name) == folded(user):
                return dn, name
        raise ServerUnusableError("it answered with another user than was asked for")

    def _groups(self, dn: str, name: str) -> Iterator[str]:
        """The names and DNs of the user's groups, in the case-folded form."""
        settings = self._settings
        if not settings.group_base:
            return
        member = settings.member_attribute
        by_name = member.lower() == "memberuid"  # posixGroup: its members are names (RFC 2307, 4)
        chained = settings.nested and settings.active_directory
        rule = f"{member}:{IN_CHAIN}:" if chained else member
        level = [name if by_name else dn]
        seen: set[str] = set()
        for _ in range(DEPTH):
            found = [*self._parents(level, rule)]
            level = [group for group, _ in found if folded(group) not in seen]
            for group, names in found:
                seen.add(folded(group))
                yield from map(folded, (group, *names))
            if not level or chained or by_name or not settings.nested or len(seen) > MOST_GROUPS:
                break

    def _parents(self, members: list[str], rule: str) -> Iterator[tuple[str, list[str]]]:
        """The DNs and names of the groups that contain one of these."""
        for start in range(0, len(members), AT_ONCE):
            each = members[start : start + AT_ONCE]
            wanted = "".join(f"({rule}={escape_filter_chars(it)})" for it in each)
            yield from self._search(
                self._settings.group_base, f"(|{wanted})", self._settings.group_attribute, MOST_GROUPS,
            )  # fmt: skip

    def _search(
        self, base: str, wanted: str, attribute: str, most: int
    ) -> Iterator[tuple[str, list[str]]]:
        """The DNs below a base, each with the values of an attribute."""
        if self._aborted:
            raise ServerUnusableError("it took too long")
        connection = self._connection
        connection.search(
            base, wanted, ldap3.SUBTREE, attributes=[attribute], size_limit=most,
            time_limit=max(1, ceil(self._settings.timeout)),
        )  # fmt: skip
        code = int(connection.result["result"])
        if code not in {SUCCESS, SIZE_LIMIT_EXCEEDED}:
            raise ServerUnusableError(f"it answered a search with LDAP result {code}")
        for entry in (connection.response or ())[: most + 1]:
            if entry.get("type") != "searchResEntry":
                continue  # a referral: other servers are not asked
            dn = str(entry["dn"])
            if not _is_below(dn, base):
                raise ServerUnusableError("it answered with entries that were not asked for")
            values = entry["raw_attributes"].get(attribute, [])
            yield dn, [it.decode("utf-8", "replace") for it in values]


class _CheckedTls(ldap3.Tls):
    """TLS in which OpenSSL checks the certificate and the name; the library's own check is gone from newer Pythons."""

    def __init__(self, settings: LdapSettings, host: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        ca = str(settings.ca_file) if settings.ca_file else None
        self._context = ssl.create_default_context(cafile=ca)
        self._host = host

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Put TLS around a connection's socket; the library calls this."""
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=self._host, do_handshake_on_connect=do_handshake
        )


def _is_below(dn: str, base: str) -> bool:
    """Whether a DN is an entry below another."""
    inner, outer = ([(kind.lower(), folded(value)) for kind, value, _ in parse_dn(it)] for it in (dn, base))  # fmt: skip
    return bool(inner) and len(inner) > len(outer) and inner[len(inner) - len(outer) :] == outer


def _short(problem: Exception) -> str:
    return (str(problem) or type(problem).__name__)[:200]
