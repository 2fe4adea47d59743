"""Looking at an installation: tables for people, the API's JSON for programs, sentences for errors."""

import msgspec
import pytest

from mgmtsrvr.api.schemas import TraceView
from mgmtsrvr.decision_log import Skipped
from verdigris.errors import ServerUnreachable, UnknownTrace


pytestmark = pytest.mark.sockets


def test_domains_in_the_order_they_are_used(run, api):
    result = run("domains", api=api)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == [
        "domain",
        "priority",
        "server",
        "weight",
        "share",
        "state",
        "active",
        "reason",
    ]
    assert lines[2].split() == ["retail", "1", "vs1", "80", "80", "%", "online", "3/10"]
    assert lines[3].split() == [
        "retail",
        "2",
        "vs3",
        "100",
        "100",
        "%",
        "offline",
        "-",
        "never",
        "registered",
    ]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["domains"], "/domains"),
        (["servers"], "/servers"),
        (["pools"], "/pools"),
        (["explain"], "/allocations"),
    ],
)
def test_json_is_what_the_api_said(run, api, loads, arguments, path):
    import msgspec  # noqa: PLC0415 - only here

    result = run(*arguments, "--json", api=api)
    said = api.answers["GET", path]
    assert loads(result) == msgspec.json.decode(msgspec.json.encode(said))


def test_one_domain_and_one_server(run, api):
    assert "vs1" in run("domains", "retail", api=api).stdout
    result = run("servers", "vs1", api=api)
    assert "BankDemo, pool Pool-1 (stopped)" in result.stdout
    asked = [path for _, path, _, _ in api.asked]
    assert asked == ["/domains/retail", "/ready", "/servers/vs1", "/ready"]


def test_servers_tell_state_and_reason(run, api):
    lines = run("servers", api=api).stdout.splitlines()
    assert "vs1" in lines[2]
    assert "online" in lines[2]
    assert lines[3].rstrip().endswith("gone")


def test_nothing_to_show_is_said_in_words(run, api):
    for path in ("/domains", "/servers", "/pools", "/allocations"):
        api.answers["GET", path] = []
    assert "no domain" in run("domains", api=api).stdout
    assert "There are no session servers" in run("servers", api=api).stdout
    assert "No session pool" in run("pools", api=api).stdout
    assert "There are no allocations yet" in run("explain", api=api).stdout
    assert "no sessions" in run("sessions", api=api).stdout


class TestSessions:
    def test_of_every_server_that_is_online(self, run, api):
        result = run("sessions", api=api)
        assert result.exit_code == 0
        row = result.stdout.splitlines()[2].split()
        assert row == [
            "vs1",
            "7",
            "pool",
            "Pool-1",
            "BankDemo",
            "active",
            "1",
            "min",
            "ops",
            "MainMenu",
            "r-1",
        ]
        assert ("GET", "/servers/vs3/sessions") not in [(it[0], it[1]) for it in api.asked]

    def test_with_screens(self, run, api):
        (session,) = api.answers["GET", "/servers/vs1/sessions"]
        shown = msgspec.structs.replace(session, screen=" DEMO BANK [bold]\n Option ===> __\n")
        api.answers["GET", "/servers/vs1/sessions"] = [shown]
        result = run("sessions", "--screens", api=api)
        assert "vs1 7: MainMenu" in result.stdout
        assert "Option ===> __" in result.stdout
        assert "DEMO BANK [bold]" in result.stdout
        assert api.asked[-1][2] == {"screens": "true"}

    def test_only_some(self, run, api):
        assert "no sessions" in run("sessions", "--state", "quarantined", api=api).stdout

    def test_a_server_that_goes_away_meanwhile_is_left_out(self, run, api):
        gone = ServerUnreachable(server="vs1", address="a:1", reason="closed")
        api.answers["GET", "/servers/vs1/sessions"] = gone
        assert run("sessions", api=api).exit_code == 0
        asked = run("sessions", "vs1", api=api)
        assert asked.exit_code == 3
        assert "Error 9202: Session server vs1 at a:1 cannot be reached: closed." in asked.stderr


class TestExplain:
    def test_each_draw_in_a_sentence_and_the_follow_ups(self, run, api):
        result = run("explain", "r-1", api=api)
        assert result.exit_code == 0
        for sentence in (
            "ops at pc7 asked domain retail for a session of model BankDemo.",
            "- Priority 1: the number 93 was drawn from 1 to 100; 81 to 100 belongs to vs2, which answered busy (the server limit of 10).",
            "- Priority 1: the number 5 was drawn from 1 to 80; 1 to 80 belongs to vs1, which answered offline (connection refused).",
            "- vs3 (priority 2, weight 0) was not asked: weight 0.",
            "- The request was refused after 2.5 ms: busy or offline (error 2643).",
            "Request r-1.2,",
            "- vs1 granted the session after 2.5 ms.",
        ):
            assert sentence in result.stdout

    def test_members_that_were_not_needed_are_not_told(self, run, api):
        (granted,) = api.answers["GET", "/allocations/r-1.2"]
        left = Skipped(server="vs9", priority=2, weight=1, reason="not reached")
        api.answers["GET", "/allocations/r-1.2"] = [msgspec.structs.replace(granted, left=[left])]
        assert "vs9" not in run("explain", "r-1.2", api=api).stdout

    def test_the_first_request_may_be_forgotten_already(self, run, api, loads):
        del api.answers["GET", "/allocations/r-1"]
        assert [it["request_id"] for it in loads(run("explain", "r-1", "--json", api=api))] == [
            "r-1.2"
        ]

    def test_an_unknown_one(self, run, api):
        result = run("explain", "nothing", api=api)
        assert result.exit_code == 1
        assert "has an allocation nothing" in result.stderr

    def test_the_last_ones(self, run, api):
        result = run("explain", "--last", "7", api=api)
        assert "r-1.2" in result.stdout
        assert api.asked[-1][2] == {"last": "7"}
        assert run("explain", "r-1", "--last", "2", api=api).exit_code == 2

    @pytest.mark.parametrize(
        ("outcome", "said"),
        [
            ("warming", "had just started"),
            ("cancelled", "cancelled the request"),
            ("late", "deadline passed before a decision"),
            ("new-kind", "ended as new-kind"),
        ],
    )
    def test_every_outcome_is_told(self, run, api, outcome, said):
        (decision,) = api.answers["GET", "/allocations/r-1"]
        api.answers["GET", "/allocations/r-1"] = [
            msgspec.structs.replace(decision, outcome=outcome, trail=[], reason="")
        ]
        assert said in run("explain", "r-1", api=api).stdout


class TestWatch:
    @pytest.fixture
    def three_looks(self, monkeypatch):
        """Ctrl-C in the third pause."""
        looks = []

        def sleep(seconds):
            looks.append(seconds)
            if len(looks) == 3:
                raise KeyboardInterrupt

        monkeypatch.setattr("verdigris.cli.output.time.sleep", sleep)
        return looks

    def test_it_looks_again_until_ctrl_c(self, run, api, three_looks):
        result = run("servers", "--watch", "--every", "0.5", api=api)
        assert result.exit_code == 0
        assert result.stdout.count("vs1") == 3
        assert three_looks == [0.5, 0.5, 0.5]

    def test_json_is_one_line_per_look(self, run, api, three_looks):
        result = run("domains", "--watch", "--json", api=api)
        assert len(result.stdout.splitlines()) == 3


class TestErrors:
    def test_a_refusal_is_told_with_advice_and_the_status_says_whose_turn_it_is(self, run, api):
        result = run("servers", "vs7", api=api)
        assert result.exit_code == 4
        assert result.stdout == ""
        assert result.stderr == (
            "Error 9112: There is no session server named vs7 in this installation.\n"
            "  Correct the name; `verdigris servers` lists the session servers.\n"
        )

    def test_nobody_there(self, run):
        result = run("servers")
        assert result.exit_code == 3
        assert "Error 9215: The administration API at http://127.0.0.1:1" in result.stderr
        assert "Traceback" not in result.output

    def test_something_else_there(self, run, api):
        api.answers["GET", "/servers"] = b"<html>welcome</html>"
        result = run("servers", api=api)
        assert result.exit_code == 3
        assert "not a Verdigris management server" in result.stderr

    def test_an_answer_of_another_shape_is_no_traceback(self, run, api):
        api.answers["GET", "/servers"] = [{"name": "vs1"}]
        result = run("servers", api=api)
        assert result.exit_code == 70
        assert "Error 9000" in result.stderr
        assert "Traceback" not in result.output

    @pytest.mark.parametrize("url", ["ftp://x", "file:///etc/passwd", "nonsense", "http://"])
    def test_a_url_that_is_none(self, run, url):
        result = run("servers", "--api", url)
        assert result.exit_code == 2
        assert "is not the URL" in result.stderr

    def test_a_mistyped_command(self, run):
        result = run("server")
        assert result.exit_code == 2
        assert "did you mean servers?" in result.stderr


class TestTraces:
    TEXT = b"// request r-1\n< 0x0    f5c3\n"

    def test_are_listed_for_every_server_that_is_online(self, run, api):
        api.answers["GET", "/servers/vs1/traces"] = [
            TraceView(
                server="vs1", name="1000-1-r-1", time="2026-11-22T10:00:00.000+00:00",
                request_id="r-1", error="2820 Timed out while waiting for data.",
            )
        ]  # fmt: skip
        result = run("traces", api=api)
        assert "r-1" in result.stdout
        assert "1000-1-r-1" in result.stdout
        assert "2820 Timed out" in result.stdout
        api.answers["GET", "/servers/vs1/traces"] = []
        assert "No traces are kept." in run("traces", api=api).stdout

    def test_one_is_found_on_whatever_server_by_the_request_id(self, run, api, tmp_path):
        api.answers["GET", "/servers"] = [
            msgspec.structs.replace(api.answers["GET", "/servers/vs1"], name=name)
            for name in ("vs2", "vs1")
        ]
        api.answers["GET", "/servers/vs2/traces/r-1"] = UnknownTrace(server="vs2", what="r-1")
        api.answers["GET", "/servers/vs1/traces/r-1"] = self.TEXT
        assert run("trace", "r-1", api=api).stdout == self.TEXT.decode()
        file = tmp_path / "r-1.trc"
        assert run("trace", "r-1", "--into", str(file), api=api).stdout == ""
        assert file.read_bytes() == self.TEXT

    def test_one_that_no_server_has(self, run, api):
        api.answers["GET", "/servers/vs1/traces/r-2"] = UnknownTrace(server="vs1", what="r-2")
        result = run("trace", "r-2", api=api)
        assert result.exit_code != 0
        assert "Error 9123: Session server vs1 has no trace of r-2." in result.stderr

    def test_of_a_live_session(self, run, api):
        api.answers["GET", "/servers/vs1/sessions/7/trace"] = self.TEXT
        result = run("trace", "--session", "7", "--server", "vs1", api=api)
        assert result.stdout == self.TEXT.decode()

    @pytest.mark.parametrize("words", [(), ("r-1", "--session", "7"), ("--session", "7")])
    def test_it_has_to_be_said_which(self, run, api, words):
        result = run("trace", *words, api=api)
        assert result.exit_code == 2
        assert "--session" in result.stderr

    def test_a_server_that_goes_away_meanwhile_is_left_out(self, run, api):
        gone = ServerUnreachable(server="vs1", address="a:1", reason="closed")
        api.answers["GET", "/servers/vs1/traces"] = gone
        api.answers["GET", "/servers/vs1/traces/r-1"] = gone
        assert "No traces" in run("traces", api=api).stdout
        assert "9202" in run("traces", "vs1", api=api).stderr
        assert "9123" in run("trace", "r-1", api=api).stderr
        assert "9202" in run("trace", "r-1", "--server", "vs1", api=api).stderr


@pytest.mark.parametrize("command", ["domains", "servers"])
def test_a_broken_edit_of_the_installation_is_shown_below_the_table(run, api, loads, command):
    said = "installation.xml cannot be used: line 3: no"
    api.answers["GET", "/ready"] = {"status": "yes", "reason": "", "problems": [said + "."]}
    assert (
        run(command, api=api).stdout.splitlines()[-1]
        == f"{said}; the last valid version stays in use"
    )
    assert said not in str(loads(run(command, "--json", api=api)))
    api.answers["GET", "/ready"] = {"status": "yes", "reason": "", "problems": []}
    assert "last valid version" not in run(command, api=api).stdout


def test_shares_are_judged_in_words(run, api):
    wrong = {
        "server": "vs2",
        "drawn": 60,
        "given": 58,
        "expected": 20.0,
        "variance": 16.0,
        "bound": 31.2,
        "as_expected": False,
    }
    right = {**wrong, "server": "vs1", "drawn": 40, "expected": 80.0, "as_expected": True}
    api.answers["GET", "/domains/retail/shares?window=300"] = [right, wrong]
    lines = run("shares", "retail", "--window", "300", api=api).stdout.splitlines()
    assert lines[2].split() == [
        "vs1",
        "40",
        "40.0",
        "%",
        "58",
        "80.0",
        "80.0",
        "%",
        "as",
        "expected",
    ]
    assert lines[3].split()[-3:] == ["not", "by", "chance"]
