"""A real gateway on real ports: zeep over HTTP, the connector over links, settings edited live."""

import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
import zeep
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint

from gateway.server import Gateway
from gateway.settings import Settings
from tests.support.lines import next_line
from verdigris.connector.testing import FakeInstallation
from verdigris.link import listen
from verdigris.wire import Hello, Offers, WatchOffers


class Peer:
    """A management and session server in one, on a real link."""

    def __init__(self, installation, clock):
        self.installation = installation
        self.clock = clock
        self.address = ""

    def hello(self, link, peer):
        pass

    def told(self, link, notice):
        pass

    def closed(self, link, reason):
        pass

    async def handle(self, call):
        if isinstance(call.body, WatchOffers):
            return await self.offers(call)
        return self.installation.session_server(call.body, call.request_id, call.seconds)

    async def offers(self, call):
        revision = str(len(self.installation.models))
        if call.body.known == revision:
            pause = Deferred()
            timer = self.clock.callLater(0.2, pause.callback, None)
            try:
                await pause
            finally:
                if timer.active():
                    timer.cancel()
        found = self.installation.management(call.body, call.request_id, call.seconds)
        return Offers(revision, tuple((offer, (self.address,)) for offer, _ in found.offers))


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - a test's own server
        return answer.status, answer.read().decode()


def served(url):
    try:
        return get(url)[0] == 200
    except urllib.error.HTTPError:
        return False


@pytest.fixture
def installation(bank_model):
    made = FakeInstallation()
    made.models["bankdemo"] = bank_model
    made.program(
        "BankDemo",
        "Loans",
        "CalcCostLoan",
        [{"ResultMonthPmt": "123.45"}],
        columns=[("ResultMonthPmt", "decimal")],
    )
    return made


@pytest.fixture
def reactor(request):
    """The process's one reactor, running in its thread."""
    return request.getfixturevalue("_reactor_thread")


@pytest.fixture
def peer(on_reactor, installation, reactor):
    made = Peer(installation, reactor)

    async def open_port():
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        port = await listen(endpoint, Hello("session server", "vs1"), made, reactor)
        made.address = f"127.0.0.1:{port.getHost().port}"
        return port

    port = on_reactor(open_port)
    yield made
    on_reactor(port.stopListening)


@pytest.fixture
def config(tmp_path, peer):
    file = tmp_path / "plugin-cfg.xml"

    def write(domain):
        file.write_text(
            f"""<properties><entry key="sessionServer">{peer.address}</entry>
            <entry key="managementServers"/><entry key="domainName">{domain}</entry></properties>"""
        )
        return file

    return write


@pytest.mark.sockets
def test_zeep_calls_through_real_connections(on_reactor, reactor, config, installation):
    async def open_gateway():
        gateway = Gateway(reactor, Settings(config(""), reactor), port=0)
        return gateway, await gateway.start()

    gateway, ports = on_reactor(open_gateway)
    base = f"http://127.0.0.1:{ports[0].getHost().port}"
    try:
        until(lambda: served(f"{base}/vhi-ws/model/BankDemo?wsdl"))
        with zeep.Transport().session as session:
            client = zeep.Client(
                f"{base}/vhi-ws/model/BankDemo?wsdl", transport=zeep.Transport(session=session)
            )
            rows = client.service.calcCostLoan(calcCostLoanFilters={"UserId": "u", "Password": "p"})
            kept = client.service.wsResourceCreate()
            client.service.calcCostLoan(
                calcCostLoanFilters={"UserId": "u", "Password": "p"},
                environment={"SessionID": kept},
            )
            client.service.wsResourceDestroy(environment={"SessionID": kept})
        assert str(rows[0].ResultMonthPmt) == "123.45"
        assert [call.procedure for call in installation.calls] == ["CalcCostLoan"] * 2

        installation.program("Second", "T", "Go", [{"A": "x"}])
        until(lambda: served(f"{base}/vhi-ws/model/Second?wsdl"))

        config("a b")
        until(lambda: "cannot be used" in get(f"{base}/vhi-ws")[1])
    finally:
        on_reactor(gateway.stop)
    assert gateway.site.count == 0 or until(lambda: gateway.site.count == 0)


@pytest.mark.sockets
def test_without_a_management_server_the_session_server_says_what_it_has(
    on_reactor, reactor, config, peer
):
    file = config("")
    file.write_text(file.read_text().replace('Servers"/>', 'Servers">127.0.0.1:9</entry>'))

    async def open_gateway():
        gateway = Gateway(reactor, Settings(file, reactor), port=0)
        return gateway, await gateway.start()

    gateway, ports = on_reactor(open_gateway)
    base = f"http://127.0.0.1:{ports[0].getHost().port}"
    try:
        until(lambda: served(f"{base}/vhi-ws/model/BankDemo?wsdl"))
        on_reactor(gateway.sources._managed, Offers("1", ()))
        assert set(gateway.sources._watches) == {"management servers"}
    finally:
        on_reactor(gateway.stop)


@pytest.mark.processes
def test_the_process_says_one_line_and_stops_when_told(tmp_path, config):
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "--config", config(""), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    ) as process:
        line = next_line(process)
        words, _, port = line.rpartition(":")
        base = f"http://127.0.0.1:{port.strip()}"
        assert words == "gateway listening on 127.0.0.1"
        assert get(f"{base}/live") == (200, "live\n")
        until(lambda: served(f"{base}/vhi-ws/model/BankDemo?wsdl"))
        process.send_signal(signal.SIGTERM)
        rest, said = process.communicate(timeout=20)
    assert (process.returncode, rest) == (0, "")
    assert "Traceback" not in said
    assert "model BankDemo is served" in said


@pytest.mark.processes
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '<properties><entry key="maxRows">x</entry></properties>',
            "the value of maxRows is not a whole number",
        ),
        ("<properties", "plugin-cfg.xml cannot be used"),
    ],
)
def test_the_process_does_not_start_on_a_broken_file(tmp_path, text, said):
    file = tmp_path / "plugin-cfg.xml"
    file.write_text(text)

    done = subprocess.run(
        [sys.executable, "-m", "gateway", "--port", "0"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=30,
    )

    assert (done.returncode, done.stdout) == (78, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.processes
def test_between_not_ready_and_the_closed_port_there_is_a_pause(tmp_path):
    """A balancer has time to notice (kubernetes/kubernetes#89263)."""
    file = tmp_path / "plugin-cfg.xml"
    file.write_text(
        '<properties><entry key="shutdownPause">1</entry><entry key="httpsPort">0</entry></properties>'
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "--port", "0", "--config", str(file)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        port = int(next_line(process).rpartition(":")[2])
        began = time.monotonic()
        process.terminate()
        said = ""
        while "finishing" not in said:
            assert time.monotonic() < began + 5
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            link.request("GET", "/ready")
            answer = link.getresponse()
            said = answer.read().decode()
            link.close()
        assert answer.status == 503
        assert process.wait(15) == 0
        assert time.monotonic() - began >= 1
    finally:
        process.kill()
        process.communicate(timeout=20)
