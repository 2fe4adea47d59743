"""The store of the configuration, as mgmtsrvr.xml names it: a file, etcd, or a replica."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from verdigris.config import ports
from verdigris.values import Endpoint


PREFIX: Final = "/verdigris"
"""Where the documents are in etcd, unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class EtcdSettings:
    """An etcd cluster.

    Attributes:
        endpoints: URLs of its members.
        prefix: of all keys.
        certificate, key, authorities: PEM files; None shows no certificate, or trusts the system's
            authorities.
        user, password_file: an etcd user; "" logs in as nobody.
    """

    endpoints: tuple[str, ...]
    prefix: str = PREFIX
    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None
    user: str = ""
    password_file: Path | None = None


@dataclass(frozen=True, slots=True)
class ReplicaSettings:
    """Two management servers without etcd.

    Attributes:
        peer: where the other one listens for links.
        primary: whether this one took the changes first; a promotion overrides it.
    """

    peer: Endpoint
    primary: bool = False


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the configuration is kept: in files if both are None."""

    etcd: EtcdSettings | None = None
    replica: ReplicaSettings | None = None


IN_FILES: Final = StoreSettings()

_ONLY: Final = {
    "etcd": (
        "endpoints",
        "prefix",
        "certificate",
        "key",
        "authorities",
        "user",
        "password-file",
    ),
    "replica": ("peer", "primary"),
}
"""The attributes of each kind."""


def store_settings(element: etree._Element | None, folder: Path) -> StoreSettings:
    """The settings of a `<store>` element; files are relative to the folder.

    Raises:
        ValueError: with every problem, in one sentence.
    """
    if element is None:
        return IN_FILES
    kind = element.get("kind", "file")
    problems = list(_problems(element, kind))
    if problems:
        raise ValueError("; ".join(problems))
    if kind == "replica":
        peer = Endpoint.parse(element.get("peer", ""), ports.MANAGEMENT_SERVER)
        return StoreSettings(replica=ReplicaSettings(peer, element.get("primary") in {"true", "1"}))
    if kind == "etcd":
        return StoreSettings(etcd=_etcd(element, folder))
    return IN_FILES


def _etcd(element: etree._Element, folder: Path) -> EtcdSettings:
    def file(name: str) -> Path | None:
        said = element.get(name, "")
        return folder / said if said else None

    return EtcdSettings(
        endpoints=tuple(element.get("endpoints", "").split()),
        prefix=element.get("prefix", PREFIX).rstrip("/"),
        certificate=file("certificate"),
        key=file("key"),
        authorities=file("authorities"),
        user=element.get("user", ""),
        password_file=file("password-file"),
    )


def _problems(element: etree._Element, kind: str) -> Iterator[str]:
    """What the schema cannot say."""
    for other, names in _ONLY.items():
        for name in names:
            if name in element.attrib and other != kind:
                yield f"{name} belongs to a store of kind {other}, not {kind}"
    if kind == "replica":
        try:
            Endpoint.parse(element.get("peer", ""), ports.MANAGEMENT_SERVER)
        except ValueError as problem:
            yield f"peer has to be the address of the other management server: {problem}"
    if kind != "etcd":
        return
    endpoints = element.get("endpoints", "").split()
    if not endpoints:
        yield "a store of kind etcd needs endpoints, such as https://etcd1:2379"
    for url in endpoints:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            yield f"{url} is not the URL of an etcd member, such as https://etcd1:2379"
    if bool(element.get("user")) != bool(element.get("password-file")):
        yield "user and password-file belong together"
    if bool(element.get("certificate")) != bool(element.get("key")):
        yield "certificate and key belong together"
