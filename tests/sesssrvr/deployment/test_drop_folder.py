"""A package put into the watched folder is deployed once it stands still."""

import pytest

from sesssrvr.deployment.drop_folder import DropFolder
from verdigris.errors import BadPackage, Problem


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deploy"


@pytest.fixture
def drop(folder):
    deployed = []

    async def deploy(data, file):
        if data == b"broken":
            raise BadPackage.of(file, [Problem(file, 0, "rubbish")])
        deployed.append((file, data))

    it = DropFolder(folder, deploy)
    it.deployed = deployed
    return it


def test_a_folder_that_is_not_there_yet_is_no_problem(drop):
    drop.look()
    assert drop.deployed == []


def test_a_package_is_deployed_at_the_second_look_and_once(folder, drop):
    folder.mkdir()
    (folder / "M.zip").write_bytes(b"1")
    (folder / "README").write_bytes(b"no package")
    drop.look()
    assert drop.deployed == []
    for _ in range(3):
        drop.look()
    assert drop.deployed == [("M.zip", b"1")]


def test_a_growing_file_is_left_alone_until_it_stands_still(folder, drop):
    folder.mkdir()
    for size in range(1, 5):
        (folder / "M.zip").write_bytes(b"x" * size)
        drop.look()
    assert drop.deployed == []
    drop.look()
    assert drop.deployed == [("M.zip", b"xxxx")]


def test_a_newer_package_is_deployed_again_and_the_same_bytes_are_not(folder, drop):
    folder.mkdir()
    for data in (b"1", b"22", b"22"):
        (folder / "M.zip").write_bytes(data)
        drop.look()
        drop.look()
    assert [data for _, data in drop.deployed] == [b"1", b"22"]


def test_a_broken_package_is_reported_once_and_taken_when_it_is_good(folder, drop):
    folder.mkdir()
    (folder / "M.zip").write_bytes(b"broken")
    for _ in range(4):
        drop.look()
    (folder / "M.zip").write_bytes(b"good")
    drop.look()
    drop.look()
    assert [data for _, data in drop.deployed] == [b"good"]


def test_taking_a_package_out_undeploys_nothing(folder, drop):
    folder.mkdir()
    (folder / "M.zip").write_bytes(b"1")
    drop.look()
    drop.look()
    (folder / "M.zip").unlink()
    drop.look()
    assert len(drop.deployed) == 1
