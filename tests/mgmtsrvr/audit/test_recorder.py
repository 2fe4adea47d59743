"""What requests leave in the audit log."""

from hashlib import sha256

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from tests.mgmtsrvr.access.test_api_access import Secured, failed
from tests.mgmtsrvr.test_api import SEED
from tests.support.access import PASSWORD, now, users_xml
from tests.support.management import installation_xml
from verdigris.audit_record import breaks, read_line
from verdigris.errors import CannotWrite


@pytest.fixture
def api(net, tmp_path):
    it = net(SEED)
    found = Secured(it, tmp_path)
    found.peers = {name: it.session_server(name)[1] for name in "ABC"}
    return found


def recorded(api, *names):
    names = names or ("who", "address", "act", "about", "outcome")
    found = now(api.access.audit.read(0, 1_000))
    assert not list(breaks(found))
    return [tuple(getattr(it, name) for name in names) for it in found]


def test_changes_and_logins_are_recorded_and_questions_are_not(api):
    ask = api.as_("root")
    ask("GET", "/domains")
    ask("POST", "/installation/plan", installation_xml(SEED))
    ask("POST", "/servers/A/drain")
    ask("POST", "/servers/A/pools/Pool-1/stop")
    ask("POST", "/logout")
    assert recorded(api) == [
        ("root", "127.0.0.1", "login", "", "done"),
        ("root", "127.0.0.1", "drain", "A", "done"),
        ("root", "127.0.0.1", "stop_pool", "A Pool-1", "done"),
        ("root", "127.0.0.1", "logout", "", "done"),
    ]


def test_what_a_document_was_before_and_is_after_is_recorded(api):
    ask = api.as_("root")
    before = ask("GET", "/installation").headers["etag"].strip('"')
    new = installation_xml([("A", 60), ("B", 40), ("C", 100, 2)])
    ask("PUT", "/installation", new, If_Match=f'"{before}"')
    assert recorded(api, "act", "before", "after")[-1] == (
        "put_installation", before, sha256(new).hexdigest(),
    )  # fmt: skip


def test_who_is_refused_by_name_is_recorded_and_strangers_are_not(api):
    api("POST", "/servers/A/drain")
    api("POST", "/servers/A/drain", Authorization="Bearer x")
    ask = api.as_("dev")
    ask("POST", "/servers/A/drain")
    api.as_("root")("POST", "/servers/Z/drain")
    assert recorded(api)[1:] == [
        ("dev", "127.0.0.1", "drain", "A", "9135"),
        ("root", "127.0.0.1", "login", "", "done"),
        ("root", "127.0.0.1", "drain", "Z", "9112"),
    ]


def test_failed_logins_are_recorded_by_the_name_of_a_user_and_by_nothing_else(api):
    failed(api, "dev", "wrong one")
    failed(api, "my secret password", "x")
    assert recorded(api) == [
        ("dev", "127.0.0.1", "login", "", "9131"),
        ("", "127.0.0.1", "login", "", "9131"),
    ]


def test_no_secret_is_recorded(api, tmp_path):
    ask = api.as_("root")
    token = api.login("root").json["token"]
    ask("PUT", "/users", users_xml("root", "new"), If_Match="*")
    failed(api, "dev", "wrong one")
    text = "".join(it.read_text() for it in (tmp_path / "audit").iterdir())
    for secret in (PASSWORD, "wrong one", "argon2", token, token.split(".")[2]):
        assert secret not in text


def test_a_change_that_cannot_be_recorded_is_not_made(api):
    ask = api.as_("root")
    audit = api.access.audit

    def full(_entry):
        raise CannotWrite(file="audit", reason="No space left on device")

    audit._append, append = full, audit._append
    ask("POST", "/servers/A/drain")  # the first one shows it
    refused = ask("POST", "/servers/A/resume")
    assert (refused.status, refused.json["code"]) == (500, 9503)
    assert api.net.registry.server("A").admin_state == "drain"
    assert ask("GET", "/domains").status == 200
    audit._append = append
    assert ask("POST", "/servers/A/resume").status == 200


def test_the_log_is_listed_and_exported_to_those_who_may(api):
    ask = api.as_("root")
    ask("POST", "/servers/A/drain")
    listed = ask("GET", "/audit?last=1&act=drain").json
    assert [it["who"] for it in listed] == ["root"]
    exported = ask("GET", "/audit/export")
    assert exported.headers["content-type"] == "application/x-ndjson"
    lines = [read_line(it) for it in exported.body.splitlines()]
    assert [it.number for it in lines] == [1, 2]
    assert ask("GET", "/audit/export?after=2").body == b""
    for user in ("dev", "watcher"):
        assert api.as_(user)("GET", "/audit").json["code"] == 9135


def test_a_client_that_closes_in_the_middle_of_a_change_is_recorded(api):
    token, gate = api.login("root").json["token"], Deferred()

    async def waiting(_server, _state):
        await gate
        return "revision"

    api.net.configuration.set_state = waiting
    wire = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 5))
    channel = api.site.buildProtocol(None)
    channel.makeConnection(wire)
    channel.dataReceived(
        f"POST /servers/A/drain HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Content-Length: 0\r\n\r\n".encode()
    )
    channel.connectionLost(Failure(ConnectionDone()))
    assert len(recorded(api)) == 1
    gate.callback(None)
    assert recorded(api, "act", "outcome")[-1] == ("drain", "done")
