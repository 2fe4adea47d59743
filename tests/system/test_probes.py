"""Health probes tell the truth to real processes: balancers send clients where a session can be had."""

import contextlib
import gzip
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from verdigris.child_process import free_port


pytestmark = pytest.mark.processes

HEALTH = Path(__file__).parents[2] / "deploy" / "container" / "health.py"

CAN_SERVE = "/domains/mydomain1/can-serve?pool=BankPool"

HAPROXY = """
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend all
  bind 127.0.0.1:{front}
  default_backend gateways
backend gateways
  option httpchk
  server one 127.0.0.1:{gateway} check inter 200 fall 1 rise 1
"""
"""A bare `option httpchk` asks `OPTIONS / HTTP/1.0` (haproxytech/dataplaneapi#304)."""


KUBELET = """\
GET {path} HTTP/1.1\r
Host: 10.244.1.17:{port}\r
User-Agent: kube-probe/1.31\r
Accept: */*\r
Connection: close\r
\r
"""
"""The request of an httpGet probe (kubernetes/kubernetes, pkg/probe/http): to the pod's address, which
nothing in a gateway's settings names; no keep-alive, no compression. 200 to 399 is success."""

CONSUL = """\
GET {path} HTTP/1.1\r
Host: 10.0.0.9:{port}\r
User-Agent: Consul Health Check\r
Accept: text/plain, text/*, */*\r
Accept-Encoding: gzip\r
Connection: close\r
\r
"""
"""The request of an http check (hashicorp/consul, agent/checks). 200 to 299 passes, 429 warns, all else
is critical; the first 4 KB of the body are shown to operators."""


def probe(port, request, path):
    """(status, text) of a probe; 0 if there is no connection."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(request.format(path=path, port=port).encode())
            head, _, body = b"".join(iter(lambda: line.recv(65536), b"")).partition(b"\r\n\r\n")
    except OSError:
        return 0, ""
    if b"content-encoding: gzip" in head.lower():
        body = gzip.decompress(body)
    return int(head.split()[1]), body.decode()


def takes_connections(port):
    """A tcpSocket probe, and a tcp check: connected, and closed without a word."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def health(town):
    """The exit status of an exec probe: the command of the image, with the gateway's address."""
    address = f"http://127.0.0.1:{town.fleet.port('gateway')}/ready"
    environment = {**os.environ, "VERDIGRIS_HEALTH": address}
    command = [sys.executable, HEALTH]
    return subprocess.run(
        command, env=environment, capture_output=True, timeout=30, check=False
    ).returncode


@pytest.fixture(scope="module")
def town(start, names):
    return start(members=names.SEED_DOMAIN[:1])


@contextlib.contextmanager
def haproxy(folder, gateway):
    """The status of a page through HAProxy."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        assert not os.environ.get("CI"), "haproxy is not installed, and CI must not skip it"
        yield None
        return
    front = free_port()
    (folder / "haproxy.cfg").write_text(HAPROXY.format(front=front, gateway=gateway))
    running = subprocess.Popen([program, "-q", "-f", folder / "haproxy.cfg"])

    def status():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{front}/vhi-ws", timeout=5) as found:
                return found.status
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code

    try:
        yield status
    finally:
        running.terminate()
        running.wait(10)


def test_while_the_host_of_every_pool_is_down_no_probe_says_yes(town, tmp_path):
    def all_say(status):
        answers = (town.get("/ready")[0], town.ask("/ready")[0], town.ask(CAN_SERVE)[0])
        return answers == (status,) * 3

    with haproxy(tmp_path, town.fleet.port("gateway")) as through:
        town.until(lambda: all_say(200), "ready")
        if through:
            town.until(lambda: through() == 200, "HAProxy sends clients")
        town.fleet["host"].kill()
        town.until(lambda: all_say(503), "the host is missed")
        assert "no session server can give a session" in town.get("/ready")[1]
        if through:
            town.until(lambda: through() == 503, "HAProxy sends nobody")
        town.fleet.start_part("host")
        town.until(lambda: all_say(200), "the host is found again")
        if through:
            town.until(lambda: through() == 200, "HAProxy sends clients again")


@pytest.mark.parametrize("request_of", [KUBELET, CONSUL], ids=["kubelet", "consul"])
def test_the_probes_of_orchestrators_are_answered_as_they_ask(town, request_of):
    gateway, api = town.fleet.port("gateway"), int(town.fleet.api.rpartition(":")[2])

    def all_say(status):
        return all(probe(port, request_of, "/ready")[0] == status for port in (gateway, api))

    town.until(lambda: all_say(200), "ready")
    assert health(town) == 0
    town.fleet["host"].kill()
    town.until(lambda: all_say(503), "the host is missed")
    status, text = probe(gateway, request_of, "/ready")
    assert "no session server can give a session" in text[:4096], (status, text)
    assert all(probe(port, request_of, "/live")[0] == 200 for port in (gateway, api))
    assert all(
        takes_connections(port) for port in (gateway, api)
    )  # alive, and no reason to restart
    assert health(town) != 0
    town.fleet.start_part("host")
    town.until(lambda: all_say(200), "the host is found again")


def test_ports_probed_by_tcp_stay_open_for_calls_and_close_with_their_process(town):
    ports = [town.fleet.port(name) for name in ("gateway", "mgmtsrvr", "vs1")]
    for _ in range(20):
        assert all(takes_connections(port) for port in ports)
    town.until(lambda: town.call().ok, "calls are served")
    town.fleet["vs1"].kill()
    town.until(lambda: not takes_connections(ports[2]), "nobody listens")
    town.fleet.start_part("vs1")
    town.until(lambda: town.call().ok, "calls are served again")


def test_a_gateway_that_starts_while_its_servers_are_down_answers_as_one_that_did_not(town):
    pages = ("/vhi-ws/session/BankPool?wsdl", "/vhi-rs/model/BankDemo?json")
    before = [town.get(page) for page in pages]
    town.fleet["vs1"].kill()
    town.fleet["gateway"].stop(5)
    town.fleet.start_part("gateway")
    town.until(lambda: [town.get(page) for page in pages] == before, "it is described")
    for kind in ("session", "model"):
        answer = town.call(kind=kind, environment={"ConnectionTimeout": 1})
        assert answer.code == 2643, answer.text
    town.fleet.start_part("vs1")
    town.until(lambda: town.call().ok, "calls are served")


def test_a_gateway_whose_servers_are_gone_is_not_ready(town):
    town.fleet["vs1"].kill()
    town.until(lambda: town.get("/ready")[0] == 503, "no session server")
    town.fleet["mgmtsrvr"].kill()
    town.until(lambda: "no answer" in town.get("/ready")[1], "no management server")
    town.fleet.start_part("mgmtsrvr")
    town.fleet.start_part("vs1")
    town.until(lambda: town.get("/ready")[0] == 200, "all are back")
