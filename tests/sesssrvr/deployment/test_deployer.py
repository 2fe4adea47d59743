"""Packages are checked, kept and put in force; a broken one changes nothing."""

import os
from hashlib import sha256

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from sesssrvr.deployment.deployed_pool import HostOverride
from sesssrvr.deployment.deployer import Deployer
from sesssrvr.deployment.offers import Offering
from sesssrvr.deployment.order import Order
from sesssrvr.deployment.package_store import PackageStore
from sesssrvr.deployment.pool_overrides import PoolOverrides
from sesssrvr.model import (
    DeploymentDescriptor,
    HostSettings,
    Package,
    PoolConfiguration,
    VariableList,
)
from sesssrvr.pool import Limits, PoolKey
from sesssrvr.sessions.session_manager import SessionManager
from verdigris.errors import (
    BadPackage,
    CannotWrite,
    FollowsInstallation,
    NotOffered,
    Problem,
    UnknownVariable,
    WrongPackage,
)
from verdigris.metadata import Model as Described
from verdigris.wire import Offer, PoolOverride


POOL = PoolKey("pool", "P")
USERS = VariableList("Users", ("user",), (("a",), ("b",)))


class Program:
    """A program that only says what it is."""

    home = "HOME"

    def __init__(self, package):
        self.name = package.name
        self.digest = package.digest

    def host(self, _values):
        return HostSettings(host="bank", port=23)

    def metadata(self, version, namespace):
        return Described(
            name=self.name, version=version, namespace=namespace, digest=f"of {self.digest}"
        )

    def resolve(self, client, pool):
        for name in pool:
            if name not in ("user", "color"):
                raise UnknownVariable(model=self.name, variable=name, action="set")
        return dict(pool)


def package(name="M", digest="1", pools=(), lists=(), *, descriptor=True, **more):
    deployment = DeploymentDescriptor(name, pools=tuple(pools), **more) if descriptor else None
    return Package(name, None, deployment, tuple(lists), digest)


def pool(name="P", model="M", **more):
    return PoolConfiguration(name, model, **{"max_concurrent": 2, **more})


def digest(data):
    return sha256(data).hexdigest()


def done(coroutine):
    """What a coroutine that waits for nothing returns or raises."""
    outcome = []
    Deferred.fromCoroutine(coroutine).addBoth(outcome.append)
    (found,) = outcome
    if isinstance(found, Failure):
        found.raiseException()
    return found


class Setup:
    def __init__(self, folder):
        self.folder = folder
        self.packages = {}
        self.restart()

    def restart(self, **limits):
        clock = Clock()
        self.sessions = SessionManager(Limits(**limits), clock, None, lambda: 1.0)
        self.offering = Offering(clock)
        self.it = Deployer(
            "vs1",
            PackageStore(self.folder),
            self.sessions,
            self.offering,
            {"M": HostOverride("override", 99, tls=True)},
            PoolOverrides(self.folder / "pools.json"),
            self.read,
            Program,
        )

    def read(self, data, file):
        found = self.packages.get(data)
        if found is None:
            raise BadPackage.of(file, [Problem(file, 0, "rubbish")])
        return found

    def deploy(self, data, it):
        self.packages[data] = it
        return self.again(data)

    def again(self, data):
        return done(self.it.deploy(data))

    def take(self, data, file):
        return done(self.it.take(data, file))

    def follow(self, data, it, *, model="M", **order):
        """Deploy what the installation names."""
        self.packages[data] = it
        return done(self.it.deploy(data, order=Order(model, **{"package": digest(data), **order})))

    def origins(self):
        return {(it.kind, it.name): (it.package, it.follows) for it in self.offering.offers}

    def offered(self):
        return [(one.kind, one.name, one.digest, one.started) for one in self.offering.offers]

    def kept(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def setup(tmp_path):
    return Setup(tmp_path / "data")


def test_a_package_is_offered_with_its_pools(setup):
    answer = setup.deploy(b"1", package(pools=[pool(), pool("Q", start=False)]))
    assert (answer.model, answer.warnings) == ("M", ())
    assert setup.offered() == [
        ("model", "M", "of 1", True),
        ("pool", "P", "of 1", True),
        ("pool", "Q", "of 1", False),
    ]
    assert setup.kept() == ["M.zip"]


def test_it_is_there_again_after_a_restart_with_the_same_version(setup):
    answer = setup.deploy(b"1", package(pools=[pool()]))
    before = setup.offering.offers
    setup.restart()
    setup.it.load()
    assert setup.offering.offers == before
    assert setup.it.describe("pool", "P").version == answer.version


def test_a_broken_package_changes_nothing(setup):
    setup.deploy(b"1", package())
    before = setup.offered()
    with pytest.raises(BadPackage, match="rubbish"):
        setup.again(b"broken")
    assert setup.offered() == before
    assert (setup.folder / "M.zip").read_bytes() == b"1"


def test_a_broken_package_on_the_disk_leaves_the_others(setup):
    setup.deploy(b"1", package())
    setup.deploy(b"2", package("N"))
    (setup.folder / "M.zip").write_bytes(b"bitrot")
    setup.restart()
    setup.it.load()
    assert setup.offered() == [("model", "N", "of 1", True)]


def test_a_redeployment_replaces_the_whole_configuration(setup):
    setup.deploy(b"1", package(pools=[pool(), pool("Q")]))
    setup.deploy(b"2", package(digest="2", pools=[pool("Q", max_concurrent=7)]))
    assert setup.offered() == [("model", "M", "of 2", True), ("pool", "Q", "of 2", True)]
    assert setup.sessions.state.pools[PoolKey("pool", "Q")].settings.maximum == 7


def test_a_package_without_descriptor_leaves_pools_and_lists_alone(setup):
    setup.deploy(b"1", package(pools=[pool(variable_lists=("users",))], lists=[USERS]))
    for data in (b"2", b"3"):
        setup.deploy(data, package(digest=data.decode(), descriptor=False))
    assert setup.offered() == [("model", "M", "of 3", True), ("pool", "P", "of 3", True)]
    setup.restart()
    setup.it.load()
    assert setup.sessions.deployed[POOL].variables(1) == {"user": "b"}
    setup.deploy(b"4", package(digest="4"))
    assert setup.kept() == ["M.zip"]
    assert setup.offered() == [("model", "M", "of 4", True)]


def test_an_undeployed_model_is_gone_with_its_pools(setup):
    setup.deploy(b"1", package(pools=[pool()]))
    setup.it.undeploy("M")
    assert setup.offered() == []
    assert setup.kept() == ["M.undeployed"]
    with pytest.raises(NotOffered):
        setup.it.undeploy("M")
    with pytest.raises(NotOffered, match="session pool named P"):
        setup.it.describe("pool", "P")


def test_an_undeployed_model_stays_undeployed_after_a_restart(setup):
    """Its package may still lie in the watched folder."""
    setup.packages = {b"1": package(), b"2": package(digest="2")}
    setup.take(b"1", "m.zip")
    setup.it.undeploy("M")
    setup.restart()
    setup.it.load()
    setup.take(b"1", "m.zip")
    assert setup.offered() == []
    setup.take(b"2", "m.zip")
    assert setup.offered() != []
    setup.it.undeploy("M")
    setup.again(b"2")
    setup.restart()
    setup.it.load()
    setup.take(b"2", "m.zip")
    assert setup.offered() != []


def test_a_namespace_can_be_the_pools_the_deployments_or_the_models(setup):
    setup.deploy(b"1", package(pools=[pool(namespace="urn:p"), pool("Q")], namespace="urn:d"))
    assert setup.it.describe("pool", "P").namespace == "urn:p"
    assert setup.it.describe("pool", "Q").namespace == "urn:d"
    version = setup.it.describe("pool", "P").version
    most = setup.sessions.state.pools[PoolKey("pool", "P")].settings.maximum
    expected = Offer(
        "pool", "P", "M", "of 1", "urn:p", version=version, maximum=most, package=digest(b"1")
    )
    assert setup.offering.offers[1] == expected
    assert version


def test_settings_and_values_come_from_the_descriptors(setup):
    configured = pool(
        initial_idle=1,
        min_idle=2,
        max_idle=3,
        max_concurrent=4,
        max_pending=1,
        startup_entity="Menu",
        variables={"color": "blue"},
        variable_lists=("USERS",),
    )
    setup.restart(maximum_pending=1)
    answer = setup.deploy(
        b"1", package(pools=[configured], lists=[USERS], variables={"color": "red"})
    )
    settings, place = setup.sessions.state.pools[POOL].settings, setup.sessions.deployed[POOL]
    assert (settings.initial, settings.minimum_idle, settings.maximum_idle) == (1, 2, 3)
    assert (settings.maximum, settings.maximum_pending, settings.rows) == (4, 1, 2)
    assert (place.startup, place.variables(1)) == ("Menu", {"color": "blue", "user": "b"})
    assert place.override == HostOverride("override", 99, tls=True)
    assert answer.warnings == (
        "warning: session pool P: variable list Users has 2 rows for up to 4 sessions",
    )


def test_a_pool_larger_than_the_server_is_warned_of(setup):
    setup.restart(maximum=3)
    answer = setup.deploy(b"1", package(pools=[pool(max_concurrent=9)]))
    assert "9 sessions are more than the server's limit of 3" in answer.warnings[0]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"pools": [pool(variables={"nonsense": "1"})]}, "no variable nonsense"),
        ({"variables": {"nonsense": "1"}}, "no variable nonsense"),
        ({"pools": [pool("Q/x")]}, "is not a name for a session pool"),
        ({"name": "../x"}, "is not a name for a model"),
        ({"pools": [pool("Mine")]}, "already belongs to model N"),
    ],
)
def test_what_cannot_be_put_in_force_is_refused(setup, bad, said):
    setup.deploy(b"1", package("N", pools=[pool("Mine", "N")]))
    with pytest.raises(BadPackage, match=said):
        setup.deploy(b"2", package(**bad))
    assert setup.kept() == ["N.zip"]


def test_a_disk_that_fails_changes_nothing(setup, monkeypatch):
    setup.deploy(b"1", package())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        setup.deploy(b"2", package(digest="2"))
    assert setup.offered() == [("model", "M", "of 1", True)]
    assert setup.kept() == ["M.zip"]


def test_a_package_of_the_watched_folder_that_is_in_force_is_left_alone(setup):
    setup.deploy(b"1", package(pools=[pool()]))
    setup.restart()
    setup.it.load()
    generation = setup.sessions.state.pools[POOL].generation
    setup.take(b"1", "M.zip")
    assert setup.sessions.state.pools[POOL].generation == generation
    setup.packages[b"2"] = package(digest="2", pools=[pool()])
    setup.take(b"2", "M.zip")
    assert setup.offered()[1] == ("pool", "P", "of 2", True)


def test_accounts_that_two_models_have_at_one_host_are_told(setup):
    ours = VariableList("Users", ("user",), (("a",), ("b",)), identities=("ANN", "BEN"))
    theirs = VariableList("Staff", ("user",), (("c",), ("b",)), identities=("CAT", "Ben"))
    first = package("N", pools=[pool("P", "N", variable_lists=("Users",))], lists=[ours])
    assert not setup.deploy(b"1", first).warnings
    other = package("O", pools=[pool("Q", "O", variable_lists=("Staff",))], lists=[theirs])
    (said,) = setup.deploy(b"2", other).warnings
    assert "variable list Staff has accounts that a list of model N has too" in said
    assert "at the same host bank:23 (BEN): sessions of both" in said
    elsewhere = package("M", pools=[pool("R", "M", variable_lists=("Staff",))], lists=[theirs])
    assert not setup.deploy(b"3", elsewhere).warnings  # at the host of an override


# ---- models that follow the installation ---------------------------------------------------------


def test_a_model_that_follows_the_installation_says_so_also_after_a_restart(setup):
    setup.follow(b"1", package(pools=[pool()]))
    followed = {("model", "M"): (digest(b"1"), True), ("pool", "P"): (digest(b"1"), True)}
    assert setup.origins() == followed
    setup.restart()
    setup.it.load()
    assert setup.origins() == followed


def test_people_can_neither_deploy_nor_undeploy_it(setup):
    setup.follow(b"1", package())
    for attempt in (
        lambda: setup.deploy(b"2", package(digest="2")),
        lambda: setup.take(b"2", "M.zip"),
        lambda: setup.it.undeploy("M"),
    ):
        with pytest.raises(FollowsInstallation):
            attempt()
    assert setup.origins() == {("model", "M"): (digest(b"1"), True)}
    setup.it.undeploy("M", follows=True)
    assert setup.origins() == {}
    setup.deploy(b"2", package(digest="2"))
    assert setup.origins() == {("model", "M"): (digest(b"2"), False)}


def test_the_package_that_is_deployed_by_hand_is_taken_over_as_it_is(setup):
    first = setup.deploy(b"1", package(pools=[pool()]))
    generations = {key: it.generation for key, it in setup.sessions.state.pools.items()}
    assert setup.follow(b"1", package()) == first
    assert setup.origins()["model", "M"] == (digest(b"1"), True)
    assert {key: it.generation for key, it in setup.sessions.state.pools.items()} == generations
    setup.restart()
    setup.it.load()
    assert setup.origins()["model", "M"] == (digest(b"1"), True)


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"package": digest(b"other")}, WrongPackage),
        ({"model": "N"}, WrongPackage),
        ({"model": "m"}, WrongPackage),
    ],
)
def test_a_package_that_is_not_the_one_named_changes_nothing(setup, order, error):
    with pytest.raises(error):
        setup.follow(b"1", package(), **order)
    assert setup.origins() == {}
    assert list(setup.folder.iterdir()) == []


def test_a_package_for_the_installation_needs_a_descriptor(setup):
    """Which pools a server has would depend on what it had before."""
    with pytest.raises(BadPackage, match="deploy_desc"):
        setup.follow(b"1", package(descriptor=False))


def test_a_package_that_is_only_checked_is_not_deployed(setup):
    setup.follow(b"1", package())
    checked = setup.follow(b"2", package(pools=[pool(max_concurrent=5000)]), check=True)
    assert [it for it in checked.warnings if "more than the server" in it]
    with pytest.raises(BadPackage):
        done(setup.it.deploy(b"rubbish", order=Order("M", digest(b"rubbish"), check=True)))
    assert setup.origins() == {("model", "M"): (digest(b"1"), True)}


def test_a_disk_that_fails_between_package_and_mark_is_made_good_by_the_next_order(
    setup, monkeypatch
):
    def fails(*_args, **_more):
        raise CannotWrite(file="M.follows", reason="No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(PackageStore, "set_follows", fails)
        with pytest.raises(CannotWrite):
            setup.follow(b"1", package())
    setup.follow(b"1", package())
    assert setup.origins() == {("model", "M"): (digest(b"1"), True)}


# ---- pool overrides ------------------------------------------------------------------------------


def settings_of(setup, key=POOL):
    return setup.sessions.state.pools[key].settings


def test_an_override_holds_at_once_and_for_every_package_to_come(setup):
    setup.deploy(b"1", package(pools=[pool(max_concurrent=2, initial_idle=1, max_idle=2)]))
    setup.it.override((PoolOverride("P", maximum=7, minimum_idle=3),))
    assert settings_of(setup).numbers == (7, 1, 3, 2, 5)
    assert settings_of(setup).packaged == (2, 1, 0, 2, 5)
    assert [it.maximum for it in setup.offering.offers if it.name == "P"] == [7]
    setup.deploy(b"2", package(digest="2", pools=[pool(max_concurrent=4, initial_idle=6)]))
    assert settings_of(setup).numbers[:3] == (7, 6, 3)
    setup.it.override((PoolOverride("P", maximum=5),))
    assert settings_of(setup).numbers[:3] == (5, 5, 0)
    setup.it.override(())
    assert settings_of(setup).numbers[:3] == (4, 6, 0)
    assert settings_of(setup).packaged is None


def test_an_override_is_in_force_after_a_restart_without_a_management_server(setup):
    setup.deploy(b"1", package(pools=[pool()]))
    setup.it.override((PoolOverride("P", maximum=7),))
    setup.restart()
    setup.it.load()
    assert settings_of(setup).maximum == 7


def test_damaged_overrides_on_the_disk_are_those_of_nobody(setup):
    setup.deploy(b"1", package(pools=[pool()]))
    (setup.folder / "pools.json").write_bytes(b"{")
    setup.restart()
    setup.it.load()
    assert settings_of(setup).maximum == 2


def test_an_override_replaces_no_session(setup):
    setup.deploy(b"1", package(pools=[pool()]))
    before = setup.sessions.state.pools[POOL].generation
    setup.it.override((PoolOverride("P", maximum=7),))
    assert setup.sessions.state.pools[POOL].generation == before
