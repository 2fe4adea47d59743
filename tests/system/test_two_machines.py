"""A primary and its replica as processes: changes pulled, the primary lost, promotion, its return."""

import json
import time

import pytest

from tests.support.management import installation_xml
from verdigris.child_process import Process, free_port
from verdigris.cli.api import Api
from verdigris.errors import Conflict, NotPrimary


pytestmark = pytest.mark.processes

OLD = installation_xml([("A", 80), ("B", 20)])
NEW = installation_xml([("A", 60), ("B", 40)])
XML = {"Content-Type": "application/xml"}


def until(holds, what="it holds", seconds=20.0):
    """Poll until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited {seconds:g} seconds in vain: {what}"
        time.sleep(0.05)


class Machine:
    def __init__(self, folder, name, links, primary):
        self.folder = folder / name
        self.folder.mkdir()
        self.links, self.api_port = links[name], free_port()
        peer = next(port for other, port in links.items() if other != name)
        (self.folder / "installation.xml").write_bytes(OLD)
        settings = self.folder / "mgmtsrvr.xml"
        settings.write_text(
            f'<mgmtsrvr xmlns="urn:verdigris:mgmtsrvr:1" name="{name}">'
            f'<store kind="replica" peer="127.0.0.1:{peer}" primary="{str(primary).lower()}"/></mgmtsrvr>'
        )
        ports = ("--port", str(self.links), "--api-port", str(self.api_port))
        arguments = ("mgmtsrvr", "--config", str(settings), *ports)
        self.process = Process(name, arguments, folder)
        self.api = Api(f"http://127.0.0.1:{self.api_port}")

    def revision(self):
        return self.api.get("version")["revision"]

    def put(self, data, expected):
        headers = {**XML, "If-Match": f'"{expected}"'}
        return self.api.put("installation", body=data, query={}, headers=headers)["revision"]


@pytest.fixture
def pair(tmp_path):
    links = {"m1": free_port(), "m2": free_port()}
    made = [Machine(tmp_path, name, links, name == "m1") for name in links]
    try:
        for machine in made:
            machine.process.start()
        yield made
    finally:
        for machine in made:
            machine.process.stop(5)


def test_two_management_servers_without_etcd(pair):
    one, two = pair
    first = one.revision()
    until(lambda: not two.api.get("version")["problem"], "the replica follows")
    with pytest.raises(NotPrimary):
        two.put(NEW, first)
    newer = one.put(NEW, first)
    until(lambda: two.revision() == newer, "the change is pulled")
    until(
        lambda: (
            json.loads((one.folder / "installation.xml.standing").read_bytes())["shared"] == newer
        )
    )

    one.process.kill()
    until(lambda: "does not answer" in two.api.get("version")["problem"], "the loss is shown", 40)
    two.api.post("promote")
    latest = two.put(OLD, newer)

    one.process.start()
    until(lambda: one.revision() == latest, "the former primary follows")
    with pytest.raises(NotPrimary):
        one.put(NEW, latest)
    assert list(one.folder.glob("conflict-*")) == []
    with pytest.raises(Conflict):
        two.put(NEW, newer)
