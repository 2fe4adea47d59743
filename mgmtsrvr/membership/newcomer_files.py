"""What a management server that joins needs besides its identity: all management servers are equal."""

from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.config.store_settings import EtcdSettings
from verdigris.values import Endpoint


AUTHORITY: Final = "authority"
"""The folder of the authorities, as it is called among management servers."""

USERS: Final = "users.xml"
"""The users file, beside the installation file."""

STORE: Final = "store.xml"
"""The element `<store>` of the newcomer's settings; no file of its own."""


def authorities(config: ManagementConfig) -> dict[str, bytes]:
    """The authorities' files by the path in a newcomer's folder."""
    folder = config.authority
    found = sorted(folder.rglob("*.pem"))
    return {f"{AUTHORITY}/{path.relative_to(folder)}": path.read_bytes() for path in found}


def newcomer_files(config: ManagementConfig, me: Endpoint, document: bytes) -> dict[str, bytes]:
    """Everything a management server gets, by the path in its folder.

    Args:
        config: of this management server.
        me: where it is reached.
        document: the installation in force.

    Raises:
        ValueError: why there can be no other management server beside this one.
    """
    element, named = _store(config, me)
    users = config.installation.parent / USERS
    found = {**authorities(config), "installation.xml": document, STORE: element.encode()}
    if users.exists():
        found[USERS] = users.read_bytes()
    return found | {f"etcd/{path.name}": path.read_bytes() for path in named}


def _store(config: ManagementConfig, me: Endpoint) -> tuple[str, list[Path]]:
    """The newcomer's `<store>`, and the files it names."""
    store = config.store
    if store.etcd is not None:
        return _etcd(store.etcd)
    if store.replica is not None:
        return f'  <store kind="replica" peer={quoteattr(str(me))}/>\n', []
    raise ValueError(
        "this management server keeps the configuration in a file of its own; several need "
        '<store kind="etcd"> or <store kind="replica"> in its settings'
    )


def _etcd(etcd: EtcdSettings) -> tuple[str, list[Path]]:
    files = {
        "certificate": etcd.certificate, "key": etcd.key, "authorities": etcd.authorities,
        "password-file": etcd.password_file,
    }  # fmt: skip
    named = {name: path for name, path in files.items() if path is not None}
    said = {"kind": "etcd", "endpoints": " ".join(etcd.endpoints), "prefix": etcd.prefix}
    said |= {"user": etcd.user} if etcd.user else {}
    said |= {name: f"etcd/{path.name}" for name, path in named.items()}
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in said.items())
    return f"  <store{attributes}/>\n", list(named.values())
