"""A kept session belongs to who made it, however they sign in: two users, SOAP and REST, two gateways."""

import base64
import http.client
import json

import pytest
from lxml import etree
from zeep.wsse.username import UsernameToken

from verdigris_command.demo.fleet import SEED_DOMAIN


pytestmark = pytest.mark.processes

OF_ANOTHER = "9134"


@pytest.fixture(scope="module")
def shared(start, tmp_path_factory):
    """Two gateways that know the same two users and ask everybody who they are."""
    users = tmp_path_factory.mktemp("users") / "users"
    users.write_text("ada:clear:lovelace\nbob:clear:builder\n")
    plugin = {"usersFile": str(users), "authnService": "true"}
    return start(members=SEED_DOMAIN[:1], gateways=2, plugin=plugin)


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


ADA, BOB = basic("ada", "lovelace"), basic("bob", "builder")


def soap(town, operation, *, session="", headers=(), token=None, gateway="gateway", **more):
    """(status, root of the answer)."""
    environment = {"SessionID": session} if session else {}
    body = town.envelope(operation, environment=environment | more)
    if token:
        root = etree.fromstring(body)
        UsernameToken(*token, use_digest=True).apply(root, {})
        body = etree.tostring(root)
    line = http.client.HTTPConnection("127.0.0.1", town.fleet.port(gateway), timeout=60)
    line.request("POST", f"/vhi-ws/session/{town.pool}", body, {"Content-Type": "text/xml", **dict(headers)})  # fmt: skip
    answer = line.getresponse()
    found = answer.status, etree.fromstring(answer.read())
    line.close()
    return found


def code(root):
    return root.findtext(".//id")


@pytest.fixture
def hers(shared):
    """A session that Ada made; it is ended afterwards."""
    status, root = soap(shared, "wsResourceCreate", headers=ADA)
    assert status == 200
    session = root.findtext(".//SessionID")
    yield session
    assert soap(shared, "wsResourceDestroy", session=session, headers=ADA)[0] == 200


@pytest.mark.parametrize("gateway", ["gateway", "gateway2"])
def test_it_is_used_by_its_user_however_she_signs_in(shared, hers, gateway):
    ways = [
        {"headers": ADA},
        {"token": ("ada", "lovelace")},
        {"Username": "ada", "Password": "lovelace"},
    ]
    for way in ways:
        status, root = soap(shared, "getModelVariables", session=hers, gateway=gateway, **way)
        assert (status, code(root)) == (200, None), way


@pytest.mark.parametrize("operation", ["getModelVariables", "wsResourceDestroy"])
@pytest.mark.parametrize("gateway", ["gateway", "gateway2"])
def test_nobody_else_can_use_or_end_it(shared, hers, operation, gateway):
    ways = [
        {"headers": BOB},
        {"token": ("bob", "builder")},
        {"Username": "bob", "Password": "builder"},
        # the nearest to the call counts, not the best
        {"headers": ADA, "Username": "bob", "Password": "builder"},
    ]
    for way in ways:
        _, root = soap(shared, operation, session=hers, gateway=gateway, **way)
        assert code(root) == OF_ANOTHER, way
    assert soap(shared, operation, session=hers)[0] == 401


def test_over_rest_it_is_the_same(shared, hers):
    def ask(headers):
        line = http.client.HTTPConnection("127.0.0.1", shared.fleet.port("gateway"), timeout=60)
        names = {"X-Verdigris-SessionID": hers, **headers}
        line.request("GET", f"/vhi-rs/session/{shared.pool}/customerSearch?LastName=SMITH", None, names)  # fmt: skip
        answer = line.getresponse()
        found = answer.status, json.loads(answer.read())
        line.close()
        return found

    status, said = ask(BOB)
    assert (status, said["code"]) == (403, int(OF_ANOTHER))
    assert ask({})[0] == 401
    status, said = ask(ADA)
    assert (status, len(said["rows"])) == (200, 45)


def test_an_id_changed_in_one_place_is_no_session(shared, hers):
    for place in range(len(hers) - 3, len(hers)):
        other = hers[:place] + ("0" if hers[place] != "0" else "1") + hers[place + 1 :]
        _, root = soap(shared, "getModelVariables", session=other, headers=ADA)
        assert code(root) == "9107"
