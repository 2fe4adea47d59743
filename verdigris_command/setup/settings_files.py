"""The settings files that `verdigris init` and `verdigris join` write, as short as they can be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self
from xml.sax.saxutils import escape, quoteattr

from verdigris.config import ports
from verdigris.config.plugin_cfg import DOCTYPE
from verdigris.identity import Role
from verdigris.identity.part import WITH_CERTIFICATES
from verdigris.values import Endpoint


IDENTITY: Final = "identity"
AUTHORITY: Final = "authority"
EVERY: Final = "0.0.0.0"  # noqa: S104 - for parts that are reached by a host name

ROLES: Final = sorted(role.value for role in WITH_CERTIFICATES)
"""The roles of parts that join, as people write them."""

FILES: Final = {
    Role.MANAGEMENT_SERVER: "mgmtsrvr.xml",
    Role.SESSION_SERVER: "sesssrvr.xml",
    Role.GATEWAY: "plugin-cfg.xml",
}
"""The settings file of each role."""

MODULES: Final = {
    Role.MANAGEMENT_SERVER: "mgmtsrvr",
    Role.SESSION_SERVER: "sesssrvr",
    Role.GATEWAY: "gateway",
}
"""The module that each role runs: `python -m mgmtsrvr --config FILE`."""

_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def interface(address: Endpoint) -> Endpoint:
    """Where to listen to be reached at an address: there if it is an IP address, else everywhere."""
    try:
        ip_address(address.host)
    except ValueError:
        return Endpoint(EVERY, address.port)
    return address


def reachable(listening: Endpoint) -> Endpoint:
    """Where a part on this machine is reached that listens at an address."""
    return Endpoint("127.0.0.1", listening.port) if listening.host == EVERY else listening


@dataclass(frozen=True, slots=True)
class Administration:
    """Where a management server listens for people and tools.

    Attributes:
        api: the administration API; None is the default.
        health: health questions and metrics; None is nowhere.
    """

    api: Endpoint | None = None
    health: Endpoint | None = None

    @classmethod
    def parse(cls, api: str | None, health: str | None) -> Self:
        """Read the options `--api` and `--health`.

        Raises:
            ValueError: one is no address.
        """
        return cls(
            ports.listening(api, ports.ADMINISTRATION) if api else None,
            ports.listening(health, ports.HEALTH) if health else None,
        )

    @property
    def elements(self) -> str:
        """Of mgmtsrvr.xml."""
        named = (("api", self.api), ("health", self.health))
        return "".join(f'  <{name} address="{it}"/>\n' for name, it in named if it)


def management_server(name: str, address: Endpoint, people: Administration, store: str = "") -> str:
    """mgmtsrvr.xml.

    Args:
        name: of the management server.
        address: by which the other parts reach it.
        people: where it listens for them.
        store: the element `<store>`; "" keeps the configuration in files.
    """
    listen = f'  <listen address="{interface(address)}"/>\n'
    return (
        f'{_XML}<mgmtsrvr xmlns="urn:verdigris:mgmtsrvr:1" name="{name}">\n{listen}{people.elements}'
        f'  <installation file="installation.xml"/>\n{store}  <identity directory="{IDENTITY}"/>\n'
        f'  <authority directory="{AUTHORITY}"/>\n</mgmtsrvr>\n'
    )


def session_server(
    name: str,
    installation: str,
    address: Endpoint,
    management: Sequence[str],
    hosts: Mapping[str, str],
) -> str:
    """sesssrvr.xml.

    Args:
        name: of the session server.
        installation: its id.
        address: by which the other parts reach it.
        management: addresses of the management servers.
        hosts: addresses by model.
    """
    servers = "".join(f"    <management-server address={quoteattr(it)}/>\n" for it in management)
    named = "".join(
        f"    <host model={quoteattr(model)} address={quoteattr(it)}/>\n"
        for model, it in hosts.items()
    )
    return (
        f'{_XML}<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="{name}" installation="{installation}">\n'
        f'  <listen address="{interface(address)}" advertise="{address}"/>\n'
        f"  <management-servers>\n{servers}  </management-servers>\n"
        f'  <identity directory="{IDENTITY}"/>\n'
        '  <data directory="data"/>\n  <deploy directory="deploy"/>\n'
        + (f"  <hosts>\n{named}  </hosts>\n" if named else "")
        + "</sesssrvr>\n"
    )


def gateway(address: Endpoint, https: int, management: Sequence[str], domain: str) -> str:
    """plugin-cfg.xml.

    Args:
        address: where clients reach it over plain HTTP.
        https: the port for HTTPS.
        management: addresses of the management servers.
        domain: for requests that name none; "" is none.
    """
    entries = {
        "managementServers": ", ".join(management),
        "identityFolder": IDENTITY,
        "httpInterface": interface(address).host,
        "httpPort": str(address.port),
        "httpsPort": str(https),
        **({"domainName": domain} if domain else {}),
        # Clients that reach it by its name send that name as Host.
        **({"allowedHosts": address.host} if interface(address) != address else {}),
    }
    listed = "".join(f'  <entry key="{key}">{escape(it)}</entry>\n' for key, it in entries.items())
    return f"{_XML}{DOCTYPE}\n<properties>\n{listed}</properties>\n"


def settings_of(folder: Path) -> tuple[Role, Path] | None:
    """What a folder was set up for, and its settings file; None if it holds none."""
    found = ((role, folder / name) for role, name in FILES.items())
    return next(((role, path) for role, path in found if path.exists()), None)
