"""One management server brings packages to the session servers; what it leaves another one goes on with."""

import pytest

from mgmtsrvr.allocation_table import table_of
from tests.support.access import now
from tests.support.following import MODEL, FollowingServer, digest
from tests.support.management import Net
from verdigris.config.installation import parse
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import BadPackage, Problem
from verdigris.wire import PoolOverride


MEMBERS = [("A", 50), ("B", 50), ("C", 100, 2)]
ONE, TWO = b"package one", b"package two"


@pytest.fixture
def place(tmp_path):
    """A management server in which the driver runs; `place.deploy(ONE)` names a package."""
    made = []

    def make(store=None, **more):
        config = ManagementConfig(
            name="m1",
            warming=0.0,
            check=0.0,
            wake_up=0.0,
            installation=tmp_path / "installation.xml",
        )
        made.append(Place(Net(MEMBERS, config, store, **more)))
        return made[-1]

    yield make
    for it in made:
        it.net.server.rollouts.stop()


class Place:
    def __init__(self, net):
        self.net, self.server = net, net.server
        self.server.rollouts.start()
        self.servers = {}

    def join(self, *names, **models):
        for name in names:
            self.servers[name] = FollowingServer(self.net, name, **models)
        self.net.pump()

    def deploy(self, package, to=(("domain", "d"),), **terms):
        name = now(self.server.packages.keep(package, "r"))
        self.edit(lambda it: it.deploy(MODEL, name, to, **terms))

    def edit(self, change):
        now(self.server.configuration.edit(change))
        self.net.pump()

    def go(self, seconds=3.0):
        self.net.advance(seconds)

    @property
    def deployment(self):
        (found,) = self.server.configuration.installation.deployments
        return found

    def having(self, package):
        return {name for name, it in self.servers.items() if it.has(package)}


def test_without_deployments_nothing_is_asked_for(place):
    it = place()
    it.join("A", Bank=(ONE, False))
    it.go()
    assert it.server.configuration.store._leases == {}
    assert it.servers["A"].got == []


def test_a_domain_gets_a_package_and_the_rollout_is_over(place):
    it = place()
    it.join("A", "B", "C")
    it.deploy(ONE)
    it.go()
    assert it.having(ONE) == {"A", "B", "C"}
    assert it.deployment.rollout == ""


def test_one_at_a_time_where_something_is_served(place):
    it = place()
    it.join("A", "B", "C", Bank=(ONE, True))
    for server in it.servers.values():
        server.says = "later"
    it.deploy(TWO)
    for _ in range(3):
        it.go(1)
        (busy,) = [server for server in it.servers.values() if server.waiting]
        busy.answer()
    it.go(1)
    assert it.having(TWO) == {"A", "B", "C"}
    assert it.deployment.rollout == ""


def test_an_error_stops_the_rollout_in_the_document_and_the_others_keep_what_they_have(place):
    it = place()
    it.join("A", "B", "C", Bank=(ONE, True))
    it.servers["B"].says = "bad"
    it.deploy(TWO)
    it.go()
    assert it.deployment.rollout == "stopped"
    assert it.deployment.problem.startswith("B: Package package cannot be used")
    assert it.having(TWO) == {"A"}
    assert it.having(ONE) == {"B", "C"}
    it.servers["B"].says = "yes"
    it.go(400)
    assert it.having(TWO) == {"A"}
    it.edit(lambda d: d.deploy(MODEL, digest(TWO), [("domain", "d")]))
    it.go()
    assert it.having(TWO) == {"A", "B", "C"}


def test_with_keep_going_the_others_get_it_and_the_one_is_tried_again(place):
    it = place()
    it.join("A", "B", "C", Bank=(ONE, True))
    it.servers["A"].says = "bad"
    it.deploy(TWO, stop_on_error=False)
    it.go()
    assert it.having(TWO) == {"B", "C"}
    assert it.deployment.rollout == "going"
    it.servers["A"].says = "yes"
    it.go(10)
    assert it.having(TWO) == {"A", "B", "C"}
    assert it.deployment.rollout == ""


def test_going_back_is_a_rollout_too(place):
    it = place()
    it.join("A", "B", "C")
    it.deploy(ONE)
    it.go()
    it.deploy(TWO)
    it.go()
    assert it.deployment.previous == digest(ONE)
    it.edit(lambda d: d.deploy(MODEL, digest(ONE), [("domain", "d")]))
    it.go()
    assert it.having(ONE) == {"A", "B", "C"}


def test_one_that_comes_with_nothing_or_something_old_gets_it_and_serves_only_then(place):
    it = place()
    it.join("A")
    it.deploy(ONE)
    it.go()
    it.join("B", Bank=(TWO, True))
    it.servers["B"].says = "later"
    registry = it.server.registry
    assert registry.servers["B"].has("model", MODEL) is False
    assert "another package" in registry.snapshot("d", "model", MODEL).excluded["B"].text
    assert {offer.started for offer, _ in it.server.offers.now.offers} == {True, False}
    assert {offer.started for offer in table_of(registry).offers} == {True, False}
    assert not any(offer.package for offer, _ in it.server.offers.now.offers)
    it.go()
    it.servers["B"].answer()
    assert registry.servers["B"].has("model", MODEL) is True
    it.join("C")
    it.go()
    assert it.having(ONE) == {"A", "B", "C"}


def test_in_a_rollout_the_old_package_serves_also_after_a_registration(place):
    it = place()
    it.join("A", "B", Bank=(ONE, True))
    it.servers["A"].says = "later"
    it.deploy(TWO)
    it.go(1)
    it.servers["B"].leave()
    it.servers["B"].register()
    assert it.server.registry.servers["B"].has("model", MODEL) is True


def test_a_document_that_may_be_out_of_date_takes_nobody_out_of_service(place):
    it = place()
    it.join("A")
    it.deploy(ONE)
    it.go()
    it.server.registry.up_to_date = lambda: False
    it.join("B", Bank=(TWO, True))
    assert it.server.registry.servers["B"].has("model", MODEL) is True
    it.go()
    assert it.servers["B"].got == []


def test_one_killed_while_it_takes_the_package_stops_the_rollout(place):
    it = place()
    it.join("A", "B", Bank=(ONE, True))
    it.servers["A"].says = "later"
    it.deploy(TWO)
    it.go(1)
    it.servers["A"].leave()
    it.go()
    assert it.deployment.rollout == "stopped"
    assert it.having(ONE) == {"A", "B"}


def test_one_that_was_away_is_not_waited_for(place):
    it = place()
    it.join("A", "B")
    it.servers["B"].leave()
    it.deploy(ONE)
    it.go()
    assert it.deployment.rollout == ""
    it.servers["B"].register()
    it.go()
    assert it.having(ONE) == {"A", "B"}


def test_what_is_named_no_longer_is_taken_and_stays_away(place):
    it = place()
    it.join("A", "B", "C")
    it.deploy(ONE)
    it.go()
    it.edit(lambda d: d.undeploy(MODEL))
    it.go()
    assert [server.models for server in it.servers.values()] == [{}, {}, {}]


def test_another_management_server_goes_on_where_one_was_killed(place):
    first = place()
    first.join("A", "B", "C", Bank=(ONE, True))
    first.servers["A"].says = "later"
    first.deploy(TWO)
    first.go(1)
    assert first.servers["A"].waiting
    store = first.server.configuration.store
    second = place(store)
    second.join("A", "B", "C", Bank=(ONE, True))
    second.go()
    assert second.having(TWO) == set()  # the first holds the lease
    store._leases["deployments"].held = False
    second.go(5)
    assert second.having(TWO) == {"A", "B", "C"}
    assert second.deployment.rollout == ""


def test_a_package_that_is_nowhere_stops_nothing_and_is_told(place):
    it = place()
    it.join("A", Bank=(ONE, True))
    it.edit(lambda d: d.deploy(MODEL, digest(b"lost"), [("domain", "d")]))
    it.go()
    assert it.deployment.rollout == "going"
    (refused,) = it.server.rollouts.progress.refused.values()
    assert "No management server" in refused.problem
    it.deploy(b"lost")
    it.go(10)
    assert it.having(b"lost") == {"A"}


def test_a_session_server_of_an_earlier_version_is_left_alone(place):
    it = place()
    it.join("A", Bank=(ONE, False))
    it.servers["A"].leave()
    it.servers["A"].register(follows=False)
    it.deploy(TWO)
    it.go()
    assert it.servers["A"].got == []
    assert it.server.registry.servers["A"].has("model", MODEL) is True


def test_pool_overrides_are_told_at_registration_and_at_each_change(place):
    it = place()
    it.join("A")
    assert it.servers["A"].pools == ()
    it.edit(lambda d: d.override_pool("P", {"max-concurrent-sessions": 4}))
    it.go(1)
    assert it.servers["A"].pools == (PoolOverride("P", maximum=4),)
    it.join("B")
    assert it.servers["B"].pools == (PoolOverride("P", maximum=4),)


def test_a_problem_of_any_text_can_be_written_to_the_document(place):
    it = place()
    it.join("A", "B", Bank=(ONE, True))
    it.servers["A"].says = "later"
    it.deploy(TWO)
    it.go(1)
    it.servers["A"].answer(BadPackage.of("p", [Problem("m.xml", 1, "\x00\x1b <&\"' \ufffe" * 200)]))
    it.go(1)
    assert it.deployment.rollout == "stopped"
    assert len(it.deployment.problem) <= 500
    assert parse(it.server.configuration.document.data)
