"""Setting up, as one story: an installation of nine machines from nothing, with TLS everywhere.

Three management servers on etcd, three session servers, two gateways; then machines are taken out and
added again while calls go on.
"""

import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
import zeep

from sesssrvr.cli.model_files import built
from tests.support.fleet import EXAMPLE
from tests.support.setups import Installation
from verdigris.child_process import Process, free_port
from verdigris.values import Endpoint
from verdigris_command.demo.soap_caller import SoapCaller


pytestmark = pytest.mark.processes

SERVERS = ("vs1", "vs2", "vs3")


@pytest.fixture
def there(tmp_path, etcd):
    found = Installation(tmp_path, f"{20 + os.getpid() % 200}.3")
    try:
        yield found
    finally:
        found.close()


def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def add_session_server(there, name):
    """One command, and what a session server needs besides: its host, and a package."""
    found = there.join("session-server", name, "--domain", "default")
    assert found.returncode == 0, found.stderr
    settings = there.folder / name / "sesssrvr.xml"
    bank = f'<hosts><host model="BankDemo" address="127.0.0.1:{there.bank}"/></hosts></sesssrvr>'
    settings.write_text(settings.read_text().replace("</sesssrvr>", bank))
    drop = there.folder / name / "deploy"
    drop.mkdir()
    (drop / "BankDemo.zip").write_bytes(built(EXAMPLE)[0])
    there.start(name, "sesssrvr", f"{name}/sesssrvr.xml")


def add(there, name):
    role = {"m": "management-server", "v": "session-server", "g": "gateway"}[name[0]]
    if name[0] == "v":
        add_session_server(there, name)
        return
    more = ("--domain", "default") if name[0] == "g" else ()
    if name[0] == "m":
        more = ("--api", f"127.0.0.1:{free_port()}")
    there.joined(role, name, *more)


def remove(there, name):
    role = {"m": "management-server", "v": "session-server", "g": "gateway"}[name[0]]
    if name[0] == "v":
        there.done("drain", name, "--wait", "--api", there.api)
    there.done("remove", role, name, "--api", there.api)
    there.processes[name].stop()
    shutil.rmtree(there.folder / name)


def caller(there, gateway):
    return SoapCaller(Endpoint(there.addresses[gateway], 9680), "BankDemo", "BankPool")


def zeep_call(there, gateway):
    session = requests.Session()
    session.trust_env, session.verify = False, str(there.folder / "m1/identity/authorities.pem")
    url = f"https://{there.addresses[gateway]}:9681/vhi-ws/session/BankPool?wsdl"
    client = zeep.Client(url, transport=zeep.Transport(session=session))
    found = client.service.customerSearch(customerSearchFilters={"LastName": "ABERNATHY"})
    session.close()
    return [row["LastName"] for row in found]


@contextmanager
def load(calls):
    found, over = [], threading.Event()

    def go():
        while not over.is_set():
            found.append(calls.call(timeout=10))
            over.wait(0.05)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.mark.timeout(
    400
)  # eleven joins, twelve processes: 20 s alone, many times that beside others
def test_nine_machines_from_nothing_and_each_kind_replaced_under_load(there, etcd):
    there.bank = free_port()
    host = Process("host", ["hostemul", "bank", "--port", str(there.bank)], there.folder)
    there.processes["host"] = host
    host.start()
    there.init(etcd=etcd.endpoints)
    with ThreadPoolExecutor(4) as several:  # as several people would
        list(several.map(lambda name: add(there, name), ("m2", "m3")))
        list(several.map(lambda name: add(there, name), (*SERVERS, "gw1", "gw2")))
        for gateway in ("gw1", "gw2"):
            until(lambda g=gateway: caller(there, g).call(timeout=5).server in SERVERS)
            assert set(zeep_call(there, gateway)) == {"ABERNATHY"}
        assert there.commands == 8 + 1, "one command for each machine, and a login"
        one_of_each = ("vs3", "m3", "gw2")
        with load(caller(there, "gw1")) as found:
            list(several.map(lambda name: remove(there, name), one_of_each))
            parts = there.done("parts", "--api", there.api)
            assert [name for name in one_of_each if name in parts] == []
            list(several.map(lambda name: add(there, name), one_of_each))
            until(lambda: caller(there, "gw2").call(timeout=5).server in SERVERS)
    assert [it for it in found if not it.server] == []
    assert len(found) > 20
