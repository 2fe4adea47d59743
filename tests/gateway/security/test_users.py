"""The users file: lines, hashes, edits, what is told of it."""

import hashlib
import subprocess
import sys

import pytest
from twisted.internet.task import Clock

from gateway.security.users import User, Users, line_of, read_users
from verdigris.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr("gateway.security.users.COST", (16, 1, 1))


def test_a_line_has_the_password_and_no_other():
    user = read_users(line_of("ops", "s3cret:x"), "users")["ops"]

    assert user.has("s3cret:x")
    assert not user.has("s3cret")
    assert repr(user) == "<User 'ops' hash=hidden>"


def test_clear_ones_remarks_and_empty_lines():
    users = read_users("# people\n\nops:clear:a:b\n" + line_of("dev", "x"), "users")

    assert users["ops"].clear == "a:b"
    assert users["ops"].has("a:b")
    assert repr(users["ops"]) == "<User 'ops' password=hidden>"
    assert set(users) == {"ops", "dev"}


@pytest.mark.parametrize(
    "line",
    ["ops", "ops:", "ops:clear:", ":clear:x", "ops:md5:x", "ops:scrypt:16:1:1:AAAA",
     "ops:scrypt:a:1:1:AAAA:AAAA", "ops:scrypt:16:1:1:*:AAAA", "ops:scrypt:15:1:1:AAAA:AAAA",
     "ops:scrypt:1073741824:8:1:AAAA:AAAA", "ops:scrypt:0:1:1:AAAA:AAAA"],
)  # fmt: skip
def test_a_line_that_is_none_is_named_by_its_number_and_not_repeated(line):
    with pytest.raises(ConfigurationError) as caught:
        read_users(f"a:clear:b\n{line}\n{line}", "users")

    assert [problem.line for problem in caught.value.problems] == [2, 3]
    assert "AAAA" not in str(caught.value)


def test_a_user_given_twice_is_a_mistake():
    with pytest.raises(ConfigurationError):
        read_users("a:clear:b\na:clear:c", "users")


def test_an_edit_counts_and_a_broken_one_changes_nothing(tmp_path, logged):
    file = tmp_path / "users"
    file.write_text("ops:clear:one\n")
    clock = Clock()
    users = Users(file, clock)
    users.start()
    assert users.check("ops", "one")
    assert users.known("ops", "one")
    assert not users.known("ops", "two")

    file.write_text("ops:clear:second\n")
    clock.pump([0.1] * 5)
    assert not users.known("ops", "one")
    assert not users.check("ops", "one")
    assert users.check("ops", "second")

    file.write_text("broken s3cret\n")
    clock.pump([0.1] * 5)
    users.stop()
    assert users.check("ops", "second")
    assert any("last good version stays" in line for line in logged())
    assert not any("s3cret" in line for line in logged())


def test_a_check_begun_before_an_edit_does_not_count_after_it(tmp_path, monkeypatch):
    file, clock = tmp_path / "users", Clock()
    file.write_text("ops:clear:one\n")
    users = Users(file, clock)
    users.start()
    has = User.has

    def edited_meanwhile(user, password):
        file.write_text("ops:clear:second\n")
        clock.pump([0.1] * 5)
        return has(user, password)

    monkeypatch.setattr(User, "has", edited_meanwhile)
    assert users.check("ops", "one")
    users.stop()
    assert not users.known("ops", "one")


def test_nobody_else_is_known(tmp_path):
    file = tmp_path / "users"
    file.write_text(line_of("ops", "x"))
    users = Users(file, Clock())

    assert not users.check("stranger", "x")
    assert users.clear_password("ops") is None
    assert "1" in repr(users)


def test_an_unknown_user_costs_a_hash_as_a_known_one_does(tmp_path, monkeypatch):
    file, made = tmp_path / "users", []
    file.write_text(line_of("ops", "x"))
    users = Users(file, Clock())
    plain = hashlib.scrypt
    monkeypatch.setattr(hashlib, "scrypt", lambda *a, **more: made.append(1) or plain(*a, **more))
    for name in ("ops", "stranger"):
        assert not users.check(name, "wrong")
    assert len(made) == 2


def test_a_weak_hash_costs_as_much_as_one_made_now(tmp_path, monkeypatch):
    file, work, plain = tmp_path / "users", [], hashlib.scrypt
    file.write_text(line_of("ops", "x"))

    def counted(password, *, salt, n, r, p, maxmem):
        work.append(n * r * p)
        return plain(password, salt=salt, n=n, r=r, p=p, maxmem=maxmem)

    monkeypatch.setattr("gateway.security.users.COST", (16, 1, 5))
    users = Users(file, Clock())
    monkeypatch.setattr(hashlib, "scrypt", counted)
    assert users.check("ops", "x")
    assert sum(work) == 16 * 5


def test_a_file_that_cannot_be_read_is_told_at_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Users(tmp_path / "none", Clock())


@pytest.mark.processes
def test_the_program_refuses_names_that_are_none():
    found = subprocess.run(
        [sys.executable, "-m", "verdigris_command", "hash-password", "a:b"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, found.stdout) == (2, "")


@pytest.mark.processes
def test_the_program_takes_a_password_from_a_pipe_and_none_is_no_traceback():
    command = [sys.executable, "-m", "verdigris_command", "hash-password", "ops"]
    found = subprocess.run(
        command, input="s3cret\n", capture_output=True, text=True, check=False, timeout=60
    )
    assert read_users(found.stdout, "users")["ops"].has("s3cret")
    none = subprocess.run(
        command, input="", capture_output=True, text=True, check=False, timeout=60
    )
    assert (none.returncode, none.stdout) == (2, "")
    assert "no password was given" in none.stderr
    assert "Traceback" not in none.stderr
