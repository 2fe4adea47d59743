"""`verdigris user` and `verdigris group` on a file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from verdigris.config.users import parse, sample
from verdigris.passwords import matches
from verdigris.rights import Principal, Profile


Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users.xml"
    path.write_text(sample())
    path.chmod(0o600)
    return path


def test_a_user_is_added_listed_locked_and_removed(run: Run, file: Path):
    where = {"VERDIGRIS_USERS": str(file)}
    added = run("user", "add", "bob", "--profile", "user", "--group", "tellers", text="hunter2hunter2\n", **where)  # fmt: skip
    assert (added.exit_code, added.output) == (0, "user bob is added\n")
    users = parse(file.read_bytes())
    assert matches("hunter2hunter2", users.users["bob"].password)
    assert users.rights.profiles[Profile.USER].users == {Principal("bob")}
    assert run("user", "lock", "bob", **where).exit_code == 0
    listed = json.loads(run("user", "list", "--json", **where).stdout)
    assert listed == [
        {"user": "alice", "profiles": [], "groups": ["tellers"], "state": ""},
        {"user": "bob", "profiles": ["User"], "groups": ["tellers"], "state": "locked"},
    ]
    assert run("user", "remove", "bob", **where).exit_code == 0
    assert "bob" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_earlier_versions_are_readable_by_their_owner_alone(run: Run, file: Path):
    assert run("group", "add", "staff", "--file", str(file)).exit_code == 0
    versions = file.with_name("users.xml.versions")
    assert versions.stat().st_mode & 0o777 == 0o700
    assert all(it.stat().st_mode & 0o777 == 0o600 for it in versions.iterdir())


def test_a_generated_password_is_printed_and_is_that_of_admin(run: Run, file: Path):
    done = run("user", "password", "admin", "--generate", "--file", str(file))
    password = done.output.splitlines()[0]
    assert matches(password, parse(file.read_bytes()).users["admin"].password)


def test_groups_contain_users_and_groups_of_other_directories(run: Run, file: Path):
    where = {"VERDIGRIS_USERS": str(file)}
    run("group", "add", "staff", "--profile", "Developer", **where)
    assert run("group", "include", "staff", "tellers", "--as-group", **where).exit_code == 0
    unknown = run("group", "include", "staff", "eve@corporate", **where)
    assert unknown.exit_code == 4
    assert "there is no directory corporate" in unknown.stderr
    rows = json.loads(run("group", "list", "--json", **where).stdout)
    assert rows[1] == {"group": "staff", "users": [], "groups": ["tellers"]}
    assert "tellers" in run("group", "list", **where).output
    run("group", "include", "staff", "tellers", "--as-group", "--off", **where)
    assert run("group", "remove", "staff", **where).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "text", "status", "said"),
    [
        (("user", "add", "bob"), "short\n", 2, "fewer than 8 characters"),
        (("user", "add", "bob"), "", 2, "fewer than 8 characters"),
        (("user", "add", "Alice"), "long enough\n", 4, "Error 9152"),
        (("user", "add", "a b"), "long enough\n", 4, "Error 9500"),
        (("user", "add", "bob", "--profile", "Boss"), "long enough\n", 2, "Boss"),
        (("user", "remove", "admin"), "", 4, "Error 9150"),
        (("user", "password", "carol"), "long enough\n", 4, "Error 9150"),
        (("group", "remove", "nobody"), "", 4, "Error 9151"),
        (("user", "list", "--file", "/nowhere/users.xml"), "", 4, "Error 9500"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    run: Run, file: Path, arguments: tuple[str, ...], text: str, status: int, said: str
):
    result = run(*arguments, text=text, VERDIGRIS_USERS=str(file))
    assert (result.exit_code, said in result.stderr) == (status, True), result.stderr
    assert file.read_text() == sample()
