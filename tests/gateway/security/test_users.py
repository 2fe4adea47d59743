"""The users file: lines, hashes, edits, what is told of it."""

import base64
import hashlib
import subprocess
import sys

import pytest
from twisted.internet.task import Clock

from gateway.security import users as users_module
from gateway.security.users import Users, line_of, read_users, warnings_about
from verdigris.errors import ConfigurationError


SCRYPT = (
    "old:scrypt:16:1:5:c2FsdA==:"
    + base64.b64encode(hashlib.scrypt(b"s3cret", salt=b"salt", n=16, r=1, p=5)).decode()
)
"""A line of an earlier version, cheaper than those were."""


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr("gateway.security.users.SCRYPT_COST", (16, 1, 10))


def test_a_line_has_the_password_and_no_other():
    line = line_of("ops", "s3cret:x")
    user = read_users(line, "users")["ops"]

    assert line.startswith("ops:$argon2id$v=19$")
    assert user.has("s3cret:x")
    assert not user.has("s3cret")
    assert repr(user) == "<FileUser 'ops' hash=hidden>"


def test_a_line_of_an_earlier_version_counts_and_is_warned_about_with_the_command(tmp_path):
    users = read_users(SCRYPT, "users")

    assert users["old"].has("s3cret")
    assert not users["old"].has("s3cre")
    file = tmp_path / "users"
    file.write_text("")
    file.chmod(0o600)
    (warning,) = warnings_about(users.values(), file)
    assert "the hashes of old are weaker" in warning
    assert "verdigris hash-password" in warning
    assert "s3cret" not in warning
    assert not [*warnings_about(read_users(line_of("ops", "x"), "users").values(), file)]


def test_clear_ones_remarks_and_empty_lines():
    users = read_users("# people\n\nops:clear:a:b\n" + line_of("dev", "x"), "users")

    assert users["ops"].clear == "a:b"
    assert users["ops"].has("a:b")
    assert repr(users["ops"]) == "<FileUser 'ops' password=hidden>"
    assert set(users) == {"ops", "dev"}


@pytest.mark.parametrize(
    "line",
    ["ops", "ops:", "ops:clear:", ":clear:x", "ops:md5:x", "ops:scrypt:16:1:1:AAAA",
     "ops:scrypt:a:1:1:AAAA:AAAA", "ops:scrypt:16:1:1:*:AAAA", "ops:scrypt:15:1:1:AAAA:AAAA",
     "ops:scrypt:1073741824:8:1:AAAA:AAAA", "ops:scrypt:0:1:1:AAAA:AAAA", "ops:$argon2id$AAAA",
     "ops:$argon2id$v=19$m=9999999,t=2,p=1$AAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA"],
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
    changed = []
    users = Users(file, clock, changed=lambda: changed.append(1))
    users.start()
    assert users.check("ops", "one")
    assert not users.check("ops", "two")
    assert changed == []

    file.write_text("ops:clear:second\n")
    clock.pump([0.1] * 5)
    assert changed == [1], "what was right before is asked again"
    assert not users.check("ops", "one")
    assert users.check("ops", "second")

    file.write_text("broken s3cret\n")
    clock.pump([0.1] * 5)
    users.stop()
    assert users.check("ops", "second")
    assert any("last good version stays" in line for line in logged())
    assert not any("s3cret" in line for line in logged())


def test_nobody_else_is_known(tmp_path):
    file = tmp_path / "users"
    file.write_text(line_of("ops", "x"))
    users = Users(file, Clock())

    assert not users.check("stranger", "x")
    assert users.clear_password("ops") is None
    assert "1" in repr(users)


@pytest.mark.parametrize("lines", ["", SCRYPT + "\n"])
def test_every_check_of_a_file_costs_as_much(tmp_path, monkeypatch, lines):
    file, made, scrypt = tmp_path / "users", [], hashlib.scrypt
    file.write_text(f"{lines}clear:clear:x\n{line_of('ops', 'x')}")
    users = Users(file, Clock())

    def counted(password, *, salt, n, r, p, maxmem):
        made.append(n * r * p)
        return scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=maxmem)

    monkeypatch.setattr(users_module, "NO_SCRYPT", users_module.ScryptHash((16, 1, 10), b"x", b""))
    monkeypatch.setattr(hashlib, "scrypt", counted)
    matches = users_module.matches
    monkeypatch.setattr(
        users_module, "matches", lambda *given: made.append("argon2id") or matches(*given)
    )
    costs = set()
    for name in ("ops", "stranger", "clear", "old"):
        users.check(name, "wrong")
        costs.add((made.count("argon2id"), sum(it for it in made if it != "argon2id")))
        made.clear()
    assert costs == {(1, 160 if lines else 0)}


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
