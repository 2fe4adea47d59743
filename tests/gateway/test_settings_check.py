"""`verdigris check` judges plugin-cfg.xml as the gateway does, with the files it names."""

import os

import pytest

from gateway.cli.settings_check import load
from gateway.security.users import line_of
from tests.gateway.security.test_tls import written
from verdigris.errors import ConfigurationError


def text(**entries):
    inside = "".join(f'<entry key="{key}">{value}</entry>' for key, value in entries.items())
    return f"<properties>{inside}</properties>".encode()


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "users").write_text(line_of("ann", "secret") + "\n")
    (tmp_path / "users").chmod(0o600)
    written(tmp_path)
    data = text(
        usersFile="users", authnService="true",
        certificateFile="cert.pem", privateKeyFile="key.pem",
    )  # fmt: skip
    assert load(data, str(tmp_path / "plugin-cfg.xml")).warnings == ()


def test_what_can_be_used_and_should_be_mended_is_a_warning(tmp_path):
    (tmp_path / "users").write_text("ann:scrypt:16384:8:1:c2FsdA==:aGFzaA==\nbob:clear:x\n")
    (tmp_path / "users").chmod(0o644)
    said = [str(one) for one in load(text(usersFile="users"), str(tmp_path / "p.xml")).warnings]
    assert len(said) == 2
    assert "the hashes of ann are weaker" in said[0]
    assert "chmod o-r" in said[1]


def test_a_password_that_everybody_may_read_is_a_warning(tmp_path):
    (tmp_path / "password").write_text("of the gateway\n")
    (tmp_path / "password").chmod(0o644)
    data = text(gatewayUser="gw", gatewayPasswordFile="password")
    (said,) = load(data, str(tmp_path / "p.xml")).warnings
    assert "chmod o-r" in str(said)


def test_folders_in_which_nothing_can_be_kept_are_told_and_not_made(tmp_path, monkeypatch):
    file = str(tmp_path / "p.xml")
    assert load(text(), file).warnings == ()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "access", lambda *_: False)
    said = [str(one) for one in load(text(), file).warnings]
    assert len(said) == 2
    assert "Idempotency-Keys and descriptions of services cannot be kept in" in said[0]
    assert "the gateway's certificate cannot be kept in" in said[1]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"usersFile": "none"}, "No such file"),
        ({"usersFile": "cert.pem"}, "cert.pem line 1"),
        ({"certificateFile": "cert.pem", "privateKeyFile": "none"}, "No such file"),
        ({"certificateFile": "cert.pem", "privateKeyFile": "other/key.pem"}, "is not the key"),
        ({"clientAuthorities": "none"}, "clientAuthorities"),
        ({"gatewayUser": "gw", "gatewayPasswordFile": "none"}, "No such file"),
        ({"gatewayUser": "gw", "gatewayPasswordFile": "empty"}, "no password in its first line"),
        ({"gatewayUser": "gw"}, "must be set together"),
        ({"gatewayUserFor": "everyone"}, "needs gatewayUser"),
        ({"authnService": "true"}, "needs usersFile or identityFolder"),
    ],
)
def test_files_that_cannot_be_used_are_errors(tmp_path, entries, said):
    (tmp_path / "other").mkdir()
    (tmp_path / "empty").touch()
    written(tmp_path)
    written(tmp_path / "other")
    with pytest.raises(ConfigurationError, match=said):
        load(text(**entries), str(tmp_path / "plugin-cfg.xml"))
