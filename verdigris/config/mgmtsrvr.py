"""The management server's own settings: mgmtsrvr.xml.

Law: frozen, checked, every value with a default; what the file leaves out is the default, and the
defaults of this module and of mgmtsrvr.xsd are the same (a test compares them). Time in seconds.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from verdigris.config import ports, xmlfile
from verdigris.config.store_settings import IN_FILES, StoreSettings, store_settings
from verdigris.errors import Problem
from verdigris.values import Endpoint


NAMESPACE: Final = "urn:verdigris:mgmtsrvr:1"
LISTEN: Final = Endpoint("127.0.0.1", ports.MANAGEMENT_SERVER)
API: Final = Endpoint("127.0.0.1", ports.ADMINISTRATION)


@dataclass(frozen=True, slots=True)
class ManagementConfig:
    """One management server's settings.

    Attributes:
        listen: for connectors, gateways and session servers; port 0 is any free one.
        api: of the administration API: HTTP, or HTTPS with an identity.
        allowed_hosts: host names under which clients may address the API, besides localhost, IP
            addresses and the machine's name; with some, a proxy in front of it is intended.
        health: open to everybody, for health questions and metrics alone; None for nowhere.
        read_only: of the administration API without what changes something; None for nowhere.
        installation: the installation file.
        keep_versions: how many earlier versions of it stay.
        identity: folder of its certificate and key; None speaks plain text with the other parts.
        authority: folder of the installation's authority, with which it signs certificates.
        certificate_days: how long those are valid.
        store: where the configuration is kept.
        heartbeat: seconds between the heartbeats asked of session servers (decision 0181).
        misses: heartbeats that may be missing before a server is offline.
        ask: seconds a session server may take to answer a request for a session.
        check: seconds between active checks of each server; 0 is never.
        warming: seconds after a start in which servers may yet report.
        wake_up: seconds offline servers are called and awaited before a refusal; 0 is not at all.
        flaps, window, hold, longest_hold: see `mgmtsrvr.health.Rules`.
        lease: seconds for which a session server may use its rows of variable lists after it was last
            in contact (decision 0169).
        keep_allocations: how many trails stay.
        log_level: debug, info, warn or error.
        log_json: one JSON object per line instead of text.
        name: of this management server, "" for the machine's.
    """

    listen: Endpoint = LISTEN
    api: Endpoint = API
    allowed_hosts: tuple[str, ...] = ()
    health: Endpoint | None = None
    read_only: Endpoint | None = None
    installation: Path = Path("installation.xml")
    keep_versions: int = 20
    identity: Path | None = None
    authority: Path = Path("authority")
    certificate_days: float = 90.0
    store: StoreSettings = IN_FILES
    heartbeat: float = 0.5
    misses: int = 3
    ask: float = 0.4
    check: float = 5.0
    warming: float = 1.5
    wake_up: float = 0.2
    flaps: int = 3
    window: float = 60.0
    hold: float = 10.0
    longest_hold: float = 120.0
    lease: float = 120.0
    keep_allocations: int = 1000
    log_level: str = "info"
    log_json: bool = False
    name: str = ""

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is allowed and looks like a mistake."""
        return ports.plain_text(self.listen, self.identity, "mgmtsrvr.xml")


def parse(data: bytes, file: str = "mgmtsrvr.xml") -> ManagementConfig:
    """Read and check a settings file; the installation file is relative to it.

    Raises:
        ConfigurationError: with every problem found and its line.
    """
    root = xmlfile.load(data, file, xmlfile.schema("verdigris.config", "mgmtsrvr.xsd"))
    get = _ManagementSettings(root, file)
    config = ManagementConfig(
        listen=get.address("listen", ports.MANAGEMENT_SERVER),
        api=get.address("api", ports.ADMINISTRATION),
        allowed_hosts=tuple(get.text("api", "allowed-hosts", "").lower().split()),
        health=get.optional_address("health", ports.HEALTH),
        read_only=get.optional_address("read-only", ports.ADMINISTRATION),
        installation=Path(file).parent / get.text("installation", "file", "installation.xml"),
        keep_versions=int(get.text("installation", "keep", "20")),
        identity=get.folder("identity"),
        authority=get.folder("authority") or Path(file).parent / "authority",
        certificate_days=float(get.text("authority", "certificate-days", "90")),
        store=get.store(Path(file).parent),
        heartbeat=float(get.text("monitor", "heartbeat", "0.5")),
        misses=int(get.text("monitor", "misses", "3")),
        ask=float(get.text("monitor", "ask", "0.4")),
        check=float(get.text("monitor", "check", "5")),
        warming=float(get.text("monitor", "warming", "1.5")),
        wake_up=float(get.text("monitor", "wake-up", "0.2")),
        flaps=int(get.text("flapping", "falls", "3")),
        window=float(get.text("flapping", "within", "60")),
        hold=float(get.text("flapping", "hold", "10")),
        longest_hold=float(get.text("flapping", "longest-hold", "120")),
        lease=float(get.text("variable-lists", "lease", "120")),
        keep_allocations=int(get.text("allocations", "keep", "1000")),
        log_level=get.text("log", "level", "info"),
        log_json=get.text("log", "json", "false") in {"true", "1"},
        name=root.get("name", ""),
    )
    xmlfile.refuse(file, get.problems)
    return config


def read(path: Path) -> ManagementConfig:
    """Read a settings file.

    Raises:
        ConfigurationError: it cannot be read, or something in it is wrong.
    """
    return parse(xmlfile.contents(path), str(path))


def sample() -> str:
    """A commented file with every setting at its default."""
    return SAMPLE


class _ManagementSettings(xmlfile.SettingsReader):
    def address(self, element: str, port: int) -> Endpoint:
        default = Endpoint("127.0.0.1", port)
        try:
            return ports.listening(self.text(element, "address", str(default)), port)
        except ValueError as problem:
            self.wrong(element, problem)
            return default

    def optional_address(self, element: str, port: int) -> Endpoint | None:
        """An address to listen on; None where there is none."""
        return self.address(element, port) if self.text(element, "address", "") else None

    def store(self, folder: Path) -> StoreSettings:
        element = self._root.find(f"{{{NAMESPACE}}}store")
        try:
            return store_settings(element, folder)
        except ValueError as problem:
            self.wrong("store", problem)
            return IN_FILES


SAMPLE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- One management server. Read when it starts; every value shown is the default. -->
<mgmtsrvr xmlns="urn:verdigris:mgmtsrvr:1">
  <!-- For connectors, gateways and session servers; 0.0.0.0:9641 accepts other machines. -->
  <listen address="127.0.0.1:9641"/>
  <!-- The administration API: HTTPS with logins where the installation has security on, otherwise HTTP that
       checks no credentials: keep it on loopback. -->
  <!-- allowed-hosts: names under which clients address it, such as through an authenticating proxy, separated
       by blanks; localhost, IP addresses and the name of this machine are always allowed. -->
  <api address="127.0.0.1:8095" allowed-hosts=""/>
  <!-- Health questions and metrics, open to everybody, on an address of their own, such as 0.0.0.0:8096. -->
  <health address=""/>
  <!-- The administration API once more, without what changes something. -->
  <read-only address=""/>
  <!-- Relative to this file; watched. keep: how many earlier versions are kept. -->
  <installation file="installation.xml" keep="20"/>
  <!-- TLS between the parts: the folder of this server's certificate and key, such as "identity", which
       "verdigris init" and "verdigris join" make. Empty: plain text. -->
  <identity directory=""/>
  <!-- The installation's authority, which signs the certificates of parts that join; relative to this file. -->
  <authority directory="authority" certificate-days="90"/>
  <!-- Where the installation is kept: in the file above; in etcd, for three machines and more
       (kind="etcd" endpoints="https://etcd1:2379 https://etcd2:2379 https://etcd3:2379"); or on two
       machines, one of which copies the other (kind="replica" peer="other:9641"). -->
  <store kind="file"/>
  <!-- Seconds; misses is the number of missing heartbeats after which a server is offline. A server
       that does not answer within "ask" is suspect. -->
  <monitor heartbeat="0.5" misses="3" ask="0.4" check="5" warming="1.5" wake-up="0.2"/>
  <!-- A server that goes offline 3 times within a minute is excluded for 10 seconds, then 20, 40, ... -->
  <flapping falls="3" within="60" hold="10" longest-hold="120"/>
  <!-- Seconds for which a session server may use its rows of variable lists without contact to this
       management server; a server that is silent for longer has stopped using them, and others get them. -->
  <variable-lists lease="120"/>
  <!-- Allocations kept for "verdigris explain". -->
  <allocations keep="1000"/>
  <log level="info" json="false"/>
</mgmtsrvr>
"""
