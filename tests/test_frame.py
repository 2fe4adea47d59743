"""The frame holds: imports go down the floors, every error reaches every outlet."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from verdigris.errors import CODES, VerdigrisError


ROOT = Path(__file__).parent.parent


@pytest.mark.processes
def test_imports_go_down_the_floors():
    tool = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run(
        [tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_has_a_sentence_advice_and_a_status(code):
    error: type[VerdigrisError] = CODES[code]
    assert error.text.strip(), error
    assert error.advice.strip().endswith("."), error
    assert 400 <= error.http <= 599, error
    assert error.__doc__, error
    said = str(error())
    assert "{" not in re.sub(r"\{\?\}", "", said), said


def test_the_codes_of_vhi_keep_their_texts():
    assert str(CODES[2820]()) == "Timed out while waiting for data."
    assert str(CODES[2643](user="bob", location="pc1", name="BankDemo", domain="d1")) == (
        "User bob at pc1 was refused a connection to BankDemo. No servers in domain d1 are able "
        "to provide a session because they are either busy or offline."
    )


@pytest.mark.processes
def test_no_tracked_file_names_a_development_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    place = re.compile(r"(?<![\w.])/(?:" + "|".join(["wo" + "rk", "ro" + "ot"]) + r")/")
    found = [
        name
        for name in listed
        if (ROOT / name).is_file()
        and place.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []
