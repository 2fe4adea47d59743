"""The command as a whole: help, completion, no traceback."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

import verdigris_command
from verdigris.cli.failures import EXIT
from verdigris_command.main import COMMANDS, main


APPLICATIONS = ("gateway", "mgmtsrvr", "sesssrvr")

PROCESSES = {
    "gateway": "gateway",
    "management-server": "mgmtsrvr",
    "session-server": "sesssrvr",
    "mcp-server": "gateway.mcp",
    "host-emulator": "hostemul",
}
"""Commands that become a server process, and its module."""


def complete(*words):
    """What the shell would offer behind these words."""
    *arguments, incomplete = words
    found = BashComplete(main, {}, "verdigris", "_VERDIGRIS_COMPLETE")
    return [item.value for item in found.get_completions(list(arguments), incomplete)]


def test_help_lists_the_commands_and_the_exit_statuses(run):
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f"  {command.name} " in result.stdout
    for said in EXIT.values():
        assert said.split(";")[0] in " ".join(result.stdout.split())


@pytest.mark.parametrize("command", [it.name for it in COMMANDS if it.name not in PROCESSES])
def test_every_command_has_help(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage:")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda it: it.name)
def test_an_application_registers_modules_of_its_own(command):
    """An entry of verdigris that named an application would be an import up the floors."""
    package = command.target.split(".")[0]
    lists = {name: import_module(f"{name}.cli") for name in ("verdigris", *APPLICATIONS)}
    owners = [
        name for name, it in lists.items() if command in (*it.COMMANDS, *getattr(it, "SERVERS", ()))
    ]
    assert owners == [package] or (owners == [] and package == "verdigris_command")


@pytest.mark.parametrize(("command", "module"), PROCESSES.items())
def test_a_process_command_becomes_its_module_and_hands_on_every_argument(
    run, monkeypatch, command, module
):
    become = []
    monkeypatch.setattr("os.execve", lambda *given: become.append(given))
    run(command, "--sample", "x", "--help")
    assert become[0][1] == [sys.executable, "-P", "-m", module, "--sample", "x", "--help"]
    assert become[0][2]["PYTHONSAFEPATH"] == "1"


@pytest.mark.processes
def test_a_folder_of_the_users_does_not_shadow_the_gateway(tmp_path):
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "__init__.py").write_text("raise RuntimeError('shadowed')")
    root = str(Path(verdigris_command.__file__).parents[1])
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "verdigris_command", "gateway", "--help"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "--config" in ran.stdout


def test_version(run):
    assert run("--version").stdout.startswith("verdigris, version ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run, shell):
    assert "_VERDIGRIS_COMPLETE" in run("completion", shell).stdout


def test_commands_are_completed():
    assert complete("dr") == ["drain"]


@pytest.mark.sockets
class TestLiveNames:
    @pytest.fixture(autouse=True)
    def _api(self, api, monkeypatch):
        monkeypatch.setenv("VERDIGRIS_API", api.url)

    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            (["drain", ""], ["vs1", "vs3"]),
            (["drain", "VS3"], ["vs3"]),
            (["pools", "start", "P"], ["Pool-1"]),
            (["undeploy", ""], ["BankDemo"]),
            (["call", ""], ["BankDemo", "Pool-1"]),
            (["call", "--domain", ""], ["retail"]),
            (["domains", "r"], ["retail"]),
            (["explain", ""], ["r-1", "r-1.2"]),
            (["deploy", "X.zip", "--server", ""], ["vs1", "vs3"]),
        ],
    )
    def test_come_from_the_api(self, words, offered):
        assert complete(*words) == offered

    def test_without_an_api_there_are_none(self, monkeypatch):
        monkeypatch.setenv("VERDIGRIS_API", "http://127.0.0.1:1")
        assert complete("drain", "") == []

    def test_an_answer_of_another_shape_offers_nothing(self, api):
        api.answers["GET", "/servers"] = {"error": 1}
        assert complete("drain", "") == []


@pytest.mark.sockets
def test_a_surprise_is_told_without_a_traceback(run, monkeypatch, api):
    def broken(*_, **__):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("verdigris.cli.api.Api.get", broken)
    result = run("servers", api=api)
    assert result.exit_code == 70
    assert result.stderr.startswith("Error 9000: Verdigris could not complete the request")
    assert "Traceback" not in result.output
    with pytest.raises(ZeroDivisionError):
        raise run("servers", api=api, VERDIGRIS_TRACEBACK="1").exception


@pytest.mark.sockets
def test_ctrl_c_ends_with_130(run, monkeypatch, api):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("verdigris.cli.api.Api.get", interrupted)
    assert run("servers", api=api).exit_code == 130
