"""The session server's own settings: sesssrvr.xml.

Law: frozen, checked, every value but the name with a default; the defaults of this module and of
sesssrvr.xsd are the same (a test compares them). Time in seconds unless the name says otherwise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from lxml import etree

from verdigris.config import ports, xmlfile
from verdigris.errors import Problem
from verdigris.values import Endpoint


NAMESPACE: Final = "urn:verdigris:sesssrvr:1"
LISTEN: Final = Endpoint("127.0.0.1", ports.SESSION_SERVER)


@dataclass(frozen=True, slots=True)
class HostAddress:
    """A host of this environment; "", 0 and None keep what the model or pool says.

    Attributes:
        options: of TLS and SSH, by the names of the model's host options; files are absolute.
    """

    host: str = ""
    port: int = 0
    tls: bool | None = None
    options: tuple[tuple[str, str], ...] = ()


TLS_OPTIONS: Final = {  # attribute -> host option
    "authorities": "tls-authorities",
    "certificate": "tls-certificate",
    "key": "tls-key",
    "passphrase": "tls-passphrase",
    "name": "tls-name",
    "verify": "tls-verify",
    "start-tls": "start-tls",
}
SSH_OPTIONS: Final = (  # attributes that are host options by the same name
    "protocol",
    "ssh-known-hosts",
    "ssh-host-key",
    "ssh-name",
    "ssh-verify",
    "ssh-user",
    "ssh-key",
    "ssh-passphrase",
)
_OPTIONS: Final = {**TLS_OPTIONS, **{name: name for name in SSH_OPTIONS}}
_FILES: Final = (
    "authorities",
    "certificate",
    "key",
    "passphrase",
    "ssh-known-hosts",
    "ssh-key",
    "ssh-passphrase",
)
FILE_OPTIONS: Final = frozenset(_OPTIONS[attribute] for attribute in _FILES)
"""Host options that name a file."""


EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
"""Addresses to listen on that are not addresses to connect to."""


@dataclass(frozen=True, slots=True)
class SessionServerConfig:
    """One session server's settings.

    Attributes:
        name: in the installation file; part of every session id.
        installation: the installation's id; "" takes the word of the management servers.
        listen: port 0 is any free one.
        advertise: what clients are told, "" is the address listened on; `host` or `host:port`.
        management: the management servers to register with.
        concurrent: sessions of the server, in every state. 1,000 is the vendor's advice for
            active ones (product facts 12: 5,000 could be configured); what a machine of today
            carries is measured in benchmarks/.
        pending: host connects in progress at once.
        claim: how long an allocated session waits for its client (docs/allocation.md, step 10).
        suspend_minutes: the longest a client may keep a suspended session.
        return_within: for the walk back to the startup entity.
        drain: how long sessions in use may take to finish at the end of the process.
        quarantine: how long a quarantined session is kept for people to look at.
        quarantine_keep: how many are kept per pool.
        reconnect_first, reconnect_last: waits between a pool's own tries, doubling.
        data: where deployed packages are kept.
        trace_kilobytes: what each session keeps of its traffic with the host, for errors.
        deploy: a watched folder of packages, or None.
        deploy_every: seconds between looks at it.
        hosts: of this environment, by model name.
        identity: folder of its certificate and key; None speaks plain text with the other parts.
        log_level: debug, info, warn or error.
        log_json: one JSON object per line instead of text.
    """

    name: str
    installation: str = ""
    listen: Endpoint = LISTEN
    advertise: str = ""
    management: tuple[Endpoint, ...] = ()
    concurrent: int = 1000
    pending: int = 100
    claim: float = 10.0
    suspend_minutes: float = 60.0
    return_within: float = 30.0
    drain: float = 30.0
    quarantine: float = 300.0
    quarantine_keep: int = 3
    reconnect_first: float = 0.5
    reconnect_last: float = 60.0
    data: Path = Path("sesssrvr-data")
    trace_kilobytes: int = 16
    deploy: Path | None = None
    deploy_every: float = 1.0
    hosts: Mapping[str, HostAddress] = field(default_factory=dict)
    identity: Path | None = None
    log_level: str = "info"
    log_json: bool = False

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is allowed and looks like a mistake."""
        return ports.plain_text(self.listen, self.identity, "sesssrvr.xml")


def parse(data: bytes, file: str = "sesssrvr.xml") -> SessionServerConfig:
    """Read and check a settings file; folders are relative to it.

    Raises:
        ConfigurationError: with every problem found and its line.
    """
    root = xmlfile.load(data, file, xmlfile.schema("verdigris.config", "sesssrvr.xsd"))
    get, folder = _SessionServerSettings(root, file), Path(file).parent
    drop = get.text("deploy", "directory", "")
    config = SessionServerConfig(
        name=root.get("name", ""),
        installation=root.get("installation", ""),
        listen=get.listen(),
        advertise=get.advertise(),
        management=tuple(get.management()),
        concurrent=int(get.text("limits", "concurrent", "1000")),
        pending=int(get.text("limits", "pending", "100")),
        claim=float(get.text("sessions", "claim", "10")),
        suspend_minutes=float(get.text("sessions", "suspend-minutes", "60")),
        return_within=float(get.text("sessions", "return", "30")),
        drain=float(get.text("sessions", "drain", "30")),
        quarantine=float(get.text("quarantine", "seconds", "300")),
        quarantine_keep=int(get.text("quarantine", "keep", "3")),
        reconnect_first=float(get.text("reconnect", "first", "0.5")),
        reconnect_last=float(get.text("reconnect", "last", "60")),
        data=folder / get.text("data", "directory", "sesssrvr-data"),
        trace_kilobytes=int(get.text("traces", "kilobytes", "16")),
        deploy=folder / drop if drop else None,
        deploy_every=float(get.text("deploy", "every", "1")),
        hosts=dict(get.hosts()),
        identity=get.folder("identity"),
        log_level=get.text("log", "level", "info"),
        log_json=_true(get.text("log", "json", "false")),
    )
    try:
        check_advertised(config)
    except ValueError as problem:
        get.wrong("listen", problem)
    xmlfile.refuse(file, get.problems)
    return config


def read(path: Path) -> SessionServerConfig:
    """Read a settings file.

    Raises:
        ConfigurationError: it cannot be read, or something in it is wrong.
    """
    return parse(xmlfile.contents(path), str(path))


def check_advertised(config: SessionServerConfig) -> None:
    """Refuse an address for clients that is none: they would reach themselves.

    Raises:
        ValueError: the address that management servers pass on stands for every address of a machine.
    """
    if not config.management:
        return
    shown = Endpoint.parse(config.advertise, 1) if config.advertise else config.listen
    if shown.host not in EVERY_ADDRESS:
        return
    raise ValueError(
        f"{shown.host} stands for every address of this machine and is not one that clients can connect to: "
        'add advertise="NAME:PORT" with the name or address by which they reach this server'
    )


def host_address(text: str, *, tls: bool | None = None) -> HostAddress:
    """`host`, or `host:port`.

    Raises:
        ValueError: it is no address.
    """
    if not text:
        return HostAddress(tls=tls)
    with_port = Endpoint.parse(text, 1)
    named = text.strip() not in (with_port.host, f"[{with_port.host}]")
    return HostAddress(with_port.host, with_port.port if named else 0, tls)


def sample() -> str:
    """A commented file with every setting at its default."""
    return SAMPLE


def _true(text: str) -> bool:
    return text in {"true", "1"}


class _SessionServerSettings(xmlfile.SettingsReader):
    def listen(self) -> Endpoint:
        try:
            return ports.listening(
                self.text("listen", "address", str(LISTEN)), ports.SESSION_SERVER
            )
        except ValueError as problem:
            self.wrong("listen", problem)
            return LISTEN

    def advertise(self) -> str:
        said = self.text("listen", "advertise", "")
        try:
            if said:
                Endpoint.parse(said, ports.SESSION_SERVER)
        except ValueError as problem:
            self.wrong("listen", problem)
        return said

    def management(self) -> Iterator[Endpoint]:
        for element in self.each("management-servers", "management-server"):
            try:
                yield Endpoint.parse(element.get("address", ""), ports.MANAGEMENT_SERVER)
            except ValueError as problem:
                self.wrong(element, problem)

    def hosts(self) -> Iterator[tuple[str, HostAddress]]:
        seen: set[str] = set()
        for element in self.each("hosts", "host"):
            model, tls = element.get("model", ""), element.get("tls")
            if model in seen:
                self.wrong(element, ValueError(f"model {model} already has a host"))
            seen.add(model)
            try:
                wanted = None if tls is None else _true(tls.strip())
                address = host_address(element.get("address", ""), tls=wanted)
                yield model, replace(address, options=tuple(self._host_options(element)))
            except ValueError as problem:
                self.wrong(element, problem)

    def _host_options(self, element: etree._Element) -> Iterator[tuple[str, str]]:
        for attribute, option in _OPTIONS.items():
            value = element.get(attribute, "").strip()
            if value and attribute in _FILES:
                value = str(Path(self._file).absolute().parent / value)
            if value:
                yield option, value


SAMPLE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- One session server. Read when it starts; every value shown is the default, but for the names,
     the management server, the deploy folder and the host, which have none. -->
<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="vs1" installation="example">
  <!-- 0.0.0.0:9623 accepts clients from other machines; advertise="name:9623" is the address they use. -->
  <listen address="127.0.0.1:9623"/>
  <!-- The server registers with all of them; without any, it serves direct connections only. -->
  <management-servers>
    <management-server address="127.0.0.1:9641"/>
  </management-servers>
  <!-- concurrent counts sessions in every state; pending counts host connections being established. -->
  <limits concurrent="1000" pending="100"/>
  <!-- Seconds (but suspend-minutes): claim, for an allocated session to wait for its client; return,
       for the way back to the startup entity; drain, for sessions in use to finish at shutdown. -->
  <sessions claim="10" suspend-minutes="60" return="30" drain="30"/>
  <!-- A session that cannot return to its startup entity is kept for inspection, then closed. -->
  <quarantine seconds="300" keep="3"/>
  <!-- Seconds between a pool's attempts while its host refuses connections; they double each time. -->
  <reconnect first="0.5" last="60"/>
  <!-- Deployed packages; relative to this file. -->
  <data directory="sesssrvr-data"/>
  <!-- How much host traffic each live session keeps in memory, for error traces. -->
  <traces kilobytes="16"/>
  <!-- A package (.zip) placed in this folder is deployed; a newer version replaces it. -->
  <deploy directory="deploy" every="1"/>
  <!-- Hosts of this environment; they override models and pools. With tls="true" the host's
       certificate is verified: authorities="ca.pem" is the file of trusted certificates (by default
       those of the system), name="..." the name expected in the certificate, certificate="..." and
       key="..." our client certificate (passphrase="..." is the file of the key's passphrase). start-tls="require"
       requires TLS within the session. verify="false" disables verification: for test systems only.
       VT hosts: protocol="ssh". The host's key must be known: ssh-known-hosts="known_hosts" is the
       file (ssh-name="..." the name in it), or ssh-host-key="SHA256:..." is the key itself;
       ssh-verify="false" disables verification. ssh-user="..." and ssh-key="id_ed25519" sign on
       (ssh-passphrase="..." is the file of its passphrase), if the model has no variables for that. -->
  <hosts>
    <host model="BankDemo" address="127.0.0.1:3270" tls="false"/>
  </hosts>
  <!-- TLS between the parts: the folder of this server's certificate and key, such as "identity", which
       "verdigris join" makes. Empty: plain text. -->
  <identity directory=""/>
  <log level="info" json="false"/>
</sesssrvr>
"""
