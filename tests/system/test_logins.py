"""Users, logins and the audit log of an installation that `verdigris init` has set up, as real processes."""

import json
import os
import socket
import ssl
import urllib.error
import urllib.request

import pytest

from tests.support.setups import Installation


pytestmark = pytest.mark.processes

PASSWORD = "password of dev"


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    found = Installation(tmp_path_factory.mktemp("logins"), f"{20 + os.getpid() % 200}.2")
    try:
        found.init()
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def dev(there):
    """A user of the profile Developer, added through the API; the environment of their commands."""
    there.give("user", "add", "dev", "--profile", "Developer", text=PASSWORD)
    environment = {"VERDIGRIS_LOGINS": str(there.folder / "dev-logins.json")}
    there.done(
        "login", "--user", "dev", "--api", there.api, "--trust", there.authorities,
        VERDIGRIS_PASSWORD=PASSWORD, **environment,
    )  # fmt: skip
    return environment


def test_a_developer_looks_and_changes_nothing(there, dev):
    assert json.loads(there.done("domains", "--json", **dev))[0]["name"] == "default"
    refused = there.command("remove", "gateway", "gw1", **dev)
    assert refused.returncode == 4
    assert "Error 9135: User dev does not have the permission join." in refused.stderr
    assert there.command("user", "list", **dev).returncode == 4


@pytest.mark.parametrize("offered", [[], ["http/1.1"], ["h2", "http/1.1"]], ids=str)
def test_clients_that_ask_what_is_spoken_get_an_answer(there, offered):
    """Browsers and curl offer protocols (ALPN, RFC 7301); Python's own client does not."""
    tls = ssl.create_default_context(cafile=there.authorities)
    if offered:
        tls.set_alpn_protocols(offered)
    with (
        socket.create_connection((there.m1, 8095), timeout=10) as plain,
        tls.wrap_socket(plain, server_hostname=there.m1) as secure,
    ):
        assert secure.selected_alpn_protocol() == ("http/1.1" if offered else None)
        secure.sendall(f"GET /live HTTP/1.1\r\nHost: {there.m1}:8095\r\n\r\n".encode())
        assert secure.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_wrong_password_is_refused(there):
    found = there.command(
        "login", "--user", "dev", "--api", there.api, "--trust", there.authorities,
        VERDIGRIS_PASSWORD="wrong", VERDIGRIS_LOGINS=str(there.folder / "nobody.json"),
    )  # fmt: skip
    assert (found.returncode, "Error 9131" in found.stderr) == (4, True)
    assert not (there.folder / "nobody.json").exists()


def test_without_a_login_or_the_authorities_nothing_is_told(there):
    nobody = {"VERDIGRIS_LOGINS": str(there.folder / "nobody.json")}
    trusting = {"VERDIGRIS_TRUST": str(there.authorities), **nobody}
    assert "Error 9136" in there.command("domains", "--api", there.api, **trusting).stderr
    assert (
        "its certificate is not accepted"
        in there.command("domains", "--api", there.api, **nobody).stderr
    )


def test_plain_http_is_told_to_use_tls(there):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(there.api.replace("https", "http") + "/live", timeout=10)  # noqa: S310 - ours
    with caught.value as answer:
        assert (answer.code, json.loads(answer.read())["code"]) == (400, 9230)


def test_a_locked_user_is_out_at_once(there, dev):
    there.done("user", "lock", "dev")
    refused = there.command("domains", **dev)
    assert "Error 9153" in refused.stderr
    there.done("user", "lock", "dev", "--off")
    assert there.command("domains", **dev).returncode == 0


def test_everything_is_in_the_audit_log_and_its_chain_is_whole(there, dev):
    there.done("audit", "export", "audit.jsonl")
    acts = [json.loads(line) for line in (there.folder / "audit.jsonl").read_text().splitlines()]
    found = [(it["who"], it["act"], it["outcome"]) for it in acts]
    for one in (
        ("admin", "login", "done"), ("admin", "put_users", "done"), ("dev", "login", "done"),
        ("dev", "remove_part", "9135"), ("dev", "login", "9131"), ("", "in force", "done"),
    ):  # fmt: skip
        assert one in found, found
    assert all(it["address"].startswith("127.") for it in acts if it["who"])
    assert "none changed" in there.done("audit", "verify", "audit.jsonl")


def test_no_secret_is_in_any_log_or_where_it_does_not_belong(there, dev):
    tokens = [
        login["token"].rpartition(".")[2]
        for name in ("logins.json", "dev-logins.json")
        for login in json.loads((there.folder / name).read_text())["logins"].values()
    ]
    for path in there.folder.rglob("*"):
        if path.is_file() and not path.name.endswith("logins.json"):
            data = path.read_bytes()
            for secret in (PASSWORD, there.PASSWORD, *tokens):
                assert secret.encode() not in data, path
