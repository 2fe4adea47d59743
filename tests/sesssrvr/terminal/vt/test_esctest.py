"""The script that lets esctest2 ask our terminal, with a stand-in for esctest2 written here."""

import subprocess
import sys
from pathlib import Path

import pytest


SCRIPT = Path(__file__).parents[4] / "scripts" / "esctest-vt.py"
# Asks for the cursor in the words of the class: a wrong place is a failure.
PROGRAM = """
import os, sys, tty
options = dict(word.lstrip("-").partition("=")[::2] for word in sys.argv[1:])
name = options["include"].strip("^.\\\\")
tty.setraw(0)
os.write(1, {"GoodTests": b"\\x1b[2;3H", "BadTests": b"", "DATests": b""}[name] + b"\\x1b[6n")
answer = b""
while not answer.endswith(b"R"):
    answer += os.read(0, 1)
test = {"GoodTests": "test_good", "BadTests": "test_bad", "DATests": "test_DA_0"}[name]
with open(options["logfile"], "w") as log:
    print(f"Run test: {name}.{test}", file=log)
    good = answer == b"\\x1b[2;3R"
    print("Passed." if good else f"*** TEST {name}.{test} FAILED:", file=log)
    print("Skipped because terminal lacks requisite capability: ", file=log)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "esctest" / "tests").mkdir(parents=True)
    (tmp_path / "esctest" / "esctest.py").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


def asked(folder, *names, listed=("Good",)):
    listing = "".join(f"    {name}Tests,\n" for name in listed)
    (folder / "esctest" / "tests" / "__init__.py").write_text(listing, encoding="utf-8")
    return subprocess.run(
        [sys.executable, SCRIPT, folder, *names],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=SCRIPT.parents[1],
    )


@pytest.mark.processes
def test_it_counts_what_passed_and_was_skipped(folder):
    done = asked(folder, "GoodTests")
    assert done.returncode == 0, done.stderr
    assert "utf-8: 2 cases: {'passed': 1, 'failed': 0, 'known or skipped': 1}" in done.stdout
    assert "latin-1: 2 cases" in done.stdout


@pytest.mark.processes
def test_a_difference_is_a_failure_unless_it_is_accepted(folder):
    assert asked(folder, "DATests").returncode == 0
    done = asked(folder, "BadTests")
    assert done.returncode == 1
    assert "failed: BadTests.test_bad: NOT ACCEPTED" in done.stdout


@pytest.mark.processes
def test_too_few_cases_are_a_failure_and_some_classes_are_left_out(folder):
    done = asked(folder, listed=("Good", "ChangeColor"))
    assert done.returncode == 1
    assert "MISSED" in done.stdout
    assert "ChangeColor" not in done.stdout


@pytest.mark.processes
def test_a_folder_without_it_is_said_so(tmp_path):
    (tmp_path / "esctest" / "tests").mkdir(parents=True)
    done = asked(tmp_path, "GoodTests")
    assert done.returncode == 2
    assert "no esctest.py in" in done.stderr
