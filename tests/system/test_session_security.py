"""Session servers that check users, as real processes over TLS: connectors, the command line, stolen tokens, logs."""

import os
import subprocess

import pytest
from twisted.internet import reactor

from verdigris.connector.blocking import Connector, Target
from verdigris.errors import (
    ClaimExpired,
    ConnectRefused,
    CredentialsRequired,
    CredentialsWrong,
    NotPermitted,
    SessionOfAnother,
    TokenRefused,
    VerdigrisError,
)
from verdigris.identity import Security
from verdigris.link import Dialer
from verdigris.passwords import hashed
from verdigris.values import Credentials, Endpoint
from verdigris.wire import Allocate, Allocated, Claim, Describe, Hello, Login, Opened, Suspend
from verdigris_command.demo.fleet import SEED_DOMAIN


pytestmark = pytest.mark.processes

SECRETS = {"alice": "alices own secret", "bob": "bobs other secret"}
ROWS = ("Customers", "CustomerSearch", {"LastName": "ABERNATHY"})
ALICE, BOB = (Credentials(name, secret) for name, secret in SECRETS.items())


@pytest.fixture(scope="module")
def town(start):
    listed = "".join(
        f'<user name="{name}" password="{hashed(secret)}"/>' for name, secret in SECRETS.items()
    )
    users = (
        f"<native>{listed}</native>"
        '<grant permission="use metadata" pool="BankPool"><user name="alice"/></grant>'
        '<grant permission="use metadata" pool="OtherPool"><user name="bob"/></grant>'
    )
    found = start(
        secure=True, checks_users=True, users=users, members=SEED_DOMAIN[:2], ready=False,
        log_level="debug",
    )  # fmt: skip
    found.until(lambda: all(serves(found, name) for name in ("vs1", "vs2")), "calls are served")
    return found


def serves(town, server):
    """Whether a session server serves a call, which a management server has to let it."""
    with connected(town) as connector:
        try:
            return connector.call(
                direct(town, server), *ROWS, credentials=ALICE, connection_timeout=0
            )
        except VerdigrisError:
            return None


def connected(town):
    security = Security.of_client(town.fleet.trust)
    servers = [f"127.0.0.1:{town.fleet.port('mgmtsrvr')}"]
    return Connector(management_servers=servers, security=security)


@pytest.fixture
def connector(town):
    with connected(town) as made:
        yield made


def by_domain(town):
    return Target.pool("BankPool", domain=town.fleet.domain)


def direct(town, server="vs1"):
    return Target.pool("BankPool", server=f"127.0.0.1:{town.fleet.port(server)}")


def test_users_are_checked_by_a_domain_and_directly(town, connector):
    for target in (by_domain(town), direct(town)):
        assert connector.call(target, *ROWS, credentials=ALICE)
        for credentials, error in (
            (Credentials(), CredentialsRequired),
            (Credentials("alice", "no secret"), CredentialsWrong),
            (Credentials(token="x.y.z"), TokenRefused),
            (BOB, ConnectRefused),
        ):
            with pytest.raises(error):
                connector.call(target, *ROWS, credentials=credentials)


def test_metadata_is_for_those_who_may_read_it(town, connector):
    names = {offer.name for offer, _ in connector.offers(credentials=ALICE).offers}
    assert names == {"BankPool"}
    assert connector.describe("pool", "BankPool", credentials=ALICE).tables
    with pytest.raises(NotPermitted):
        connector.describe("pool", "BankPool", server=direct(town).server, credentials=BOB)
    with pytest.raises(CredentialsRequired):
        connector.offers()


def test_a_session_is_resumed_by_its_user_alone(town, connector):
    session = connector.connect_to_session_via_domain(town.fleet.domain, "BankPool", credentials=ALICE)  # fmt: skip
    kept = session.suspend(5)
    with pytest.raises((SessionOfAnother, ConnectRefused)):
        connector.resume(kept, credentials=BOB)
    with pytest.raises(SessionOfAnother):
        connector.resume(kept, credentials=Credentials(*_pair(ALICE), on_behalf_of="another"))
    connector.resume(kept, credentials=ALICE).disconnect()


def _pair(credentials):
    return credentials.user, credentials.password


def test_the_trail_names_the_user_and_for_whom_the_user_acts(town, connector):
    who = Credentials(*_pair(ALICE), on_behalf_of="clerk 7")
    connector.call(by_domain(town), *ROWS, credentials=who, request_id="for-clerk-7")
    (found,) = town.fleet.administration().get("allocations", "for-clerk-7")
    assert (found["user"], found["on_behalf_of"]) == ("alice", "clerk 7")


def test_a_stolen_token_opens_nothing(town, on_reactor):
    fleet = town.fleet
    servers = {name: Endpoint("127.0.0.1", fleet.port(name)) for name in ("mgmtsrvr", "vs1", "vs2")}

    def dialer():
        return Dialer(reactor, Hello("connector", "c"), security=Security.of_client(fleet.trust))

    async def ask(line, server, body):
        link = await line.to(servers[server], seconds=5)
        try:
            return await link.call(body, request_id="theft", seconds=10)
        except VerdigrisError as problem:
            return problem

    async def steal():
        user, thief = dialer(), dialer()
        login = Login("alice", SECRETS["alice"])
        wanted = Allocate(fleet.domain, "pool", "BankPool", "alice", "here", 1, login)
        granted = [await ask(user, "mgmtsrvr", wanted) for _ in range(2)]
        assert all(isinstance(one, Allocated) for one in granted), granted
        mine, other = (Login(token=one.token) for one in granted)
        first, second = granted
        found = [
            await ask(thief, first.server, Claim(first.session, first.claim, other, {})),
            await ask(thief, second.server, Claim(second.session, "0" * 32, other, {})),
            await ask(thief, "vs1", Describe("pool", "BankPool", mine)),
        ]
        opened = await ask(user, second.server, Claim(second.session, second.claim, other, {}))
        again = await ask(thief, second.server, Claim(second.session, second.claim, other, {}))
        await ask(user, second.server, Suspend(second.session, 0.1))
        for one in (user, thief):
            one.close()
        return [*found, opened, again], [one.token for one in granted]

    (for_other, guess, as_login, opened, again), tokens = on_reactor(steal)
    assert isinstance(for_other, TokenRefused)
    assert isinstance(guess, ClaimExpired)
    assert isinstance(as_login, TokenRefused)
    assert isinstance(opened, Opened)
    assert isinstance(again, ClaimExpired)
    for name, text in town.logs().items():
        assert not [token for token in tokens if token in text], name


def verdigris(town, *arguments, **environment):
    common = ["--trust", town.fleet.trust, "--api", town.fleet.api, "-m", f"127.0.0.1:{town.fleet.port('mgmtsrvr')}"]  # fmt: skip
    words = [town.verdigris, *arguments, *common[: 4 if arguments[0] == "login" else None]]
    nobody = {"VERDIGRIS_LOGINS": str(town.fleet.folder / "logins.json")}
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, **nobody, **environment}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_the_command_line_takes_a_password_file_or_the_login_that_is_kept(town):
    password = town.fleet.folder / "password"
    password.write_text(SECRETS["alice"] + "\n")
    call = ("call", "BankPool", "CustomerSearch", "LastName=ABERNATHY", "--domain", town.fleet.domain, "--csv")  # fmt: skip
    assert "Error 9130" in verdigris(town, *call).stderr
    with_file = verdigris(town, *call, "--user", "alice", "--password-file", password)
    assert with_file.returncode == 0, with_file.stderr
    assert verdigris(town, "login", "--user", "alice", "--password-file", password).returncode == 0
    kept = verdigris(town, *call)
    assert (kept.returncode, kept.stdout) == (0, with_file.stdout), kept.stderr
    bob = verdigris(town, *call, "--user", "bob", "--pool", VERDIGRIS_PASSWORD=SECRETS["bob"])
    assert bob.returncode != 0
    assert "Error 9101" in bob.stderr, "what bob may not know of is not there"


def test_no_log_and_no_file_holds_a_secret(town):
    files = [
        path for path in town.fleet.folder.rglob("*")
        if path.is_file() and path.name not in {"password", "logins.json"}
    ]  # fmt: skip
    assert len(files) > 10
    for path in files:
        data = path.read_bytes()
        assert not [name for name, secret in SECRETS.items() if secret.encode() in data], path


def test_without_a_management_server_nobody_new_gets_in_and_nothing_is_turned_off(town, connector):
    target = direct(town, "vs2")
    assert connector.call(target, *ROWS, credentials=ALICE)
    town.fleet["mgmtsrvr"].kill()
    assert connector.call(target, *ROWS, credentials=ALICE), "the answer is remembered"
    with pytest.raises(VerdigrisError) as refused:
        connector.call(target, *ROWS, credentials=BOB, connection_timeout=2)
    assert refused.value.code in {9203, 9131}
    with pytest.raises(CredentialsRequired):
        connector.call(target, *ROWS)
