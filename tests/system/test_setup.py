"""An installation set up from nothing, with the commands users type."""

import json
import os
import stat
import time

import pytest

from tests.support.setups import Installation


pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    found = Installation(tmp_path_factory.mktemp("setup"), f"{20 + os.getpid() % 200}.1")
    try:
        found.init()
        yield found
    finally:
        found.close()


def until(holds, seconds=15):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def states(there):
    return {it["name"]: it["state"] for it in json.loads(there.get(f"{there.api}/servers"))}


def test_keys_and_users_are_readable_by_their_owner_alone(there):
    for name in ("authority/key.pem", "identity/key.pem", "users.xml"):
        mode = (there.folder / "m1" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600, name
    assert there.PASSWORD not in (there.folder / "m1" / "users.xml").read_text()


def test_a_generated_password_is_shown_once_and_kept_nowhere(there):
    said = there.done("init", "other", "--address", "127.0.0.1", "--no-start")
    (line,) = [line for line in said.splitlines() if "User admin" in line]
    password = line.split()[2]
    for path in (there.folder / "other").rglob("*"):
        assert path.is_dir() or password not in path.read_text()


def test_a_session_server_joins_by_a_token_that_works_once(there):
    token = there.token("session-server")
    there.joined("session-server", "vs1", "--domain", "default", token=token)
    until(lambda: states(there).get("vs1") == "online")
    again = there.join("session-server", "vs9", token=token)
    assert again.returncode == 4
    assert "Error 9235: session server vs9 may not join: the token has been used" in again.stderr
    assert not (there.folder / "vs9").exists()


@pytest.mark.parametrize(
    ("role", "more", "said"),
    [
        ("gateway", (), "the token is for a session server"),
        ("session-server", ("--name", "vs7"), "the token is for a session server vs8"),
    ],
)
def test_a_token_is_for_one_role_and_name(there, role, more, said):
    token = there.token("session-server", "--name", "vs8")
    found = there.join(role, "vs8", *more, token=token)
    assert found.returncode == 4
    assert said in found.stderr


def test_an_expired_token_lets_nobody_in(there):
    token = there.token("session-server", "--hours", "0.000001")
    time.sleep(0.01)
    assert "the token expired at" in there.join("session-server", "vs8", token=token).stderr


def test_a_token_of_another_installation_is_noticed_before_it_is_sent(there):
    there.command("init", "elsewhere", "--address", "127.0.0.1", "--no-start")
    token = there.done(
        "token", "create", "--role", "session-server", "--config", "elsewhere/mgmtsrvr.xml"
    ).strip()
    found = there.join("session-server", "vs8", token=token)
    assert "Error 9237" in found.stderr
    assert f"its authority is {there.fingerprint}, not " in found.stderr


def test_a_password_is_checked_and_its_wrongness_takes_its_time(there):
    began = time.monotonic()
    found = there.join("session-server", "vs8", VERDIGRIS_PASSWORD="wrong")
    assert "session server vs8 may not join: user name or password is wrong" in found.stderr
    assert time.monotonic() - began > 0.5
    assert "wrong" not in there.log("m1").replace("is wrong", "")


def test_the_fingerprint_has_to_be_compared(there):
    found = there.join("gateway", "gw8", "--fingerprint", "AB:CD")
    assert f"its authority is {there.fingerprint}, not AB:CD" in found.stderr
    asked = there.command(
        "join", "gw8", "--management", there.m1, "--role", "gateway", "--user", "admin"
    )
    assert there.fingerprint in asked.stderr
    assert "repeat the command with --fingerprint" in asked.stderr


def test_a_part_that_was_set_up_is_not_set_up_again(there):
    before = (there.folder / "m1" / "identity" / "certificate.pem").read_bytes()
    assert "nothing is changed" in there.command("init", "m1", "--no-start").stderr
    assert (there.folder / "m1" / "identity" / "certificate.pem").read_bytes() == before


def test_a_removed_part_is_out_at_once_and_may_join_again(there):
    there.joined("session-server", "vs2", "--domain", "default")
    until(lambda: states(there).get("vs2") == "online")
    there.done("remove", "session-server", "vs2", "--api", there.api)
    until(lambda: "vs2" not in states(there))
    until(lambda: "has been revoked" in there.log("vs2"))
    assert "vs2" not in there.done("parts", "--api", there.api)
    there.processes["vs2"].stop()
    (there.folder / "vs2").rename(there.folder / "vs2.old")
    there.joined("session-server", "vs2", "--domain", "default")
    until(lambda: states(there).get("vs2") == "online")


def test_a_part_leaves_by_itself(there):
    there.joined("gateway", "gw1", "--domain", "default")
    assert "gw1" in there.done("parts", "--api", there.api)
    there.processes["gw1"].stop()
    assert "has left" in there.done("leave", "gw1")
    assert "gw1" not in there.done("parts", "--api", there.api)
    assert not (there.folder / "gw1" / "identity" / "key.pem").exists()
