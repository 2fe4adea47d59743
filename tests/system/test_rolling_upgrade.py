"""Parts of an earlier version beside today's: an installation is upgraded one process at a time.

The earlier version is the commit `VERDIGRIS_BASELINE`, by default the last one that had a single
management server and plain text only.
"""

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from verdigris_command.demo.fleet import SEED_DOMAIN


pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
ALONE = SEED_DOMAIN[:1]
"""One session server: those of the earlier version did not share out the rows of variable lists."""
BASELINE = os.environ.get("VERDIGRIS_BASELINE", "f37e985")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory) -> Path:
    """The code of the earlier version."""
    made = subprocess.run(
        ["git", "-C", str(ROOT), "archive", BASELINE],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"the commit {BASELINE} is not in this checkout")
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("order", ["mgmtsrvr vs1 gateway", "gateway vs1 mgmtsrvr"])
def test_an_installation_is_upgraded_one_part_at_a_time(start, earlier, order):
    """In the order of docs/operate.md and in the reverse; after each step every part works with every other."""
    town = start(members=ALONE, environment={"PYTHONPATH": str(earlier)})
    assert town.ask("/management-servers")[0] == 404  # the earlier version did not have it
    answers = town.many(6, at_once=3)
    assert all(answer.ok for answer in answers), [(it.code, it.text) for it in answers]
    for name in order.split():
        process = town.fleet[name]
        process.stop(20.0)
        process.environment = {}
        town.fleet.start_part(name)
        town.ready()
        assert all(answer.ok for answer in town.many(6, at_once=3)), name
    assert town.ask("/management-servers")[0] == 200


def test_a_part_of_the_earlier_version_comes_back_into_todays(start, earlier):
    town = start(members=ALONE)
    for name in ("vs1", "gateway"):
        town.fleet[name].kill()
        town.fleet[name].environment = {"PYTHONPATH": str(earlier)}
        town.fleet.start_part(name)
    town.ready()
    answers = town.many(6, at_once=3)
    assert all(answer.ok for answer in answers), [(it.code, it.text) for it in answers]
