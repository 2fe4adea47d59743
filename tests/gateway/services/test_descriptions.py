"""What is described once is served again by a gateway that starts while no session server is online."""

from types import SimpleNamespace

import pytest
from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock

from gateway.server import build_with
from gateway.services.descriptions import Descriptions
from gateway.services.service_registry import GONE_AFTER, Services
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import NotServedYet, ServerUnreachable
from verdigris.metadata import Model, Procedure, Table
from verdigris.wire import Offer, Offers


def model(digest="1", name="Go"):
    tables = (Table(name="T", procedures=(Procedure(name=name, kind="select"),)),)
    return Model(name="M", digest=digest, tables=tables, version="then")


class Gateway:
    """Services whose descriptions are kept in a folder; `online` is what session servers tell."""

    def __init__(self, folder):
        self.clock, self.online = Clock(), None
        config = PluginConfig()

        def in_thread(make):
            return succeed(make())

        self.services = Services(
            self.clock,
            self._describe,
            build_with(None, SimpleNamespace(config=config)),
            in_thread,
            descriptions=Descriptions(folder, in_thread),
        )
        self.config = config

    def _describe(self, kind, name, address):
        if self.online is None:
            return fail(ServerUnreachable(server="s", address=address, reason="no"))
        return succeed(self.online)

    def saw(self, *digests, addresses=("s1:9623",), kind="model", name="M"):
        offers = tuple((Offer(kind, name, "M", digest), addresses) for digest in digests)
        self.services.saw("m", Offers("r", offers), self.config)

    def operations(self, kind="model", name="M"):
        return [it.name for it in self.services.get(kind, name).contract.operations]


@pytest.fixture
def started(tmp_path):
    """Start a gateway, again and again: `started()`."""
    running = []

    def make(folder=tmp_path / "data" / "descriptions"):
        for one in running:
            one.services.stop()
        running.append(Gateway(folder))
        return running[-1]

    yield make
    for one in running:
        one.services.stop()


@pytest.mark.parametrize("addresses", [(), ("s1:9623",)])
@pytest.mark.parametrize(("kind", "name"), [("model", "M"), ("pool", "a/../b")])
def test_a_service_outlives_its_gateway_while_no_session_server_answers(
    started, addresses, kind, name
):
    it = started()
    it.online = model()
    it.saw("1", kind=kind, name=name)
    again = started()
    again.saw("1", addresses=addresses, kind=kind, name=name)
    assert again.operations(kind, name) == ["go"]
    assert again.services.version(again.services.get(kind, name)) == "then"


def test_a_description_of_another_deployment_is_not_used(started):
    it = started()
    it.online = model()
    it.saw("1")
    again = started()
    again.saw("2", addresses=())
    with pytest.raises(NotServedYet):
        again.services.get("model", "M")
    again.online = model("2", "New")
    again.saw("2")
    assert again.operations() == ["new"]
    assert started().services.problems == {}


def test_what_is_undeployed_is_forgotten(started, tmp_path):
    it = started()
    it.online = model()
    it.saw("1")
    assert len(list((tmp_path / "data" / "descriptions").iterdir())) == 1
    it.saw()
    it.clock.advance(GONE_AFTER + 0.1)
    assert list((tmp_path / "data" / "descriptions").iterdir()) == []


@pytest.mark.parametrize("wreck", ["file", "folder", "unwritable"])
def test_a_disk_that_fails_costs_no_service(started, tmp_path, wreck):
    folder = tmp_path / "data" / "descriptions"
    if wreck == "unwritable":
        folder.parent.write_text("no folder")
    elif wreck == "folder":
        (folder / "model-M.msgpack").mkdir(parents=True)
    else:
        folder.mkdir(parents=True)
        (folder / "model-M.msgpack").write_bytes(b"\x93rubbish")
    it = started()
    it.saw("1", addresses=())
    with pytest.raises(NotServedYet):
        it.services.get("model", "M")
    it.online = model()
    it.saw("1")
    assert it.operations() == ["go"]
    it.saw()
    it.clock.advance(GONE_AFTER + 0.1)


def test_a_gateway_without_a_settings_file_keeps_nothing(started):
    it = started(None)
    it.online = model()
    it.saw("1")
    assert it.operations() == ["go"]
