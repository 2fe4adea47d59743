"""The drills of docs/operate.md: what was lost, and the commands that bring it back. Real processes."""

import json
import os
import shutil
import time

import pytest

from tests.support.etcd_processes import EtcdCluster, need_etcd
from tests.support.setups import Installation
from verdigris.cli.api import Api
from verdigris.errors import StoreUnavailable
from verdigris.identity import material
from verdigris.identity.authority import Authority
from verdigris.identity.certificates import fingerprint
from verdigris.identity.material import signed_by


pytestmark = pytest.mark.processes

JSON = {"Content-Type": "application/json"}
PASSPHRASE = {"VERDIGRIS_PASSPHRASE": "correct horse battery"}


def until(holds, what, seconds=60.0):
    """Poll until it holds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"waited {seconds:g} seconds in vain: {what}"
        time.sleep(0.1)
    return found


class Bank(Installation):
    """One management server and one session server."""

    def log_in(self):
        """The administration API, with a new login: whatever was restored has no old ones."""
        there = Api(self.api, token="", authorities=self.authorities.read_text())
        body = json.dumps({"user": "admin", "password": self.PASSWORD}).encode()
        token = there.post("login", body=body, headers=JSON)["token"]
        return Api(self.api, token=token, authorities=self.authorities.read_text())

    def restart(self, name, module, settings):
        """Start a part anew: it asks at once whom to trust, and not within a minute."""
        self.processes[name].stop(5)
        self.start(name, module, f"{name}/{settings}")

    def online(self, api, name="vs1"):
        return {it["name"]: it["state"] for it in api.get("servers")}.get(name) == "online"


@pytest.fixture
def bank(tmp_path):
    found = Bank(tmp_path, f"{20 + os.getpid() % 200}.5")
    try:
        yield found
    finally:
        found.close()


def test_everything_is_lost_and_a_backup_brings_it_back(bank):
    bank.init()
    bank.joined("session-server", "vs1", "--domain", "default")
    api = bank.log_in()
    until(lambda: bank.online(api), "vs1 is online")
    bank.done("backup", "b", "--config", "m1/mgmtsrvr.xml", **PASSPHRASE)
    stolen = material.read(bank.folder / "m1" / "identity").chain[0]

    bank.processes["m1"].kill()
    shutil.rmtree(bank.folder / "m1")
    bank.done("restore", "b", "m1", "--no-start", **PASSPHRASE)
    bank.start("m1", "mgmtsrvr", "m1/mgmtsrvr.xml")
    api = bank.log_in()
    until(lambda: bank.online(api), "vs1 goes on with the certificate that it has")
    assert [it["act"] for it in api.get("audit")].count("restore") == 1
    (name,) = (it["name"] for it in api.get("domains"))
    assert name == "default"
    assert material.read(bank.folder / "m1" / "identity").chain[0] != stolen
    found = bank.join("gateway", "gw1", "--domain", "default")
    assert found.returncode == 0, "the authority still signs"


def test_the_key_of_the_authority_is_lost_and_another_takes_its_place(bank):
    bank.init()
    bank.joined("session-server", "vs1", "--domain", "default")
    api = bank.log_in()
    until(lambda: bank.online(api), "vs1 is online")
    (bank.folder / "m1" / "authority" / "key.pem").unlink()
    refused = bank.join("gateway", "gw1", "--domain", "default")
    assert refused.returncode != 0, "nothing can be signed"

    replace = ("authority", "replace", "--config", "m1/mgmtsrvr.xml")
    bank.done(*replace)
    made = Authority.read(bank.folder / "m1" / "authority" / "next", "x").certificate
    bank.restart("vs1", "sesssrvr", "sesssrvr.xml")
    trusts = lambda: made in material.read(bank.folder / "vs1" / "identity").authorities  # noqa: E731
    until(trusts, "vs1 trusts the new one as well")
    bank.done(*replace, "--sign")
    bank.restart("vs1", "sesssrvr", "sesssrvr.xml")
    for name in ("m1", "vs1"):
        until(
            lambda n=name: signed_by(material.read(bank.folder / n / "identity").chain[0], made),
            f"{name} has a certificate of the new one",
        )
    bank.done(*replace, "--finish")
    api = bank.log_in()
    until(lambda: bank.online(api), "vs1 is online")
    assert bank.fingerprint not in bank.done("authority", "show", "--config", "m1/mgmtsrvr.xml")
    bank.fingerprint = fingerprint(made)
    assert bank.join("gateway", "gw1", "--domain", "default").returncode == 0


def test_etcd_loses_its_majority_for_good_and_is_filled_again(bank):
    need_etcd()
    lost = EtcdCluster(bank.folder)
    try:
        bank.init(etcd=lost.start().endpoints)
        api = bank.log_in()
        before = api.get("version")["revision"]
        bank.done("backup", "b", "--config", "m1/mgmtsrvr.xml", **PASSPHRASE)
        for name in ("n1", "n2", "n3"):
            lost.kill(name)
            shutil.rmtree(bank.folder / name)
        refused = bank.command("backup", "c", "--config", "m1/mgmtsrvr.xml", **PASSPHRASE)
        assert refused.returncode == 0, "the copy can be backed up"
        assert "NOTE: not in it: earlier versions" in refused.stderr

        lost.start()
        with pytest.raises(StoreUnavailable):
            until(lambda: api.post("servers", "none", "drain"), "a change is refused")
        said = bank.done("fill-store", "--config", "m1/mgmtsrvr.xml")
        assert f"installation: revision {before[:12]} is in the store." in said
        assert "users: revision" in said
        until(lambda: not api.get("version")["problem"], "the store is followed again")
        assert api.get("version")["revision"] == before
        assert bank.join("gateway", "gw1", "--domain", "default").returncode == 0
        again = bank.done("fill-store", "--config", "m1/mgmtsrvr.xml")
        assert "installation: the store has it" in again
    finally:
        lost.close()
