"""The systemd units: judged by systemd itself, without a running one."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from verdigris.config import ports
from verdigris.server_process import UNUSABLE_CONFIGURATION
from verdigris_command.main import COMMANDS
from verdigris_command.package_data import units


ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(
    ANALYZE is None and not os.environ.get("CI"),
    reason="systemd-analyze is not installed (scripts/test installs it)",
)
EXPOSURE = 15
"""Tenths: "OK" ends at 5.0; a new service that is not confined has 9.6."""


def instance(path: Path, folder: Path) -> Path:
    """The unit, of a template its instance vs1, with a program that is there."""
    text = path.read_text().replace("/opt/verdigris/bin/verdigris", sys.executable)
    made = folder / path.name.replace("@", "@vs1")
    made.write_text(re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE))
    return made


@needs_systemd
@pytest.mark.parametrize("path", units(), ids=lambda one: one.name)
def test_systemd_understands_every_line_of_a_unit(path, tmp_path):
    done = subprocess.run(
        [ANALYZE, "verify", "--man=no", "--recursive-errors=no", instance(path, tmp_path)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "verdigris" in line]
    assert ours == [], done.stderr


@needs_systemd
@pytest.mark.parametrize("path", units(), ids=lambda one: one.name)
def test_a_unit_may_do_little(path):
    done = subprocess.run(
        [ANALYZE, "security", "--offline=yes", f"--threshold={EXPOSURE}", path],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("path", units(), ids=lambda one: one.name)
def test_a_unit_calls_a_command_with_options_it_has(path):
    command = re.search(r"^ExecStart=\S+/verdigris (\S+) (.*)$", path.read_text(), re.MULTILINE)
    assert command
    assert command[1] in {one.name for one in COMMANDS}
    if command[1] == "start":
        assert command[2] == "/var/lib/verdigris/%i"
        return
    module = {"gateway": "gateway", "management-server": "mgmtsrvr", "session-server": "sesssrvr", "mcp-server": "gateway.mcp"}[command[1]]  # fmt: skip
    program = __import__(f"{module}.__main__", fromlist=["main"]).main
    help_text = CliRunner().invoke(program, ["--help"]).output
    for option in re.findall(r"--[a-z-]+", command[2]):
        assert option in help_text


@pytest.mark.parametrize("path", units(), ids=lambda one: one.name)
def test_a_file_that_cannot_be_used_does_not_restart_for_ever(path):
    assert f"RestartPreventExitStatus={UNUSABLE_CONFIGURATION}\n" in path.read_text()


def test_what_is_written_is_kept_in_the_state_directory():
    for path in units():
        assert "ReadWritePaths" not in path.read_text()
        assert "StateDirectory=verdigris/" in path.read_text()


def test_the_image_copies_every_package_and_what_the_wheel_includes():
    root = Path(__file__).parents[2]
    text = (root / "deploy" / "container" / "Containerfile").read_text()
    wheel = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]
    for needed in (*wheel["packages"], *wheel["force-include"]):
        above = [needed, *(str(one) for one in Path(needed).parents if str(one) != ".")]
        assert any(re.search(rf"^COPY {re.escape(one)} ", text, re.MULTILINE) for one in above), (
            needed
        )
    for port in (
        ports.GATEWAY_HTTP,
        ports.MANAGEMENT_SERVER,
        ports.ADMINISTRATION,
        ports.SESSION_SERVER,
        ports.TOOLS,
    ):
        assert re.search(rf"^EXPOSE .*\b{port}\b", text, re.MULTILINE)
