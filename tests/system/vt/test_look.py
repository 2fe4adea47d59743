"""A first model: its host is looked at from the command line, and its screens are captured."""

import subprocess
import sys

import pytest

from sesssrvr.terminal.capture import capture_from_text, screen_from_capture


pytestmark = pytest.mark.processes

MODEL = """<model xmlns="urn:verdigris:model:1" name="First" home="Month">
  <host type="VT" model="VT220" host="127.0.0.1" port="1"><option name="rows" value="43"/></host>
</model>"""


@pytest.fixture(scope="module")
def port(telnet_host):
    with telnet_host("calendar", "calcurse") as port:
        yield port


def looked(folder, port, *lines):
    return subprocess.run(
        [sys.executable, "-m", "sesssrvr.cli.look", folder, "--host", f"127.0.0.1:{port}"],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_model_without_an_entity_captures_its_first_screens(port, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.xml").write_text(MODEL)
    done = looked(
        tmp_path, port, "=Month", "g", "=GoToDay", "11/23/2026", ":Enter", "?", ":Tab", "=DayList"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # a model that has just been begun is no mistake
    assert "no entities" in done.stdout
    assert ":Enter, :PF3" in done.stdout
    screens = {
        path.stem: screen_from_capture(capture_from_text(path.read_text()))
        for path in (tmp_path / "model" / "screens").glob("*.txt")
    }
    assert set(screens) == {"Month", "GoToDay", "DayList"}
    assert {one.kind for one in screens.values()} == {"VT"}
    assert "Enter the day to go to" in str(screens["GoToDay"])
    assert "Board meeting" in str(screens["DayList"])
    assert screens["DayList"].runs


def test_entities_are_told_and_what_a_screen_differs_in(port, examples):
    done = looked(examples / "Calendar", port, "g", ":Enter", "?", ":Ctrl-T", ":NoSuchKey", "=a/b")
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert said.index("entity Month") < said.index("entity GoToDay") < said.rindex("entity Month")
    assert "no entity; nearest is" in said  # a task is no part of the model
    assert "refused the input" in said
    assert "'a/b' is not the name of an entity" in said


def test_the_end_of_the_session_ends_it_and_is_told(port, examples):
    done = looked(examples / "Calendar", port, "q", "", "g")
    assert done.returncode == 1
    assert "The host has ended the session" in done.stderr or "was lost" in done.stderr


def test_a_host_that_is_not_there_is_told(examples):
    done = looked(examples / "Calendar", 1)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
