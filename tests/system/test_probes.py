"""Health probes tell the truth to real processes: balancers send clients where a session can be had."""

import contextlib
import os
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

from verdigris.child_process import free_port


pytestmark = pytest.mark.processes

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
        town.until(lambda: all_say(503), "the host is missed", 5)
        assert "no session server can give a session" in town.get("/ready")[1]
        if through:
            town.until(lambda: through() == 503, "HAProxy sends nobody")
        town.fleet.start_part("host")
        town.until(lambda: all_say(200), "the host is found again", 10)
        if through:
            town.until(lambda: through() == 200, "HAProxy sends clients again")


def test_a_gateway_that_starts_while_its_servers_are_down_answers_as_one_that_did_not(town):
    pages = ("/vhi-ws/session/BankPool?wsdl", "/vhi-rs/model/BankDemo?json")
    before = [town.get(page) for page in pages]
    town.fleet["vs1"].kill()
    town.fleet["gateway"].stop(5)
    town.fleet.start_part("gateway")
    town.until(lambda: [town.get(page) for page in pages] == before, "it is described", 5)
    for kind in ("session", "model"):
        answer = town.call(kind=kind, environment={"ConnectionTimeout": 1})
        assert answer.code == 2643, answer.text
    town.fleet.start_part("vs1")
    town.until(lambda: town.call().ok, "calls are served")


def test_a_gateway_whose_servers_are_gone_is_not_ready(town):
    town.fleet["vs1"].kill()
    town.until(lambda: town.get("/ready")[0] == 503, "no session server", 10)
    town.fleet["mgmtsrvr"].kill()
    town.until(lambda: "no answer" in town.get("/ready")[1], "no management server", 15)
    town.fleet.start_part("mgmtsrvr")
    town.fleet.start_part("vs1")
    town.until(lambda: town.get("/ready")[0] == 200, "all are back", 20)
