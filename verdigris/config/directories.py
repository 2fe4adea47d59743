"""Settings of the directories that users.xml names: LDAP (Active Directory among them), OpenID Connect.

Law: frozen, checked. A password is never in these settings, only the file that has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unicodedata import normalize
from urllib.parse import urlsplit

from lxml import etree

from verdigris.config import xmlfile
from verdigris.errors import Problem


LDAP_PORTS: Final = {"ldap": 389, "ldaps": 636}

USER_ATTRIBUTE: Final = {"ldap": "uid", "active-directory": "sAMAccountName"}

USER_FILTER: Final = {
    "ldap": "(objectClass=person)",
    # bit 2 of userAccountControl: the account is disabled (MS-ADTS 2.2.16)
    "active-directory": "(&(objectCategory=person)(objectClass=user)"
    "(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
}


@dataclass(frozen=True, slots=True)
class LdapServer:
    """A replica: with TLS from the first byte, or by StartTLS before anything else is said."""

    host: str
    port: int
    start_tls: bool

    def __str__(self) -> str:
        return f"{'ldap' if self.start_tls else 'ldaps'}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """An LDAP directory; see users.xsd.

    Attributes:
        nested: groups in groups count; Active Directory follows them itself.
        timeout: seconds for connecting, and for each answer.
    """

    name: str
    servers: tuple[LdapServer, ...]
    active_directory: bool
    ca_file: Path | None
    bind_dn: str
    bind_password_file: Path
    user_base: str
    user_attribute: str
    user_filter: str
    group_base: str
    group_attribute: str
    member_attribute: str
    nested: bool
    timeout: float


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """An OpenID Connect issuer; see users.xsd."""

    name: str
    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    user_claim: str
    groups_claim: str
    ca_file: Path | None
    timeout: float


Directory = LdapSettings | OpenIdSettings


def folded(name: str) -> str:
    """A name as LDAP's caseIgnoreMatch compares it (RFC 4518), near enough for names of users."""
    return " ".join(normalize("NFKC", name).casefold().split())


def read_directories(
    elements: Iterator[etree._Element], folder: Path, file: str, found: list[Problem]
) -> Iterator[Directory]:
    """The directories of a document that fits its schema.

    Args:
        elements: of `<directories>`.
        folder: the files they name are relative to it.
        file: for problems.
        found: problems are added.
    """
    for element in elements:
        try:
            kind = etree.QName(element).localname
            given = {str(name): str(value) for name, value in element.attrib.items()}
            yield (_ldap if kind == "ldap" else _openid)(given, folder)
        except ValueError as problem:
            found.append(Problem(file, xmlfile.line(element), str(problem)))


def _ldap(given: Mapping[str, str], folder: Path) -> LdapSettings:
    kind = given.get("kind", "ldap")
    condition = given.get("user-filter") or USER_FILTER[kind]
    if not _is_filter(condition):
        raise ValueError(f"user-filter {condition!r} is not an LDAP filter in parentheses")
    return LdapSettings(
        name=given["name"],
        servers=tuple(_servers(given["servers"])),
        active_directory=kind == "active-directory",
        ca_file=_path(given.get("ca-file"), folder),
        bind_dn=_text(given, "bind-dn"),
        bind_password_file=folder / _text(given, "bind-password-file"),
        user_base=_text(given, "user-base"),
        user_attribute=_attribute(given.get("user-attribute") or USER_ATTRIBUTE[kind]),
        user_filter=condition,
        group_base=given.get("group-base", "").strip(),
        group_attribute=_attribute(given.get("group-attribute", "cn")),
        member_attribute=_attribute(given.get("member-attribute", "member")),
        nested=given.get("nested", "true").strip() in {"true", "1"},
        timeout=float(given.get("timeout", "5")),
    )


def _openid(given: Mapping[str, str], folder: Path) -> OpenIdSettings:
    issuer = given["issuer"].strip()
    parts = urlsplit(issuer)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"issuer {issuer!r} is not an https URL")
    return OpenIdSettings(
        name=given["name"],
        issuer=issuer,
        audience=_text(given, "audience"),
        algorithms=tuple(given.get("algorithms", "RS256 ES256").split()),
        user_claim=_text(given, "user-claim", "sub"),
        groups_claim=_text(given, "groups-claim", "groups"),
        ca_file=_path(given.get("ca-file"), folder),
        timeout=float(given.get("timeout", "5")),
    )


def _servers(text: str) -> Iterator[LdapServer]:
    if not text.split():
        raise ValueError("servers names no server")
    for url in text.split():
        parts = urlsplit(url)
        port = LDAP_PORTS.get(parts.scheme)
        if port is None or not parts.hostname or parts.path not in {"", "/"} or parts.username:
            raise ValueError(f"{url!r} is not a server: write ldaps://host or ldap://host")
        yield LdapServer(parts.hostname, parts.port or port, parts.scheme == "ldap")


def _text(given: Mapping[str, str], name: str, default: str = "") -> str:
    text = given.get(name, default).strip()
    if not text:
        raise ValueError(f"{name} is empty")
    return text


def _path(text: str | None, folder: Path) -> Path | None:
    return folder / text.strip() if text and text.strip() else None


def _attribute(text: str) -> str:
    """An attribute description (RFC 4512, 2.5): what goes into a filter as it is."""
    name = text.strip()
    if not name or not name.isascii() or not name.replace("-", "").isalnum() or name[0] == "-":
        raise ValueError(f"{name!r} is not the name of an LDAP attribute")
    return name


def _is_filter(text: str) -> bool:
    """Whether the parentheses of a filter match, with one pair around all of it."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth < 1 and at < len(text) - 1:
            return False
    return depth == 0 and len(text) > 2  # noqa: PLR2004 - "()" is empty
