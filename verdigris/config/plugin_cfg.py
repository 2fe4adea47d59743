"""plugin-cfg.xml, the gateway's file: what VHI's has, read unchanged, and our further keys.

Law: one table of keys reads, checks and documents the file; `plugin_cfg_files` writes its sample
and its schema from the same table.
Everything wrong is reported at once with its line; nothing of a file with an error is used. A key
that is unknown, such as one of VHI's that has no meaning here, is a warning. The
DOCTYPE of Java's properties format is taken and never fetched (product facts 7.9).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from lxml import etree

from verdigris.config import plugin_cfg_values as values
from verdigris.config import ports
from verdigris.config.xmlfile import line, parse, refuse
from verdigris.errors import Problem
from verdigris.suggestion import did_you_mean, nearest
from verdigris.values import Endpoint


HERE: Final = Endpoint("127.0.0.1", ports.SESSION_SERVER)
THERE: Final = Endpoint("127.0.0.1", ports.MANAGEMENT_SERVER)
"""Where the parts of a one-machine installation listen."""

AccountUse = Literal["identified", "everyone"]
"""For which callers that are not users of the installation the gateway's own account is used."""

PlainCredentials = Literal["never", "loopback", "always"]
"""From which clients user names and passwords are taken over plain HTTP."""

Autonomy = Literal["secure", "always", "never"]
"""Whether the gateway chooses session servers itself while no management server answers."""

From = Literal["never", "loopback", "always"]
"""Which clients a page is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginConfig:
    """What the file says, defaults filled in. `KEYS` tells what each means.

    Attributes:
        namespaces: (kind, name) -> target namespace; kind is "model" or "pool".
        domains: those of the installation, where the file says nothing of where requests go that name
            none, and there is not just one.
        says_where: whether the file does.
        warnings: what is accepted and looks like a mistake.
    """

    domain_name: str = ""
    session_server: Endpoint = HERE
    management_servers: tuple[Endpoint, ...] = (THERE,)
    http_interface: str = "127.0.0.1"
    http_port: int = ports.GATEWAY_HTTP
    https_port: int = ports.GATEWAY_HTTPS
    certificate_file: str = ""
    private_key_file: str = ""
    transport_layer_security: bool = True
    tls_folder: str = ""
    identity_folder: str = ""
    autonomy: Autonomy = "secure"
    public_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    namespace_form: Literal["7.5", "7.0"] = "7.5"
    namespace_prefix: str = ""
    qualified_replies: bool = False
    connection_timeout: int = 30
    connection_timeout_maximum: int = 300
    method_timeout: int = 30_000
    method_timeout_maximum: int = 3_600_000
    max_rows: int = 0
    session_minutes: int = 20
    credentials_on_plain_http: PlainCredentials = "loopback"
    authn_metadata: bool = False
    authn_service: bool = False
    users_file: str = ""
    client_authorities: str = ""
    client_certificate_user: Literal["commonName", "email", "uri"] = "commonName"
    gateway_user: str = ""
    gateway_password_file: str = ""
    gateway_user_for: AccountUse = "identified"
    list_services: bool = True
    request_path: Literal["compiled", "spyne"] = "compiled"
    max_request_bytes: int = 4 * 1024 * 1024
    max_connections: int = 2_000
    max_client_connections: int = 0
    max_calls: int = 1_000
    max_client_calls: int = 0
    max_client_sessions: int = 0
    request_timeout: int = 15
    idle_timeout: int = 60
    shutdown_pause: int = 0
    rest: bool = True
    explorer: From = "loopback"
    metrics: From = "loopback"
    access_log: bool = False
    idempotency_minutes: int = 10
    idempotency_keys: int = 10_000
    idempotency_keys_per_client: int = 0
    data_folder: str = ""
    tools_allowed: tuple[str, ...] = ()
    tools_read_only: bool = True
    session_calls_allowed: tuple[str, ...] = ()
    max_client_rate: int = 0
    namespaces: Mapping[tuple[str, str], str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    domains: tuple[str, ...] = ()
    says_where: bool = field(default=False, compare=False)

    @property
    def keys_of_one_client(self) -> int:
        """Idempotency-Keys that one client may have at most."""
        return self.idempotency_keys_per_client or max(1, self.idempotency_keys // 2)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the file.

    Attributes:
        name: as it is written.
        field: of `PluginConfig`.
        read: text -> value; raises ValueError with a sentence's end.
        sample: a value for the sample file.
        meaning: what it does, its unit, and why one would change it.
        restart: a change is seen only by a new process.
    """

    name: str
    field: str
    read: Callable[[str], Any]
    sample: str
    meaning: str
    restart: bool = False


KEYS: Final = (
    Key("domainName", "domain_name", values.domain, "mydomain1",
        "Load distribution domain for requests that do not name one themselves. DomainName in the "
        "request's environment takes precedence; an empty DomainName there means no domain. "
        "Empty: requests go directly to sessionServer. Absent: likewise if sessionServer is set or no "
        "management server tells the domains; otherwise the installation's only domain is used, and with "
        "several, requests must name one (error 9226)."),
    Key("sessionServer", "session_server", values.endpoint(ports.SESSION_SERVER), str(HERE),
        "Session server for requests without a domain, host:port (default port 9623). It also provides "
        "the list of deployed models while no management server answers, or if none is configured."),
    Key("managementServers", "management_servers", values.endpoints, str(THERE),
        "Management servers, host:port, separated by commas or blanks, in any order (default port "
        "9641). Empty: domains are not available."),
    Key("httpInterface", "http_interface", values.interface, "127.0.0.1",
        "IP address to listen on; by default only this machine. 0.0.0.0 stands for every IPv4 address.",
        restart=True),
    Key("httpPort", "http_port", values.number(0, 65535), str(ports.GATEWAY_HTTP),
        "Port for plain HTTP; 0 selects any free port.", restart=True),
    Key("httpsPort", "https_port", values.number(0, 65535), str(ports.GATEWAY_HTTPS),
        "Port for HTTPS; 0 selects any free port.", restart=True),
    Key("transportLayerSecurity", "transport_layer_security", values.choice(values.YES), "true",
        "Whether to open the HTTPS port. Without certificateFile, the gateway creates a self-signed "
        "certificate at its first start; the ready line and GET /vhi-ws show its fingerprint.",
        restart=True),
    Key("tlsFolder", "tls_folder", values.text, "",
        "Folder for the self-signed certificate. Empty: gateway-tls next to this file. Without a "
        "configuration file, a new certificate is created at each start.", restart=True),
    Key("certificateFile", "certificate_file", values.text, "",
        "PEM file with the HTTPS certificate, followed by its chain. A renewed one is read without a restart.",
        restart=True),
    Key("privateKeyFile", "private_key_file", values.text, "",
        "PEM file with the certificate's private key.", restart=True),
    Key("identityFolder", "identity_folder", values.text, "",
        "Folder of this gateway's certificate, key and trusted authorities, which verdigris join makes: the "
        "gateway speaks TLS with management and session servers, and shows the certificate at the HTTPS port "
        "unless certificateFile names another one. Empty: plain text between the components.",
        restart=True),
    Key("autonomy", "autonomy", values.choice(values.same("secure", "always", "never")), "secure",
        "Whether the gateway chooses session servers itself while no management server answers, by the "
        "allocation table that one told it last, for at most 24 hours: secure (only with identityFolder, so "
        "that session servers can tell who asks), always, or never."),
    Key("publicUrl", "public_url", values.url, "",
        "Base URL of the addresses in WSDLs if clients reach the gateway at another address, such as "
        "https://hosts.example.com through a proxy. Empty: the address each client used."),
    Key("allowedHosts", "allowed_hosts", values.hosts, "",
        "Host names under which clients may address the gateway, separated by commas or blanks, besides "
        "localhost, IP addresses, the name of this machine and that of publicUrl. Requests for other names "
        "get error 9138, so that a page whose name was made to lead here (DNS rebinding) is refused. "
        "* allows every name."),
    Key("namespaceForm", "namespace_form", values.choice(values.same("7.5", "7.0")), "7.5",
        "Default target namespaces: 7.5 (since 7.5 SP1) urn:xmlns:attachmate:vhi-ws:MODEL, "
        "or 7.0 (7.0 to 7.5) urn:xmlns:attachmate:vhi-ws:model:MODEL and ...:session:POOL."),
    Key("namespacePrefix", "namespace_prefix", values.uri, "",
        "Prefix of the model's name, instead of urn:xmlns:attachmate:vhi-ws: (form 7.5 only). A "
        "model's deployment descriptor, and namespace.model.NAME and namespace.session.NAME "
        "below, take precedence."),
    Key("replyElements", "qualified_replies",
        values.choice({"unqualified": False, "qualified": True}), "unqualified",
        "Whether the elements inside a reply are in the service's namespace. Unqualified suits clients "
        "that look up columns by their local names; clients generated from the WSDL accept both."),
    Key("connectionTimeout", "connection_timeout", values.number(1, 86_400), "30",
        "Seconds to keep trying to get a session, unless the request sets ConnectionTimeout."),
    Key("connectionTimeoutMaximum", "connection_timeout_maximum", values.number(1, 86_400), "300",
        "Upper limit in seconds for every call, regardless of connectionTimeout or the request: a call "
        "that waits for a session counts towards maxCalls and maxClientCalls."),
    Key("methodTimeout", "method_timeout", values.number(1, 86_400_000), "30000",
        "Milliseconds a procedure may take, unless the request sets MethodTimeout."),
    Key("methodTimeoutMaximum", "method_timeout_maximum", values.number(1, 86_400_000), "3600000",
        "Upper limit in milliseconds for every procedure, regardless of methodTimeout or the request; "
        "a call that reaches it ends with error 2820."),
    Key("maxRows", "max_rows", values.number(0, 2**31 - 1), "0",
        "Maximum number of rows to return, unless the request sets MaxRows; 0 returns all rows."),
    Key("sessionMinutes", "session_minutes", values.number(1, 10_080), "20",
        "Minutes a session created by wsResourceCreate is kept without a call."),
    Key("credentialsOnPlainHttp", "credentials_on_plain_http",
        values.choice(values.same("never", "loopback", "always")), "loopback",
        "Whether Username and Password are accepted over plain HTTP: never, only from clients on this "
        "machine (loopback), or always. With a reverse proxy on this machine, use never."),
    Key("authnMetadata", "authn_metadata", values.choice(values.YES), "false",
        "Whether the WSDL, the schema, OpenAPI, tools and pages require credentials (HTTP Basic or bearer; 401 "
        "without). Users of the installation are shown only services for which they have the permission metadata."),
    Key("authnService", "authn_service", values.choice(values.YES), "false",
        "Whether every call requires credentials: HTTP Basic, a bearer token, WS-Security UsernameToken, "
        "Username and Password in the environment, or a client certificate. Where the session servers check "
        "users, calls without credentials are refused in any case."),
    Key("usersFile", "users_file", values.text, "",
        "File with the users this gateway accepts, one per line (verdigris hash-password writes "
        "one). If set, the gateway checks credentials and refuses wrong ones. If not, and identityFolder is set, "
        "a management server checks them: callers are users of the installation. authnService and authnMetadata "
        "need either. Relative to this file, as all paths here."),
    Key("clientAuthorities", "client_authorities", values.text, "",
        "PEM file with the authorities of client certificates. If set, clients may show a certificate at "
        "the HTTPS port instead of other credentials; one that none of them has signed is refused.", restart=True),
    Key("clientCertificateUser", "client_certificate_user",
        values.choice(values.same("commonName", "email", "uri")), "commonName",
        "Which field of a client certificate is the user's name: commonName of the subject, or the first "
        "subject alternative name of that kind (email, uri)."),
    Key("gatewayUser", "gateway_user", values.text, "",
        "The gateway's own user in the installation. Calls of clients that are not users of the installation "
        "(those of usersFile, and of client certificates) run with its rights, on behalf of the client; the "
        "session server logs both names. Callers who are users of the installation always run with their own rights."),
    Key("gatewayPasswordFile", "gateway_password_file", values.text, "",
        "File whose first line is the password of gatewayUser, readable by the gateway alone."),
    Key("gatewayUserFor", "gateway_user_for", values.choice(values.same("identified", "everyone")), "identified",
        "Whose calls run under gatewayUser: of clients that have been identified, or everyone's: also of clients "
        "that send no credentials."),
    Key("listServices", "list_services", values.choice(values.YES), "true",
        "Whether GET /vhi-ws lists the services."),
    Key("requestPath", "request_path", values.choice(values.same("compiled", "spyne")), "compiled",
        "The codec for requests and replies: compiled (tables compiled from the contract) or spyne "
        "(the reference the tables are tested against, three times slower)."),
    Key("maxRequestBytes", "max_request_bytes", values.number(1_024, 8 * 1024 * 1024), "4194304",
        "Maximum size of a request body in bytes (HTTP 413 beyond it)."),
    Key("maxConnections", "max_connections", values.number(1, 1_000_000), "2000",
        "Maximum number of open HTTP connections; further ones get HTTP 503 and are closed."),
    Key("maxClientConnections", "max_client_connections", values.number(0, 1_000_000), "0",
        "Maximum number of open HTTP connections from one client address; further ones get HTTP 503 and "
        "are closed. 0: three quarters of maxConnections, so that some are kept for other clients."),
    Key("maxCalls", "max_calls", values.number(1, 1_000_000), "1000",
        "Maximum number of concurrent calls; further ones get error 9212."),
    Key("maxClientCalls", "max_client_calls", values.number(0, 1_000_000), "0",
        "Maximum number of concurrent calls from one client address; further ones get error 9212. 0: three "
        "quarters of maxCalls, so that some are kept for other clients. Through a proxy, all clients "
        "share one address."),
    Key("maxClientSessions", "max_client_sessions", values.number(0, 1_000_000), "0",
        "Maximum number of kept sessions (wsResourceCreate, rsResourceCreate) of one pool or model for one "
        "client address; further ones get error 9223. 0: three quarters of those that the session servers "
        "may have, so that some are kept for other clients. Through a proxy, all clients share one address."),
    Key("requestTimeout", "request_timeout", values.number(1, 3_600), "15",
        "Seconds a client may take to send a complete request (HTTP 408 beyond it)."),
    Key("idleTimeout", "idle_timeout", values.number(1, 3_600), "60",
        "Seconds a connection may stay open without a request."),
    Key("shutdownPause", "shutdown_pause", values.number(0, 300), "0",
        "Seconds between answering 503 at /ready and closing the ports when the gateway is stopped. With a "
        "load balancer: longer than it takes to notice, such as three intervals of its health check.",
        restart=True),
    Key("explorer", "explorer", values.choice(values.same("never", "loopback", "always")), "loopback",
        "Who may use /explorer, which runs procedures from a browser and shows the screens they pass "
        "(hidden fields blank): never (it is off), clients on this machine (loopback), or always (all clients)."),
    Key("metrics", "metrics", values.choice(values.same("never", "loopback", "always")), "loopback",
        "Who may read /metrics, the metrics for Prometheus: never (it is off), clients on this machine "
        "(loopback), or always (all clients)."),
    Key("accessLog", "access_log", values.choice(values.YES), "false",
        "Whether to log each HTTP request: client, method, path, status and bytes on one line."),
    Key("rest", "rest", values.choice(values.YES), "true",
        "Whether the services are also available as REST, under /vhi-rs."),
    Key("idempotencyMinutes", "idempotency_minutes", values.number(1, 1_440), "10",
        "Minutes the response to a REST request with an Idempotency-Key is kept: the same request "
        "with the same key gets the same response and is not performed again."),
    Key("idempotencyKeys", "idempotency_keys", values.number(1, 1_000_000), "10000",
        "Maximum number of Idempotency-Keys kept; further ones get error 9218, so that none is dropped early."),
    Key("idempotencyKeysPerClient", "idempotency_keys_per_client", values.number(0, 1_000_000), "0",
        "Maximum number of Idempotency-Keys of one client address, so that none can use them up; "
        "0 is half of idempotencyKeys."),
    Key("dataFolder", "data_folder", values.text, "",
        "Folder for the gateway's data, which outlive it: the file of Idempotency-Keys, and the "
        "descriptions of services. Default: gateway-data beside this file.", restart=True),
    Key("toolsAllowed", "tools_allowed", values.patterns, "",
        "Procedures that agents may use as tools (docs/reference/tools.md): patterns such as "
        "model/BankDemo/customerSearch or session/*/*, separated by commas or blanks; * stands for "
        "any characters. Empty: none."),
    Key("toolsReadOnly", "tools_read_only", values.choice(values.YES), "true",
        "Whether only those procedures are available as tools that the model marks read-only. False: "
        "also procedures that change data on the host, marked as such."),
    Key("sessionCallsAllowed", "session_calls_allowed", values.patterns, "",
        "Models and pools whose sessions REST clients may drive by session calls "
        "(docs/reference/session-calls.md): patterns such as model/BankDemo/sessionCalls, "
        "session/*/sessionScreen (to look only) or session/*/*, separated by commas or blanks; * stands "
        "for any characters. Empty: none."),
    Key("maxClientRate", "max_client_rate", values.number(0, 1_000_000), "0",
        "Average number of requests per second accepted from one client address; the same number may "
        "arrive at once (HTTP 429 and error 9132 beyond it). 0 means no limit. Through a proxy, all "
        "clients share one address."),
)  # fmt: skip

NAMED: Final = re.compile(r"namespace\.(model|session)\.(.+)\Z")
"""Keys with a model's or pool's name in them."""

NAMED_MEANING: Final = (
    "Target namespace of one model's or one pool's service, such as namespace.model.BankDemo or "
    "namespace.session.Pool-1. Clients must read the WSDL again when it changes."
)
NAMED_SAMPLE: Final = ("namespace.model.BankDemo", "urn:example:bank")


DOCTYPE: Final = '<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">'


def beside(config: PluginConfig, folder: Path) -> PluginConfig:
    """The settings with their paths taken relative to a folder, that of the file."""
    paths: dict[str, Any] = {
        name: str(folder / found)
        for name in (
            "certificate_file",
            "private_key_file",
            "tls_folder",
            "identity_folder",
            "data_folder",
            "users_file",
            "client_authorities",
            "gateway_password_file",
        )
        if (found := getattr(config, name))
    }
    return replace(config, **paths) if paths else config


def load(data: bytes, file: str = "plugin-cfg.xml") -> PluginConfig:
    """Read the file.

    Args:
        data: its bytes.
        file: its name, for problems.

    Raises:
        ConfigurationError: with every problem found.
    """
    root = parse(data, file, doctype=True)
    found: dict[str, Any] = {}
    namespaces: dict[tuple[str, str], str] = {}
    wrong: list[Problem] = []
    seen: dict[str, int] = {}
    for element in _entries(root, file, wrong):
        name, text = element.get("key", ""), (element.text or "").strip()
        if name in seen:
            wrong.append(_problem(file, element, f"key {name} is already set in line {seen[name]}"))
            continue
        seen[name] = line(element)
        try:
            if named := NAMED.match(name):
                kind = "pool" if named[1] == "session" else "model"
                namespaces[kind, named[2]] = _needed(values.uri(text))
            else:
                key = _BY_NAME[name]
                found[key.field] = key.read(text)
        except KeyError:
            wrong.append(_unknown(file, element, name))
        except ValueError as problem:
            wrong.append(_problem(file, element, f"the value of {name} {problem}"))
    _together(found, file, wrong)
    refuse(file, wrong)
    where = not found.keys().isdisjoint({"domain_name", "session_server"})
    return PluginConfig(namespaces=namespaces, warnings=tuple(wrong), says_where=where, **found)


_BY_NAME: Final = {key.name: key for key in KEYS}


def _entries(root: etree._Element, file: str, wrong: list[Problem]) -> list[etree._Element]:
    """The entries; everything else that should not be there is noted."""
    if root.tag != "properties":
        wrong.append(_problem(file, root, f"the root element is {root.tag!s}, not properties"))
        return []
    found: list[etree._Element] = []
    for child in root:
        if child.tag == "entry" and child.get("key") and not len(child):
            found.append(child)
        elif child.tag == "entry":
            wrong.append(
                _problem(file, child, "an entry must have a key and a text and nothing else")
            )
        elif child.tag != "comment":
            wrong.append(_problem(file, child, f"element {child.tag!s} is not allowed here"))
    return found


def _needed(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


IGNORED: Final = ", which is ignored"
"""What a warning says of an unknown key; an edit that is refused for it does not say so."""


def _unknown(file: str, element: etree._Element, name: str) -> Problem:
    """A warning; `where` is the key that was probably meant, "" if none is similar."""
    names = [*_BY_NAME, "namespace.model.NAME", "namespace.session.NAME"]
    message = f"unknown key {name}{IGNORED}{did_you_mean(name, names)}"
    return Problem(file, line(element), message, "warning", nearest(name, names))


def _together(found: Mapping[str, Any], file: str, wrong: list[Problem]) -> None:
    """What only makes sense in company."""
    pair = (found.get("certificate_file", ""), found.get("private_key_file", ""))
    if any(pair) and not all(pair):
        wrong.append(Problem(file, 0, "certificateFile and privateKeyFile must be set together"))
    account = (found.get("gateway_user", ""), found.get("gateway_password_file", ""))
    if any(account) and not all(account):
        wrong.append(Problem(file, 0, "gatewayUser and gatewayPasswordFile must be set together"))
    if found.get("gateway_user_for") == "everyone" and not account[0]:
        wrong.append(Problem(file, 0, "gatewayUserFor everyone needs gatewayUser"))
    if not found.get("users_file", "") and not found.get("identity_folder", ""):
        wrong += [
            Problem(
                file,
                0,
                f"{key.name} needs usersFile or identityFolder: without them any credentials are accepted",
            )
            for key in KEYS
            if key.field in {"authn_service", "authn_metadata"} and found.get(key.field)
        ]


def _problem(file: str, element: etree._Element, message: str) -> Problem:
    return Problem(file, line(element), message)
