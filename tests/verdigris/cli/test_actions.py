"""Giving orders: states, pools, deployments; one sentence each, all servers tried."""

import pytest

from verdigris.errors import AtLimit, ServerUnreachable


pytestmark = pytest.mark.sockets


def orders(api):
    return [(method, path) for method, path, _, _ in api.asked if method != "GET"]


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ("drain", "vs1 takes no new sessions.\n"),
        ("resume", "vs1 takes new sessions.\n"),
        ("maintenance", "vs1 takes no new sessions and closes its idle ones.\n"),
    ],
)
def test_administrative_states(run, api, loads, order, sentence):
    assert run(order, "vs1", api=api).stdout == sentence
    assert loads(run(order, "vs1", "--json", api=api))["done"] == order
    assert orders(api) == [("POST", f"/servers/vs1/{order}")] * 2
    assert run(order, "vs7", api=api).exit_code == 4


class TestDrainAndWait:
    @pytest.fixture(autouse=True)
    def _no_waiting(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr("verdigris.cli.servers.time.monotonic", lambda: self.now)
        monkeypatch.setattr("verdigris.cli.servers.time.sleep", self._sleep)

    def _sleep(self, seconds):
        self.now += seconds

    def test_until_the_last_session_has_ended(self, run, api):
        import msgspec  # noqa: PLC0415 - only here

        busy = api.answers["GET", "/servers/vs1"]
        left = [3, 1, 0, 0]
        api.answers["GET", "/servers/vs1"] = lambda: msgspec.structs.replace(
            busy, active=left.pop(0)
        )
        result = run("drain", "vs1", "--wait", api=api)
        assert result.exit_code == 0
        assert result.stdout.endswith("vs1 has no sessions left.\n")
        assert self.now == 1.0

    def test_but_not_for_ever(self, run, api):
        result = run("drain", "vs1", "--wait", "--within", "5", api=api)
        assert result.exit_code == 1
        assert "vs1 still has 3 sessions after 5 seconds." in result.stderr


class TestPools:
    def test_shown(self, run, api):
        lines = run("pools", api=api).stdout.splitlines()
        assert lines[2].split() == [
            "Pool-1",
            "vs1",
            "BankDemo",
            "yes",
            "2",
            "1",
            "0",
            "0",
            "0",
            "0",
            "5",
        ]

    def test_started_on_one_server(self, run, api):
        result = run("pools", "start", "Pool-1", "--server", "vs1", api=api)
        assert result.stdout == "vs1: pool Pool-1 start\n"
        assert orders(api) == [("POST", "/servers/vs1/pools/Pool-1/start")]

    def test_stopped_on_all_that_have_it_and_are_online(self, run, api):
        result = run("pools", "stop", "pool-1", "--all", "--force", api=api)
        assert result.exit_code == 4  # the fake spells the pool with a capital letter
        result = run("pools", "stop", "Pool-1", "--all", "--force", api=api)
        assert result.exit_code == 0
        assert api.asked[-1][:3] == (
            "POST",
            "/servers/vs1/pools/Pool-1/stop",
            {"force": "true"},
        )

    @pytest.mark.parametrize("more", [[], ["--all", "--server", "vs1"]])
    def test_where_has_to_be_said(self, run, api, more):
        result = run("pools", "stop", "Pool-1", *more, api=api)
        assert result.exit_code == 2
        assert "--all" in result.stderr

    def test_nobody_has_it(self, run, api):
        assert run("pools", "start", "X", "--all", api=api).exit_code == 2


class TestUndeploy:
    def test_from_one_server(self, run, api):
        result = run("undeploy", "BankDemo", "--server", "vs1", api=api)
        assert result.stdout == "vs1: model BankDemo is undeployed\n"

    def test_every_server_is_tried_and_every_failure_told(self, run, api):
        api.answers["DELETE", "/servers/vs2/models/BankDemo"] = ServerUnreachable(
            server="vs2", address="a:1", reason="closed"
        )
        api.answers["DELETE", "/servers/vs3/models/BankDemo"] = AtLimit(
            server="vs3", name="n", limit="l", maximum=1
        )
        named = [it for name in ("vs2", "vs1", "vs3") for it in ("--server", name)]
        result = run("undeploy", "BankDemo", *named, api=api)
        assert result.exit_code == 1
        assert len(orders(api)) == 3
        assert "vs2:\nError 9202" in result.stderr
        assert "vs1: done\nvs3:\nError 9201" in result.stderr

    def test_nobody_is_online(self, run, api):
        api.answers["GET", "/servers"] = []
        result = run("undeploy", "BankDemo", "--all", api=api)
        assert result.exit_code == 2
        assert "No session server is online" in result.stderr

    def test_an_address_that_is_none(self, run, api):
        result = run("undeploy", "BankDemo", "--server", "vs1:99999", api=api)
        assert result.exit_code == 2
