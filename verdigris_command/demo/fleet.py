"""A whole installation as real processes on loopback: for the demo, system tests and benchmarks.

Law: a fleet's files and logs lie in one folder; every process is gone when the fleet is closed,
whatever happened in between. A part that is started again comes back at its old address.
"""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from xml.sax.saxutils import escape, quoteattr

from verdigris.child_process import Process, free_port, port_or_free
from verdigris.cli.api import Api
from verdigris.config import users as users_file
from verdigris.config.atomic import write_file
from verdigris.config.plugin_cfg import DOCTYPE
from verdigris.identity import Part, Role
from verdigris.identity.authority import Authority
from verdigris.identity.material import AUTHORITIES, write
from verdigris.passwords import generated, hashed


@dataclass(frozen=True, slots=True)
class Member:
    """A session server of the fleet and its place in the domain."""

    name: str
    weight: int
    priority: int


SEED_DOMAIN: Final = (Member("vs1", 80, 1), Member("vs2", 20, 1), Member("vs3", 100, 2))
"""VHI's documented example: weights 80 and 20 at priority 1, one standby at priority 2."""

INSTALLATION: Final = "demo"
IDENTITY: Final = "identity"
HERE: Final = ("localhost", "127.0.0.1", "::1")
"""The names a part on this machine is reached by."""

SECURITY: Final = "  <security/>\n"

_GATEWAY: Final = "gateway"
_MANAGER: Final = "mgmtsrvr"


@dataclass
class Fleet:
    """A host, management servers, session servers with a deployed model, gateways.

    Attributes:
        folder: configuration, data and logs.
        package: the model package every session server deploys.
        model: the package's model.
        deployed: whether every session server deploys the package from its folder.
        members: the session servers and their weights and priorities in the domain.
        domain: the domain's name.
        host: arguments of the host emulator; none if a host is there already at `ports["host"]`.
        host_attributes: of each session server's `<host>`, besides its address.
        limits: attributes of each session server's `<limits>`.
        settings: further elements of each sesssrvr.xml, as text.
        management: further elements of mgmtsrvr.xml, as text.
        log_level: of every part but the host.
        plugin: further entries of plugin-cfg.xml.
        secure: TLS between the parts, with an authority and identities made here, and logins.
        password: of the user admin of a secure fleet.
        users: further elements of users.xml, as text.
        checks_users: the session servers of a secure fleet give sessions to users who may have them.
        managers: how many management servers; with several, `management` names a store they share.
        gateways: how many gateways; they share plugin-cfg.xml.
        workers: processes of each gateway.
        environment: variables of every process that is made, besides those of this one.
        ports: wanted ports by part name; free ones where not given or taken. `gateway-vs1` is the
            port at which gateways find vs1, if it is not vs1's own (a proxy in between).
        processes: by part name: host, mgmtsrvr, the members' names, gateway, gateway2, ...
    """

    folder: Path
    package: bytes
    model: str = "BankDemo"
    deployed: bool = True
    members: tuple[Member, ...] = SEED_DOMAIN
    domain: str = "mydomain1"
    host: tuple[str, ...] = ("hostemul", "bank")
    host_attributes: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    settings: str = ""
    management: str = ""
    log_level: str = "info"
    plugin: dict[str, str] = field(default_factory=dict)
    secure: bool = False
    password: str = field(default_factory=generated, repr=False)
    users: str = field(default="", repr=False)
    checks_users: bool = False
    managers: int = 1
    gateways: int = 1
    workers: int = 1
    environment: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    _authority: Authority | None = None
    _administration: Api | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, it: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    # ---- starting and ending -----------------------------------------------------------------

    def start(self) -> Self:
        """Write the files and start everything at once: the parts find each other in any order.

        Raises:
            NotStarted: a process did not come up.
        """
        for name in self.names():
            self._prepare(name)
        with ThreadPoolExecutor(len(self.names())) as starting:
            list(starting.map(self.start_part, self.names()))
        return self

    def names(self) -> list[str]:
        """The parts, in the order they are started."""
        gateways = ["gateway", *(f"gateway{n}" for n in range(2, self.gateways + 1))]
        host = ["host"] if self.host else []
        return [
            *host,
            *self.management_servers(),
            *(member.name for member in self.members),
            *gateways,
        ]

    def management_servers(self) -> list[str]:
        """Names of the management servers."""
        return [_MANAGER, *(f"{_MANAGER}{n}" for n in range(2, self.managers + 1))]

    def start_part(self, name: str) -> Process:
        """Start one part, or start it again after its end, at the same address.

        Raises:
            NotStarted: it did not come up.
        """
        return self._prepare(name).start()

    def _prepare(self, name: str) -> Process:
        """The part with its files, not started."""
        if name not in self.processes:
            self.processes[name] = Process(name, self._arguments(name), self.folder)
            self.processes[name].environment = dict(self.environment)
        return self.processes[name]

    def close(self) -> None:
        """End every process; the session servers and the host are not waited for long."""
        for process in self.processes.values():
            process.ask_to_end()
        for process in reversed(list(self.processes.values())):
            process.stop(3.0)

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    # ---- addresses ---------------------------------------------------------------------------

    def port(self, name: str, wanted: int = 0) -> int:
        """The port of a part; the same one for as long as the fleet lives."""
        if name not in self.ports:
            self.ports[name] = port_or_free(wanted) if wanted else free_port()
        return self.ports[name]

    def address(self, part: str, by: str) -> str:
        """The address at which one part finds another: its own, or that of a proxy in between."""
        return f"127.0.0.1:{self.ports.get(f'{by}-{part}') or self.port(part)}"

    @property
    def api(self) -> str:
        """URL of the administration API."""
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.port('api')}"

    def administration(self) -> Api:
        """The administration API, logged in as admin.

        Raises:
            VerdigrisError: it does not answer.
        """
        if self._administration is None:
            trusted = self.trust.read_text() if self.secure else ""
            token = ""
            if self.secure:
                body = json.dumps({"user": "admin", "password": self.password}).encode()
                stranger = Api(self.api, token="", authorities=trusted)
                said = stranger.post(
                    "login", body=body, headers={"Content-Type": "application/json"}
                )
                token = str(said["token"])
            self._administration = Api(self.api, token=token, authorities=trusted)
        return self._administration

    def url(self, gateway: str = "gateway") -> str:
        """URL of a gateway's list of services."""
        return f"http://127.0.0.1:{self.port(gateway)}/vhi-ws"

    def wsdl(self, gateway: str = "gateway", kind: str = "model", name: str = "") -> str:
        """URL of a service's WSDL; kind is model or session."""
        return f"{self.url(gateway)}/{kind}/{name or self.model}?wsdl"

    def secure_wsdl(self, kind: str = "model", name: str = "") -> str:
        """The same over HTTPS, of a secure fleet's first gateway."""
        here = f"https://127.0.0.1:{self.port(f'{_GATEWAY}-https')}/vhi-ws"
        return f"{here}/{kind}/{name or self.model}?wsdl"

    # ---- files -------------------------------------------------------------------------------

    def _arguments(self, name: str) -> list[str]:
        if name == "host":
            return [*self.host, "--port", str(self.port("host"))]
        if name.startswith(_MANAGER):
            return self._management(name)
        if name.startswith("gateway"):
            return self._gateway(name)
        return self._session_server(next(it for it in self.members if it.name == name))

    def _management(self, name: str) -> list[str]:
        first = name == _MANAGER
        home = self.folder if first else self.folder / name
        home.mkdir(exist_ok=True)
        (home / "installation.xml").write_text(self.installation_text())
        if self.secure:
            admin = f'<admin password="{hashed(self.password)}"/>'
            users = f'<users xmlns="{users_file.NAMESPACE}">{admin}{self.users}</users>\n'
            write_file(home / "users.xml", users.encode())
        identity = self._identity(Role.MANAGEMENT_SERVER, name)
        called = "" if first and self.managers == 1 else f' name="{name}"'
        path = home / "mgmtsrvr.xml"
        path.write_text(
            f'<mgmtsrvr xmlns="urn:verdigris:mgmtsrvr:1"{called}>\n{self.management}{identity}\n'
            "</mgmtsrvr>\n"
        )
        api = self.port("api" if first else f"api-{name}")
        ports = ["--port", str(self.port(name)), "--api-port", str(api)]
        return ["mgmtsrvr", "--config", str(path), *ports, "--log-level", self.log_level]

    def installation_text(self) -> str:
        """installation.xml."""
        servers = "".join(
            f'    <session-server name="{m.name}" address="{self.address(m.name, _GATEWAY)}"/>\n'
            for m in self.members
        )
        members = "".join(
            f'      <member server="{m.name}" weight="{m.weight}" priority="{m.priority}"/>\n'
            for m in self.members
        )
        return (
            f'<installation xmlns="urn:verdigris:installation:1" id="{INSTALLATION}">\n'
            f"{self._security()}"
            f"{self._listed_managers('name') if self.managers > 1 else ''}"
            f"  <session-servers>\n{servers}  </session-servers>\n"
            f'  <domains>\n    <domain name="{self.domain}">\n{members}    </domain>\n  </domains>\n'
            "</installation>\n"
        )

    def _security(self) -> str:
        if not self.secure:
            return ""
        return '  <security session-servers="on"/>\n' if self.checks_users else SECURITY

    def _listed_managers(self, named: str, by: str = "") -> str:
        """The management servers as a settings file lists them, as one part finds them."""
        listed = "".join(
            "    <management-server"
            + (f' {named}="{name}"' if named else "")
            + f' address="{self.address(name, by)}"/>\n'
            for name in self.management_servers()
        )
        return f"  <management-servers>\n{listed}  </management-servers>\n"

    def _session_server(self, member: Member) -> list[str]:
        home = self.folder / member.name
        (home / "deploy").mkdir(parents=True, exist_ok=True)
        if self.deployed:
            (home / "deploy" / f"{self.model}.zip").write_bytes(self.package)
        limits = _attributes(self.limits)
        host = f'address="{self.address("host", member.name)}"{_attributes(self.host_attributes)}'
        (home / "sesssrvr.xml").write_text(
            f'<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="{member.name}"'
            f' installation="{INSTALLATION}">\n'
            f'  <listen address="127.0.0.1:{self.port(member.name)}"'
            f' advertise="{self.address(member.name, _GATEWAY)}"/>\n'
            + self._listed_managers("", member.name)
            + self._identity(Role.SESSION_SERVER, member.name)
            + (f"  <limits{limits}/>\n" if limits else "")
            + self.settings
            + '  <data directory="data"/>\n  <deploy directory="deploy" every="0.2"/>\n'
            f'  <hosts><host model="{self.model}" {host}/></hosts>\n'
            "</sesssrvr>\n"
        )
        return ["sesssrvr", "--config", str(home / "sesssrvr.xml"), "--log-level", self.log_level]

    def _gateway(self, name: str) -> list[str]:
        first = name == _GATEWAY or not self.secure
        path = self.folder / ("plugin-cfg.xml" if first else f"{name}.xml")
        self._identity(Role.GATEWAY, name)
        if not path.exists():
            path.write_text(self.plugin_text(self.domain, name))
        port = [] if self.secure else ["--port", str(self.port(name))]
        how = [*port, "--log-level", self.log_level, "--workers", str(self.workers)]
        return ["gateway", "--config", str(path), *how]

    def _identity(self, role: Role, name: str) -> str:
        """Give a part its identity, and name the folder in its settings; "" on plain text."""
        if not self.secure:
            return ""
        if self._authority is None:
            self._authority = Authority.create(INSTALLATION, dt.datetime.now(dt.UTC))
            self._authority.write(self.folder / "authority")
        at_home = name == _MANAGER
        folder = self.folder / IDENTITY if at_home else self.folder / name / IDENTITY
        part, now = Part(INSTALLATION, role, name), dt.datetime.now(dt.UTC)
        write(folder, self._authority.material(part, HERE, now))
        return f'  <identity directory="{IDENTITY}"/>\n'

    @property
    def trust(self) -> Path:
        """The file of the authorities that clients trust."""
        return self.folder / IDENTITY / AUTHORITIES

    def _secure_entries(self, gateway: str) -> dict[str, str]:
        """What a gateway with an identity has in its settings: `--port` would leave HTTPS any port."""
        return {
            "identityFolder": f"{gateway}/{IDENTITY}",
            "dataFolder": f"{gateway}/data",
            "httpPort": str(self.port(gateway)),
            "httpsPort": str(self.port(f"{gateway}-https")),
        }

    def plugin_text(self, domain: str, gateway: str = _GATEWAY) -> str:
        """plugin-cfg.xml with this domain name, of a gateway."""
        entries = {
            "domainName": domain,
            "sessionServer": self.address(self.members[0].name, "gateway"),
            "managementServers": " ".join(
                self.address(name, "gateway") for name in self.management_servers()
            ),
            **(self._secure_entries(gateway) if self.secure else {}),
            **self.plugin,
        }
        listed = "".join(
            f"  <entry key={quoteattr(key)}>{escape(value)}</entry>\n"
            for key, value in entries.items()
        )
        return f"<?xml version='1.0'?>\n{DOCTYPE}\n<properties>\n{listed}</properties>\n"


def _attributes(named: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in named.items())
