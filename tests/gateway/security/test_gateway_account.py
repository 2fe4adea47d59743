"""The gateway's own account: where it is used, whom it names, and what becomes of a wrong one."""

import base64

import pytest

from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import CredentialsWrong, TokenRefused
from verdigris.values import NOBODY, Credentials
from verdigris.wire import CallerIs, Rows


PING = b"{}"
JSON = {"Content_Type": "application/json"}


class Management:
    """A management server that knows the gateway's account and alice."""

    def __init__(self):
        self.asked = []
        self.password = "of the gateway"
        self.metadata = (("", ""),)

    async def __call__(self, login, client, location):
        self.asked.append((login.user, location))
        if (login.user, login.password) not in (("gw", self.password), ("alice", "s3cret")):
            raise CredentialsWrong(why="")
        return CallerIs(login.user, "native", f"token-of-{login.user}", self.metadata)


@pytest.fixture
def management():
    return Management()


@pytest.fixture
def gateway(start, bank_model, management, tmp_path):
    def make(*, users="", identity=True, **settings):
        (tmp_path / "password").write_text("of the gateway\nsomething else\n")
        if users:
            (tmp_path / "users").write_text(users)
            settings["users_file"] = str(tmp_path / "users")
        found = {"gateway_user": "gw", "gateway_password_file": str(tmp_path / "password")}
        config = PluginConfig(**(found | settings))
        running = start(config, bank_model, ask=management if identity else None)
        running.caller.reply = Rows((("Text", "text"),), [["pong"]])
        return running

    return make


def ping(running, user="", password="s3cret"):
    headers = dict(JSON)
    if user:
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    return running.post(PING, "/vhi-rs/model/BankDemo/ping", **headers)


def carried(running):
    return running.caller.last.credentials


def test_users_of_the_gateways_file_act_through_it_and_are_named(gateway, management):
    running = gateway(users="ops:clear:s3cret\ndev:clear:s3cret\n")

    for user in ("ops", "dev"):
        assert ping(running, user).status == 200
        assert carried(running) == Credentials("gw", token="token-of-gw", on_behalf_of=user)
    assert management.asked == [("gw", "")], "once, from the gateway's own address"
    assert ping(running, "ops", "wrong").status == 401
    assert len(running.caller.calls) == 2


def test_a_login_of_the_account_that_has_ended_is_made_anew(gateway, management):
    running = gateway(users="ops:clear:s3cret\n")
    assert ping(running, "ops").status == 200
    reply, running.caller.reply = running.caller.reply, TokenRefused(why="its user has changed")
    refused = ping(running, "ops")
    assert (refused.status, '"code":9163' in refused.text) == (503, True)
    running.caller.reply = reply
    assert ping(running, "ops").status == 200
    assert len(management.asked) == 2


def test_callers_of_the_account_are_shown_what_it_may_know_of(gateway, management):
    management.metadata = (("", "OtherPool"),)
    running = gateway(users="ops:clear:s3cret\n", authn_metadata=True)
    pair = base64.b64encode(b"ops:s3cret").decode()
    shown = running.http("GET", "/vhi-ws/model/BankDemo?wsdl", Authorization=f"Basic {pair}")
    assert shown.status == 403


def test_a_user_of_the_installation_never_has_its_rights(gateway):
    for settings in ({}, {"gateway_user_for": "everyone"}):
        running = gateway(**settings)
        assert ping(running, "alice").status == 200
        assert carried(running) == Credentials("alice", token="token-of-alice")


def test_callers_without_credentials_have_them_only_where_the_settings_say_so(gateway):
    running = gateway()
    assert ping(running).status == 200
    assert carried(running) == NOBODY

    running = gateway(gateway_user_for="everyone")
    assert ping(running).status == 200
    assert carried(running) == Credentials("gw", token="token-of-gw")


def test_a_service_that_asks_for_credentials_still_does(gateway):
    running = gateway(gateway_user_for="everyone", authn_service=True)

    assert ping(running).status == 401
    assert running.caller.calls == []


def test_a_gateway_without_an_identity_carries_it(gateway):
    running = gateway(users="ops:clear:s3cret\n", identity=False)

    assert ping(running, "ops").status == 200
    assert carried(running) == Credentials("gw", "of the gateway", on_behalf_of="ops")


@pytest.mark.parametrize("broken", ["wrong", "missing", "empty"])
def test_a_wrong_account_refuses_the_call_and_says_in_the_log_why(
    gateway, management, tmp_path, logged, broken
):
    running = gateway(gateway_user_for="everyone")
    if broken == "wrong":
        management.password = "another one"
    elif broken == "missing":
        (tmp_path / "password").unlink()
    else:
        (tmp_path / "password").write_text("\n")

    for _ in range(10):
        response = ping(running)
        assert (response.status, '"code":9163' in response.text) == (503, True), response.text
    assert running.caller.calls == []
    assert len(management.asked) <= 6, "it is not asked again and again"
    said = "\n".join(logged())
    assert "gatewayUser gw" in said or "the gateway's own account" in said
    assert "of the gateway" not in said.replace("the log of the gateway", "")
    assert "another one" not in said


def test_a_new_password_counts_within_a_minute(gateway, management, tmp_path):
    running = gateway(gateway_user_for="everyone")
    assert ping(running).status == 200
    management.password = "a new one"
    (tmp_path / "password").write_text("a new one\n")
    running.clock.advance(60)
    assert ping(running).status == 200
    assert len(management.asked) == 2
