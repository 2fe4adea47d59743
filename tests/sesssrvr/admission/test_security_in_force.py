"""Session server security as several management servers say it, and over a restart."""

import pytest

from sesssrvr.admission.security_in_force import FILE, SecurityInForce
from verdigris.tokens import SigningKey
from verdigris.wire import SessionSecurity, TokenKey


ONE, TWO = (SigningKey(bytes([number]) * 32) for number in (1, 2))


def said(on, *keys):
    return SessionSecurity(on == "on", tuple(TokenKey(key.public, 2_000_000_000) for key in keys))


def test_a_new_session_server_checks_nobody(tmp_path):
    assert not SecurityInForce(tmp_path).checks_users


def test_one_of_a_secured_installation_checks_users_until_it_is_told_otherwise(tmp_path):
    it = SecurityInForce(tmp_path, untold=True)
    assert it.checks_users
    it.take("m1", said("off"))
    assert not it.checks_users
    assert not SecurityInForce(tmp_path, untold=True).checks_users


def test_what_was_said_last_counts_after_a_restart(tmp_path):
    SecurityInForce(tmp_path).take("m1", said("on"))
    assert SecurityInForce(tmp_path).checks_users
    SecurityInForce(tmp_path).take("m1", said("off"))
    assert not SecurityInForce(tmp_path).checks_users


def test_it_is_on_while_one_management_server_says_so(tmp_path):
    it = SecurityInForce(tmp_path)
    it.take("m1", said("on"))
    it.take("m2", said("off"))
    assert it.checks_users
    it.take("m1", said("off"))
    assert not it.checks_users


def test_the_keys_of_all_management_servers_count(tmp_path):
    it = SecurityInForce(tmp_path)
    it.take("m1", said("on", ONE))
    it.take("m2", said("on", TWO))
    assert set(it.keys) == {ONE.id, TWO.id}
    it.take("m1", said("on"))
    assert set(it.keys) == {TWO.id}


def test_a_management_server_that_was_removed_has_no_say(tmp_path):
    it = SecurityInForce(tmp_path)
    it.take("m1", said("on", ONE))
    it.take("m2", said("off", TWO))
    it.keep(frozenset({"m2"}))
    assert not it.checks_users
    assert set(it.keys) == {TWO.id}


def test_nobody_left_turns_nothing_off(tmp_path):
    it = SecurityInForce(tmp_path)
    it.take("m1", said("on", ONE))
    it.keep(frozenset())
    assert it.checks_users


@pytest.mark.parametrize("text", [b"", b"yes", b"\xff"])
def test_a_file_that_is_not_understood_is_on(tmp_path, text):
    (tmp_path / FILE).write_bytes(text)
    assert SecurityInForce(tmp_path).checks_users


def test_a_key_that_is_none_is_left_out(tmp_path):
    it = SecurityInForce(tmp_path)
    it.take(
        "m1",
        SessionSecurity(
            checks_users=True, token_keys=(TokenKey(b"short", 1), TokenKey(ONE.public, 1))
        ),
    )
    assert set(it.keys) == {ONE.id}


def test_a_disk_that_takes_nothing_changes_nothing_else(tmp_path):
    it = SecurityInForce(tmp_path / "missing" / "folder")
    it.take("m1", said("on"))
    assert it.checks_users
