"""Two management servers without etcd, with TLS between them, act as one for people: real processes."""

import json
import os
import time

import pytest

from tests.support.setups import Installation
from verdigris.audit_record import breaks, read_line
from verdigris.cli.api import Api
from verdigris.errors import PeerSilent, TokenRefused


pytestmark = pytest.mark.processes

JSON = {"Content-Type": "application/json"}


def until(holds, what, seconds=60.0):
    """Poll until it holds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"waited {seconds:g} seconds in vain: {what}"
        time.sleep(0.1)
    return found


class Two(Installation):
    """A primary and its replica."""

    def set_up(self):
        self.m2 = f"127.{self._net}.3"  # the second address that is given
        self.init(store=f'<store kind="replica" peer="{self.m2}:9641" primary="true"/>')
        self.joined("management-server", "m2", "--api", f"{self.m2}:8095")
        assert self.addresses["m2"] == self.m2

    def at(self, server, token=""):
        """The administration API of a server, with a token."""
        url = f"https://{getattr(self, server)}:8095"
        return Api(url, token=token, authorities=self.authorities.read_text())

    def log_in(self, server):
        body = json.dumps({"user": "admin", "password": self.PASSWORD}).encode()
        return self.at(server).post("login", body=body, headers=JSON)["token"]

    def counts(self, server, token):
        try:
            return self.at(server, token).get("login")["user"] == "admin"
        except TokenRefused:
            return False


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    found = Two(tmp_path_factory.mktemp("two"), f"{20 + os.getpid() % 200}.4")
    try:
        found.set_up()
        token = found.log_in("m1")
        until(lambda: found.counts("m2", token), "m2 knows the keys of m1")
        yield found
    finally:
        found.close()


def test_a_login_counts_and_ends_at_both(two):
    for server, other in (("m1", "m2"), ("m2", "m1")):
        token = two.log_in(server)
        assert two.counts(other, token)
        two.at(server, token).post("logout", headers=JSON)
        assert not two.counts(server, token)
        assert not two.counts(other, token)


def test_users_edited_at_the_primary_are_those_of_the_replica(two):
    two.give("user", "add", "eve", "--profile", "Developer", text="password of eve")
    there = two.at("m2", two.log_in("m2"))
    until(lambda: b'"eve"' in there.data("users"), "the replica has pulled the users")


def exported(api, server):
    return [
        read_line(it) for it in api.data("audit", "export", query={"server": server}).splitlines()
    ]


def test_the_audit_logs_of_both_are_asked_at_either(two):
    two.log_in("m2")
    token = two.log_in("m1")
    for server in ("m1", "m2"):
        there = two.at(server, token)
        found = there.get("audit", query={"last": "1000", "act": "login"})
        assert {it["server"] for it in found} == {"m1", "m2"}
        for one in ("m1", "m2"):
            chain = exported(there, one)
            assert {it.server for it in chain} == {one}
            assert [*breaks(chain)] == []


def test_one_is_lost_and_comes_back(two, capsys):
    token, ended = two.log_in("m1"), two.log_in("m2")
    two.processes["m1"].kill()
    there = two.at("m2", token)
    assert two.counts("m2", token), "the login outlives the server that issued it"
    assert there.get("parts")
    there.get("audit")
    assert "management server m1 did not answer" in capsys.readouterr().err
    with pytest.raises(PeerSilent, match="Management server m1 did not answer"):
        exported(there, "m1")

    two.at("m2", ended).post("logout", headers=JSON)
    assert "management server m1 did not answer" in capsys.readouterr().err
    two.start("m1", "mgmtsrvr", "m1/mgmtsrvr.xml")
    until(lambda: not two.counts("m1", ended), "the logout is known where it was missed")
    assert two.counts("m1", token)
