"""Every client of examples/clients reads our WSDL and does the whole job: docs/clients.md."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
import zeep.helpers


pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "examples" / "clients"
PAGE = ROOT / "docs" / "clients.md"
PATIENCE = 240
"""Seconds a client may take, generating and compiling included."""

NO_SUCH_DOMAIN = {"id": 9108, "text": "There is no load distribution domain named nowhere."}
SESSION_GONE = 9107


@dataclass(frozen=True)
class Client:
    """One program.

    Attributes:
        row: how docs/clients.md names it.
        command: below examples/clients; the service's URL, the domain and a SOAP version follow.
        versions: the SOAP versions it can speak.
        tools: what it needs: commands, or paths below the root.
        slow: generated and compiled code, or tools that take long to install.
    """

    row: str
    command: tuple[str, ...]
    versions: tuple[str, ...] = ("1.1", "1.2")
    tools: tuple[str, ...] = ()
    slow: bool = False


NODE = "examples/clients/node/node_modules/"
ALL = (
    Client("zeep", (sys.executable, "python/zeep_client.py")),
    Client("suds-community", (sys.executable, "python/suds_client.py"), ("1.1",)),
    Client("node soap", ("node", "node/soap_client.js"), tools=("node", NODE + "soap")),
    Client(
        "node strong-soap", ("node", "node/strong_soap_client.js"),
        tools=("node", NODE + "strong-soap"),
    ),
    Client("PHP SoapClient", ("php", "php/client.php"), tools=("php",)),
    Client(
        "Perl SOAP::Lite", ("perl", "perl/client.pl"),
        tools=("perl", "/usr/share/perl5/SOAP/Lite.pm"),
    ),
    Client("curl", ("sh", "curl/client.sh"), tools=("curl", "xmllint")),
    Client("gSOAP", ("sh", "c/run.sh"), tools=("gcc", "wsdl2h", "soapcpp2"), slow=True),
    Client(
        "JAX-WS RI", ("sh", "jaxws/run.sh"),
        tools=("javac", "/usr/share/java/jaxws-tools.jar"), slow=True,
    ),
    Client(
        "Apache Axis", ("sh", "axis/run.sh"), ("1.1",),
        tools=("javac", "/usr/share/java/axis.jar"), slow=True,
    ),
    Client("Mono", ("sh", "mono/run.sh"), ("1.1",), tools=("mono", "mcs", "wsdl"), slow=True),
)  # fmt: skip


def rows_of_the_page() -> dict[str, list[str]]:
    """The table of docs/clients.md: further cells by the first."""
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| (?!-)", line)]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells[1:]}


def told(version: str, client: Client, relay, folder: Path) -> dict:
    """What the client printed: one line of JSON."""
    program = [client.command[0], str(CLIENTS / client.command[1])]
    ran = subprocess.run(
        [*program, relay.url, "mydomain1", version],
        capture_output=True, timeout=PATIENCE, cwd=folder, check=False,
        env={**os.environ, "BUILD": str(folder), "PYTHONPATH": ""},
    )  # fmt: skip
    assert ran.returncode == 0, (ran.stdout.decode()[-2000:], ran.stderr.decode()[-4000:])
    (line,) = ran.stdout.decode().splitlines()
    return json.loads(line)


@pytest.mark.parametrize(
    ("client", "version"),
    [
        pytest.param(client, version, id=f"{client.row} {version}")
        for client in ALL
        for version in client.versions
    ],
)
def test_a_client_does_the_whole_job(client, version, need, service, relay, tmp_path):
    need(client.tools, slow=client.slow)

    said = told(version, client, relay, tmp_path)

    wanted = service.customerSearch(customerSearchFilters={"LastName": "MÜLLER"})
    assert said["rows"] == zeep.helpers.serialize_object(wanted, dict)
    assert len(said["rows"]) == 4
    assert all(type(row["Number"]) is type(row["Accounts"]) is int for row in said["rows"])
    assert said["fault"] == said["header"] == NO_SUCH_DOMAIN
    assert said["gone"]["id"] == SESSION_GONE

    session = said["session"]
    assert re.fullmatch(r"vs[12]~[0-9a-f]{16,}", session["id"])
    assert session["affected"] == 1
    made = {
        entry.Reference: entry
        for entry in service.transactionList(transactionListFilters={"AccountNumber": 40000002})
    }[session["order"]]
    assert (made.Amount, made.Description) == (Decimal("0.01"), BY[client.row])

    assert re.search(r"^GET \S*/vhi-ws/session/BankPool\?wsdl", relay.sent, re.MULTILINE)
    assert relay.versions == {version}
    assert said["soap"] == version
    assert said["client"].startswith(rows_of_the_page()[client.row][0]), "docs/clients.md"


BY = {
    "zeep": "zeep", "suds-community": "suds", "node soap": "node soap",
    "node strong-soap": "strong-soap", "PHP SoapClient": "php", "Perl SOAP::Lite": "perl",
    "curl": "curl", "gSOAP": "gsoap", "JAX-WS RI": "jax-ws", "Apache Axis": "axis", "Mono": "mono",
}  # fmt: skip
"""The reference each one gives its transfer; the bank shows it as the description."""


SECURED = (
    ((sys.executable, "python/zeep_security.py"), ()),
    ((sys.executable, "python/suds_security.py"), ()),
    (("node", "node/soap_security.js"), ("node", NODE + "soap")),
)


@pytest.mark.parametrize(("command", "tools"), SECURED, ids=[it[0][1] for it in SECURED])
def test_a_client_signs_in_over_https_with_a_digest_and_with_text(
    command, tools, need, protected, tmp_path
):
    """WS-Security as others write it; the gateway's own certificate is all that is believed."""
    need(tools, slow=False)
    given = [protected.url, protected.user, protected.password]
    if "zeep" in command[1]:
        given.append(str(protected.certificate))
    bundles = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    trust = dict.fromkeys(bundles, str(protected.certificate))
    ran = subprocess.run(
        [command[0], str(CLIENTS / command[1]), *given],
        capture_output=True, timeout=PATIENCE, cwd=tmp_path, check=False,
        env={**os.environ, **trust, "PYTHONPATH": ""},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()[-4000:]

    said = json.loads(ran.stdout)

    assert (said["digest"], said["text"], said["wrong"]) == (4, 4, 9131), said


def test_the_page_names_every_client_and_the_versions_it_speaks():
    page = rows_of_the_page()
    assert list(page) == [client.row for client in ALL]
    for client in ALL:
        assert page[client.row][1] == " and ".join(client.versions)


@pytest.mark.parametrize(
    ("ci", "every", "slow", "outcome"),
    [
        ("", "", False, pytest.skip.Exception),
        ("true", "", False, pytest.fail.Exception),
        ("", "all", True, pytest.skip.Exception),
        ("true", "all", True, pytest.fail.Exception),
        ("true", "", True, pytest.skip.Exception),  # scripts/clients comes after scripts/test
    ],
)
def test_a_missing_tool_is_named_and_fails_in_ci(need, monkeypatch, ci, every, slow, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("VERDIGRIS_CLIENTS", every)
    named = "run by scripts/clients" if slow and not every else "no-such-tool: not installed"
    with pytest.raises(outcome, match=named):
        need(("sh", "no-such-tool"), slow=slow)
