"""Certificates that renew themselves, and an authority that another takes the place of, under load."""

import json
import os
import shutil
import threading
import time
from contextlib import contextmanager

import pytest
from cryptography.x509 import load_pem_x509_certificates

from sesssrvr.cli.model_files import built
from tests.support.fleet import EXAMPLE
from tests.support.setups import Installation
from verdigris.child_process import Process, free_port
from verdigris.identity.material import signed_by
from verdigris.values import Endpoint
from verdigris_command.demo.soap_caller import SoapCaller


pytestmark = pytest.mark.processes

SHORT = 0.0001
"""Days a part's certificate is valid here: 8.6 seconds, renewed after 6; whom to trust is asked each second."""


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    found = Installation(tmp_path_factory.mktemp("renewal"), f"{20 + os.getpid() % 200}.2")
    try:
        _set_up(found)
        yield found
    finally:
        found.close()


def _set_up(there):
    port = free_port()
    host = Process("host", ["hostemul", "bank", "--port", str(port)], there.folder)
    there.processes["host"] = host
    host.start()
    there.init(certificate_days=SHORT)
    found = there.join("session-server", "vs1", "--domain", "default")
    assert found.returncode == 0, found.stderr
    settings = there.folder / "vs1" / "sesssrvr.xml"
    bank = f'<hosts><host model="BankDemo" address="127.0.0.1:{port}"/></hosts></sesssrvr>'
    settings.write_text(settings.read_text().replace("</sesssrvr>", bank))
    (there.folder / "vs1" / "deploy").mkdir()
    (there.folder / "vs1" / "deploy" / "BankDemo.zip").write_bytes(built(EXAMPLE)[0])
    there.start("vs1", "sesssrvr", "vs1/sesssrvr.xml")
    there.joined("gateway", "gw1", "--domain", "default")
    there.caller = SoapCaller(Endpoint(there.addresses["gw1"], 9680), "BankDemo", "BankPool")
    until(lambda: there.caller.call(timeout=5).server == "vs1", 30)


def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def certificate(there, name):
    return load_pem_x509_certificates(
        (there.folder / name / "identity" / "certificate.pem").read_bytes()
    )[0]


@contextmanager
def load(there):
    """Calls one after the other for as long as the block lasts; all of them have to succeed."""
    found, over = [], threading.Event()

    def go():
        while not over.wait(0.02):
            found.append(there.caller.call(timeout=5))

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert [it for it in found if not it.server] == []
    assert len(found) > 20


def test_certificates_are_renewed_while_calls_go_on_and_none_is_lost(there):
    before = {name: certificate(there, name).serial_number for name in ("vs1", "gw1")}
    with load(there):
        for _ in range(2):  # past the end of the first certificates
            for name in before:
                until(lambda n=name: certificate(there, n).serial_number != before[n])
                before[name] = certificate(there, name).serial_number
    assert "expired" not in there.log("vs1") + there.log("gw1")


def test_a_new_authority_takes_the_place_of_the_old_one_and_no_call_is_lost(there):
    config = ("--config", "m1/mgmtsrvr.xml")
    names = ("m1", "vs1", "gw1")

    def trusted(name):
        path = there.folder / name / "identity" / "authorities.pem"
        return load_pem_x509_certificates(path.read_bytes())

    (old,) = trusted("m1")
    with load(there):
        there.done("authority", "replace", *config)
        until(lambda: all(len(trusted(name)) == 2 for name in names))
        new = next(it for it in trusted("m1") if it != old)
        there.done("authority", "replace", "--sign", *config)
        until(lambda: all(signed_by(certificate(there, name), new) for name in names))
        there.done("authority", "replace", "--finish", *config)
        until(lambda: all(trusted(name) == [new] for name in names))
    found = there.join("session-server", "vs2")
    assert "Error 9237" in found.stderr  # the fingerprint is another one now
    shutil.rmtree(there.folder / "vs2", ignore_errors=True)
    token = there.token("session-server")
    assert there.join("session-server", "vs2", token=token).returncode == 0
    states = json.loads(there.get(f"{there.api}/servers"))
    assert {it["name"]: it["state"] for it in states}["vs1"] == "online"
