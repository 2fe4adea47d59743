"""`verdigris login` and `logout`: a token in a file, sent where it belongs."""

import json
from pathlib import Path

import pytest

from verdigris.cli.api import Api
from verdigris.cli.saved_logins import SavedLogin, SavedLogins, read_logins, write_logins
from verdigris.errors import CannotRead


pytestmark = pytest.mark.sockets


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "logins.json"
    monkeypatch.setenv("VERDIGRIS_LOGINS", str(path))
    return path


def login(token: str = "t0ken", **more: str) -> SavedLogin:
    return SavedLogin("alice", token, "2027-01-15T16:00:00+00:00", **more)


def test_a_login_is_kept_for_its_owner_alone_and_ended(run, api, file):
    api.answers["POST", "/login"] = {
        "user": "alice",
        "permissions": [],
        "token": "t0ken",
        "expires": "E",
    }
    done = run("login", "--user", "alice", api=api, text="secret\n")
    assert done.output.endswith(f"alice is logged in at {api.url} until E\n"), done.output
    assert json.loads(api.asked[-1][3]) == {"user": "alice", "password": "secret"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert read_logins().latest == api.url
    assert "secret" not in file.read_text()
    run("domains", api=api)
    assert api.headers[-1]["Authorization"] == "Bearer t0ken"
    api.answers["POST", "/logout"] = {"done": "logged out"}
    assert run("logout", api=api).exit_code == 0
    assert "t0ken" not in file.read_text()
    run("domains", api=api)
    assert "Authorization" not in api.headers[-1]
    assert "there is no login" in run("logout", api=api).output


def test_the_password_comes_from_a_file_or_the_environment_too(run, api, file, tmp_path):
    api.answers["POST", "/login"] = {"user": "a", "permissions": [], "token": "t", "expires": "E"}
    (tmp_path / "p").write_text("from file\nmore\n")
    run("login", "--password-file", str(tmp_path / "p"), api=api)
    assert json.loads(api.asked[-1][3])["password"] == "from file"
    run("login", api=api, VERDIGRIS_PASSWORD="from environment")
    assert json.loads(api.asked[-1][3])["password"] == "from environment"


def test_the_latest_login_names_the_api(run, api, file):
    write_logins(SavedLogins({api.url: login()}, api.url))
    assert run("domains", VERDIGRIS_API="").exit_code == 0
    assert api.headers[-1]["Authorization"] == "Bearer t0ken"


def test_a_token_is_sent_within_the_machine_or_over_tls_alone(file):
    for url, sent in (
        ("http://ms1.example:8095", ""), ("https://ms1.example:8095", "t0ken"),
        ("http://127.0.0.1:8095", "t0ken"), ("http://localhost:8095", "t0ken"), ("http://[::1]:8095", "t0ken"),
    ):  # fmt: skip
        write_logins(SavedLogins({url: login()}))
        assert Api(url).token == sent, url


def test_a_token_of_the_environment_goes_first(run, api, file):
    write_logins(SavedLogins({api.url: login()}))
    run("domains", api=api, VERDIGRIS_TOKEN="of an issuer")
    assert api.headers[-1]["Authorization"] == "Bearer of an issuer"


def test_a_token_of_one_api_is_not_sent_to_another(file):
    write_logins(SavedLogins({"https://ms1:8095": login()}, "https://ms1:8095"))
    assert Api("https://ms2:8095").token == ""


def test_a_file_that_others_can_read_or_that_is_damaged_is_not_used(run, api, file):
    write_logins(SavedLogins({api.url: login()}))
    file.chmod(0o644)
    with pytest.raises(CannotRead):
        read_logins()
    assert "chmod 600" in run("domains", api=api).stderr
    file.chmod(0o600)
    file.write_text("{")
    refused = run("domains", api=api)
    assert (refused.exit_code, "it is damaged" in refused.stderr) == (1, True)


def test_authorities_that_are_none_are_said(run, file, tmp_path):
    (tmp_path / "ca.pem").write_text("x")
    done = run("login", "--trust", str(tmp_path / "ca.pem"), VERDIGRIS_API="https://127.0.0.1:1")
    assert done.exit_code == 2
    assert "does not hold certificates" in done.stderr


def test_a_login_shows_no_token():
    assert "t0ken" not in repr(login())
