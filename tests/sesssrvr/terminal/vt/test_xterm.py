"""xterm as an oracle: random streams into both, the same questions to both, the same answers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


SCRIPT = Path(__file__).parents[4] / "scripts" / "xterm-vt.py"
STREAMS, SEED = 1500, 379


@pytest.mark.processes
def test_xterm_has_the_same_page_cursor_and_modes():
    missing = [program for program in ("xterm", "Xvfb") if shutil.which(program) is None]
    if missing:
        if os.environ.get("CI"):
            pytest.fail(f"{missing} not installed, and CI must not skip it")
        pytest.skip(f"{missing} not installed (Debian: apt-get install xterm xvfb)")
    done = subprocess.run(
        [sys.executable, SCRIPT, str(STREAMS), str(SEED)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("500 streams, 0 differ") == 3
