"""Services appear, change and disappear with what is deployed."""

import gc
from types import SimpleNamespace

import msgspec
import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from gateway.server import build_with
from gateway.services.service_registry import AGAIN, GONE_AFTER, Services
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import NotOffered, NotServedYet, ServerUnreachable
from verdigris.metadata import Model, Procedure, Table
from verdigris.wire import Offer, Offers, Rows


def model(name="M", digest="1", *procedures, **more):
    made = tuple(Procedure(name=p, kind="select") for p in procedures or ("Go",))
    return Model(name=name, digest=digest, tables=(Table(name="T", procedures=made),), **more)


def offers(*found, revision="r"):
    return Offers(revision, tuple(found))


def offer(name="M", digest="1", *addresses, kind="model", namespace=""):
    return Offer(kind, name, "M", digest, namespace), addresses or ("s1:9623",)


class Rig:
    """Services with a clock, metadata by address, and counted builds."""

    def __init__(self):
        self.clock = Clock()
        self.metadata = {}
        self.asked = []
        self.built = []
        self.settled = []
        self.config = PluginConfig()
        self.gate = None
        build = build_with(None, SimpleNamespace(config=self.config))

        def describe(kind, name, address):
            self.asked.append((kind, name, address))
            found = self.metadata.get((name, address)) or self.metadata.get(name)
            if found is None:
                return fail(ServerUnreachable(server="s", address=address, reason="no"))
            return succeed(found)

        def in_thread(make):
            self.built.append(make)
            if self.gate is not None:
                return self.gate.addCallback(lambda _: make())
            return succeed(make())

        self.services = Services(self.clock, describe, build, in_thread, self.settled.append)

    def saw(self, *found, source="m"):
        self.services.saw(source, offers(*found), self.config)

    def names(self):
        return [(s.kind, s.contract.name, s.contract.namespace) for s in self.services.all()]


@pytest.fixture
def rig():
    made = Rig()
    yield made
    made.services.stop()
    assert made.clock.getDelayedCalls() == []


def test_what_is_offered_is_served_under_its_default_namespace(rig):
    rig.metadata = {"M": model(), "P": model()}

    rig.saw(offer(), offer("P", kind="pool"))

    assert rig.names() == [
        ("model", "M", "urn:xmlns:attachmate:vhi-ws:M"),
        ("pool", "P", "urn:xmlns:attachmate:vhi-ws:M"),
    ]
    assert rig.settled == [False]


def test_the_same_offers_build_nothing_again(rig):
    rig.metadata = {"M": model()}
    rig.saw(offer())
    rig.saw(offer("M", "1", "s2:9623"))

    assert len(rig.built) == 1


def test_a_changed_model_is_replaced_in_one_step(rig):
    rig.metadata = {"M": model()}
    rig.saw(offer())
    before = rig.services.find("model", "M")
    rig.metadata = {"M": model("M", "2", "Other")}
    rig.gate = Deferred()
    rig.saw(offer("M", "2"))
    meanwhile = rig.services.find("model", "M")
    rig.gate.callback(None)

    assert meanwhile is before
    assert [o.name for o in rig.services.find("model", "M").contract.operations] == ["other"]
    assert rig.settled == [False, True]


def test_an_undeployed_model_goes_after_a_moment_and_one_that_comes_back_stays(rig):
    rig.metadata = {"M": model()}
    rig.saw(offer())
    rig.saw()
    rig.clock.advance(GONE_AFTER / 2)
    assert rig.names()
    rig.saw(offer())
    rig.clock.advance(GONE_AFTER)
    assert rig.names()
    rig.saw()
    rig.clock.advance(GONE_AFTER + 0.1)

    assert rig.names() == []
    assert rig.services.find("model", "M") is None


def test_a_service_whose_servers_are_all_offline_stays(rig):
    rig.metadata = {"M": model()}
    rig.saw(offer())
    service = rig.services.find("model", "M")
    rig.services.saw("m", offers((offer()[0], ())), rig.config)
    rig.clock.advance(60)

    assert rig.services.find("model", "M") is service
    assert not rig.services.online(service)


def test_metadata_that_cannot_be_had_is_asked_for_again_and_elsewhere(rig):
    rig.saw(offer("M", "1", "s1:9623", "s2:9623"))
    assert rig.services.problems == {
        ("model", "M"): "Session server s at s2:9623 cannot be reached: no."
    }
    rig.metadata = {("M", "s2:9623"): model()}
    rig.clock.advance(AGAIN)

    assert rig.names() == [("model", "M", "urn:xmlns:attachmate:vhi-ws:M")]
    assert rig.services.problems == {}
    assert {address for _, _, address in rig.asked} == {"s1:9623", "s2:9623"}


def test_one_bad_model_keeps_nobody_away(rig):
    rig.metadata = {"M": model(), "B": model("B", "1", namespace="not a <uri")}
    rig.saw(offer("B"), offer())
    assert ("model", "M", "urn:xmlns:attachmate:vhi-ws:M") in rig.names()


@pytest.mark.parametrize(
    ("config", "of_offer", "of_model", "expected"),
    [
        ({}, "", "", "urn:xmlns:attachmate:vhi-ws:M"),
        ({"namespace_form": "7.0"}, "", "", "urn:xmlns:attachmate:vhi-ws:session:P"),
        ({"namespace_prefix": "urn:own:"}, "", "", "urn:own:M"),
        ({"namespace_prefix": "urn:own:"}, "", "urn:of-model", "urn:of-model"),
        ({}, "urn:of-pool", "urn:of-model", "urn:of-pool"),
        ({"namespaces": {("pool", "P"): "urn:file"}}, "urn:of-pool", "urn:of-model", "urn:file"),
    ],
)
def test_the_namespace_has_a_precedence(rig, config, of_offer, of_model, expected):
    rig.config = PluginConfig(**config)
    rig.metadata = {"P": model(namespace=of_model)}

    rig.saw(offer("P", kind="pool", namespace=of_offer))

    assert rig.names() == [("pool", "P", expected)]


def test_new_settings_build_again_only_what_they_change(rig):
    rig.metadata = {"M": model(), "P": model()}
    rig.saw(offer(), offer("P", kind="pool"))
    before = rig.services.find("pool", "P")

    rig.services.configure(PluginConfig(namespaces={("model", "M"): "urn:new"}))

    assert rig.services.find("model", "M").contract.namespace == "urn:new"
    assert rig.services.find("pool", "P") is before


def test_two_sources_add_up_and_a_forgotten_one_counts_no_more(rig):
    rig.metadata = {"M": model(), "N": model("N")}
    rig.saw(offer(), source="a")
    rig.saw(offer("N"), source="b")
    assert len(rig.names()) == 2

    rig.services.configure(rig.config, frozenset({"a"}))
    rig.clock.advance(GONE_AFTER + 0.1)

    assert [name for _, name, _ in rig.names()] == ["M"]


def test_during_a_rolling_deployment_the_version_most_servers_have_is_served(rig):
    rig.metadata = {("M", "s1:9623"): model("M", "2", "New"), "M": model()}

    rig.saw(offer("M", "2", "s1:9623"), offer("M", "1", "s2:9623", "s3:9623"))

    assert [o.name for o in rig.services.find("model", "M").contract.operations] == ["go"]


def test_the_version_is_that_of_the_latest_deployment_of_what_is_served(rig):
    rig.metadata = {"M": model(version="1")}

    def at(version, *addresses, digest="1"):
        return Offer("model", "M", "M", digest, version=version), addresses

    rig.saw(at("2", "s1:9623"), at("3", "s2:9623"), at("4", "s3:9623", digest="2"))
    service = rig.services.get("model", "M")
    assert rig.services.version(service) == "3"
    rig.saw(at("", "s1:9623"))
    assert rig.services.version(service) == "1"
    assert len(rig.built) == 1


@pytest.mark.parametrize("path", ["compiled", "spyne"])
def test_a_hundred_deployments_leave_nothing_behind(start, bank_model, message, path):
    """spyne alone keeps 2.5 MB of each (measured)."""
    running = start(PluginConfig(request_path=path), bank_model)
    running.caller.reply = Rows((("Text", "text"),), [])
    counts = []
    for turn in range(100):
        name = f"Other{turn}"
        running.deploy(bank_model, msgspec.structs.replace(bank_model, name=name))
        for service in (name, "BankDemo"):
            body = message(f'<ping xmlns="urn:xmlns:attachmate:vhi-ws:{service}"/>')
            assert running.post(body, f"/vhi-ws/model/{service}").status == 200
        running.deploy(bank_model)
        running.clock.advance(GONE_AFTER + 1)
        assert running.post(body, f"/vhi-ws/model/{name}").status == 404
        running.caller.calls.clear()
        if turn % 25 == 24:
            gc.collect()
            counts.append(len(gc.get_objects()))

    assert counts[-1] - counts[0] < 1_000


def test_a_service_that_may_exist_is_refused_as_not_served_yet_and_never_as_absent(rig):
    """RFC 9110, 15.6.4: 503, which clients repeat; 404 would be final (Kong/charts#716)."""
    rig.gate = Deferred()
    rig.metadata = {"M": model("M")}
    assert isinstance(rig.services.absence("model", "M"), NotServedYet)
    rig.saw(offer("M"))
    assert isinstance(rig.services.absence("model", "m"), NotServedYet)
    assert isinstance(rig.services.absence("model", "Other"), NotOffered)
    assert "not all made" in rig.services.why_unready()
    rig.gate.callback(None)
    assert rig.services.why_unready() == ""
    assert rig.services.find("model", "M")


def test_while_a_session_server_has_not_reported_an_unknown_name_may_exist(rig):
    rig.metadata = {"M": model("M")}
    listed = offers(offer("M"))
    rig.services.saw("m", msgspec.structs.replace(listed, complete=False), rig.config)
    assert rig.services.why_unready() == ""
    assert rig.services.absence("pool", "P").details == {"retry after": 1}
    rig.services.saw("m", listed, rig.config)
    assert isinstance(rig.services.absence("pool", "P"), NotOffered)


def test_a_source_that_does_not_answer_is_no_reason_to_be_ready(rig):
    rig.metadata = {"M": model("M")}
    rig.saw(offer("M"))
    rig.services.lost("m")
    assert "no answer" in rig.services.why_unready()
    rig.saw(offer("M"))
    assert rig.services.why_unready() == ""
