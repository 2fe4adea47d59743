"""Packages are copied to the other management servers, and fetched from them; never other bytes."""

from types import SimpleNamespace

import pytest

from mgmtsrvr.deployments.package_folder import PackageFolder
from mgmtsrvr.deployments.packages import Packages
from mgmtsrvr.store import MemoryStore
from tests.support.access import now
from tests.support.following import digest
from tests.support.management import installation_xml
from verdigris.config.installation import parse
from verdigris.config.watch import at_once
from verdigris.errors import PackageMissing, ServerUnreachable, WrongPackage
from verdigris.wire import FetchPackage, KeepPackage, PackageIs


ONE = digest(b"one")
XML = installation_xml([("A", 1)])
NAMING = XML.replace(
    b"</installation>",
    f'<deployments><deployment model="M" package="{ONE}"><to domain="d"/></deployment></deployments></installation>'.encode(),
)


class Cluster:
    """Management servers that reach each other unless they are `down`; `lies` give other bytes."""

    def __init__(self, folder):
        self.folder, self.down, self.lies = folder, set(), set()
        self.at = {name: self.packages(name) for name in ("m1", "m2", "m3")}

    def packages(self, name):
        names = [other for other in ("m1", "m2", "m3") if other != name]
        peers = SimpleNamespace(
            servers=[SimpleNamespace(name=other) for other in names], call=self.call
        )
        return Packages(PackageFolder(self.folder / name), peers, at_once, lambda: 0.0)

    async def call(self, peer, body, kind, seconds, request_id):
        if peer.name in self.down:
            raise ServerUnreachable(server=peer.name, address="?", reason="refused")
        if peer.name in self.lies and isinstance(body, FetchPackage):
            return PackageIs(b"something else")
        its = self.at[peer.name]
        return await (its.take(body) if isinstance(body, KeepPackage) else its.give(body))

    def holders(self):
        return {name for name in self.at if (self.folder / name / f"{ONE}.zip").exists()}


@pytest.fixture
def cluster(tmp_path):
    return Cluster(tmp_path)


def test_a_package_is_everywhere_before_it_is_named(cluster):
    assert now(cluster.at["m1"].keep(b"one", "r")) == ONE
    assert cluster.holders() == {"m1", "m2", "m3"}


def test_one_that_was_away_fetches_it_when_the_installation_names_it(cluster):
    cluster.down = {"m3"}
    now(cluster.at["m1"].keep(b"one", "r"))
    assert cluster.holders() == {"m1", "m2"}
    cluster.down = {"m1"}
    assert now(cluster.at["m3"].fetch_all(parse(NAMING)))
    assert cluster.holders() == {"m1", "m2", "m3"}


def test_bytes_that_are_not_those_named_are_taken_from_nobody(cluster):
    cluster.down = {"m3"}
    now(cluster.at["m1"].keep(b"one", "r"))
    cluster.lies, cluster.down = {"m1"}, set()
    assert now(cluster.at["m3"].get(ONE)) == b"one"
    cluster.lies = {"m1", "m2"}
    (cluster.folder / "m3" / f"{ONE}.zip").unlink()
    with pytest.raises(PackageMissing):
        now(cluster.at["m3"].get(ONE))
    with pytest.raises(WrongPackage):
        now(cluster.at["m3"].take(KeepPackage(ONE, b"other")))
    assert cluster.holders() == {"m1", "m2"}


def test_a_package_that_nobody_has_is_missing_and_is_told(cluster):
    with pytest.raises(PackageMissing, match=ONE[:12]):
        now(cluster.at["m1"].get(ONE))
    assert not now(cluster.at["m1"].fetch_all(parse(NAMING)))


def test_what_a_kept_version_names_is_kept(cluster, tmp_path):
    packages = cluster.at["m1"]
    for data in (b"one", b"two"):
        now(packages.keep(data, "r"))
    store = MemoryStore(NAMING, parse)
    now(store.publish(XML, now(store.load()).revision))
    packages._seconds = lambda: 1e12
    now(packages.collect(store))
    assert cluster.holders() >= {"m1"}
    assert not (tmp_path / "m1" / f"{digest(b'two')}.zip").exists()
