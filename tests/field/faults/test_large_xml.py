"""Packages and files of XML that are small to send and large to read."""

import io
import zipfile
from time import process_time

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from sesssrvr.deployment.deployer import Deployer
from sesssrvr.deployment.offers import Offering
from sesssrvr.deployment.package_store import PackageStore
from sesssrvr.deployment.pool_overrides import PoolOverrides
from sesssrvr.model import Package
from sesssrvr.model.host import HostSettings
from sesssrvr.model.package import FREE, MAX_RATIO, MAX_TAGS, unpack
from sesssrvr.pool import Limits
from sesssrvr.sessions.session_manager import SessionManager
from verdigris.config import xmlfile
from verdigris.config.installation import parse
from verdigris.errors import BadPackage, ConfigurationError, Problem
from verdigris.metadata import Model as Described


WITHIN = 1.0
"""Seconds of CPU; unbounded, each of these took 3 to 13."""


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def refusal(data):
    began = process_time()
    with pytest.raises(BadPackage) as caught:
        unpack(data)
    assert process_time() - began < WITHIN
    return str(caught.value)


def test_a_package_is_refused_for_its_ratio_before_it_is_unpacked():
    """A deflate stream of 1 byte can stand for 1,032 (zlib's FAQ); models have 5 to 20."""
    many = {f"model/entities/b{n}.xml": b"<a>" + b" " * 8_000_000 + b"</a>" for n in range(20)}

    assert "larger than allowed when unpacked" in refusal(zipped(many))


def test_a_package_is_refused_for_its_elements_before_they_are_parsed():
    many = {f"model/entities/b{n}.xml": b"<a>" + b"<b/>" * (FREE // 33) + b"</a>" for n in range(8)}
    assert sum(data.count(b"<") for data in many.values()) > MAX_TAGS

    assert "more than 1000000 elements" in refusal(zipped(many))


def test_a_package_of_screens_of_blanks_is_in_bounds():
    """Captured screens are the most compressible honest content."""
    screens = {
        f"model/screens/s{n}.txt": (f"{n:<80}\n" + " " * 80 + "\n" * 23).encode()
        for n in range(3_000)
    }
    data = zipped(screens)

    assert sum(map(len, screens.values())) / len(data) < MAX_RATIO
    assert len(unpack(data)) == 3_000


def test_a_file_of_very_many_elements_is_not_parsed():
    data = b"<a>" + b"<b/>" * (xmlfile.MAX_ELEMENTS * 2) + b"</a>"
    began = process_time()
    with pytest.raises(ConfigurationError, match="more than 200000 elements"):
        xmlfile.parse(data, "x.xml")
    assert process_time() - began < WITHIN


def test_an_installation_of_10_000_servers_is_read_in_time():
    servers = "".join(f'<session-server name="vs{n}" address="h{n}:1"/>' for n in range(10_000))
    members = "".join(f'<member server="vs{n}" weight="1"/>' for n in range(10_000))
    text = (
        f'<installation xmlns="urn:verdigris:installation:1" id="x"><session-servers>{servers}'
        f'</session-servers><domains><domain name="d">{members}</domain></domains></installation>'
    )
    began = process_time()
    assert len(parse(text.encode()).servers) == 10_000
    assert process_time() - began < WITHIN


def test_an_error_lists_a_thousand_problems_and_counts_the_others():
    error = ConfigurationError.of("f", [Problem("f", n, "wrong") for n in range(50_000)])

    assert len(error.problems) == 1_001
    assert str(error).endswith("49000 further problems are not listed")


def test_a_package_is_read_elsewhere_and_put_in_force_in_the_event_loop(tmp_path):
    """Reading one holds whatever thread does it for seconds: heartbeats and clients wait."""
    clock, jobs = Clock(), []

    def elsewhere(job):
        jobs.append((job, Deferred()))
        return jobs[-1][1]

    sessions = SessionManager(Limits(), clock, None, lambda: 1.0)
    deployer = Deployer(
        "vs1",
        PackageStore(tmp_path / "data"),
        sessions,
        Offering(clock),
        {},
        PoolOverrides(tmp_path / "pools.json"),
        lambda data, file: Package(data.decode(), None, None, (), "d"),
        _Program,
        elsewhere,
    )

    def run():
        job, outcome = jobs.pop(0)
        outcome.callback(job())

    first = Deferred.fromCoroutine(deployer.deploy(b"M"))
    second = Deferred.fromCoroutine(deployer.deploy(b"N"))
    first.addErrback(lambda _: None).cancel()  # its caller leaves: half a deployment would be worse
    assert not sessions.deployed

    for _ in range(4):
        assert len(jobs) == 1, "one after the other"
        run()

    assert sorted(key.name for key in sessions.deployed) == ["M", "N"]
    assert second.called


class _Program:
    home = ""

    def __init__(self, package):
        self.name = package.name

    def metadata(self, version, namespace):
        return Described(name=self.name, version=version, namespace=namespace, digest="d")

    def resolve(self, client, pool):
        return dict(pool)

    def host(self, values):
        return HostSettings()
