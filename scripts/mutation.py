"""Mutation tests: break the source in one place at a time, and see the tests notice each break.

Every mutant is a replacement in a temporary copy; the tests run against that copy and have to fail (or
hang, which the time limit turns into a failure). A mutant that survives is a rule without a test. Used by
`scripts/mutants`, `scripts/mutants-sessions` and `scripts/mutants-gateway`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


ROOT = Path(__file__).resolve().parent.parent
LIMIT = 120  # seconds for the tests of one mutant; without a mutant they need 10 to 25

Mutant = tuple[Sequence[str], str, str, str, str]
"""Tests under the part's folder of tests, file under the part, its text, the text instead, what that means."""


@dataclass(frozen=True)
class Mutation:
    """The mutants of one part.

    Attributes:
        part: folder whose source is broken.
        copied: folders that the tests need; all others are those of the checkout.
        mutants: of it.
    """

    part: str
    copied: Sequence[str]
    mutants: Sequence[Mutant]

    def run(self, words: Sequence[str]) -> int:
        """Run the mutants whose description has the words; 1 if any survives."""
        chosen = [mutant for mutant in self.mutants if all(word in mutant[4] for word in words)]
        survivors = 0
        for number, (tests, file, old, new, means) in enumerate(chosen, 1):
            started = time.monotonic()
            caught = self._killed_by(tests, file, old, new)
            took = time.monotonic() - started
            survivors += not caught
            say = f"{number:3}/{len(chosen)} {took:5.1f} s  {file:24} {means:62} {caught or 'SURVIVES'}"
            print(say, flush=True)
        print(f"{len(chosen) - survivors} of {len(chosen)} mutants caught")
        return 1 if survivors else 0

    def _killed_by(self, tests: Sequence[str], file: str, old: str, new: str) -> str:
        """The first test that fails with this replacement; "" if none does."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder)
            for part in (self.part, f"tests/{self.part}", "tests/support", *self.copied):
                leave = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / part, copy / part, ignore=leave)
            for name in ("conftest.py", "pyproject.toml", "tests/__init__.py"):
                shutil.copy(ROOT / name, copy / name)
            source = copy / self.part / file
            text = source.read_text(encoding="utf-8")
            if text.count(old) != 1:
                sys.exit(f"{file} contains this {text.count(old)} times, not once:\n{old}")
            source.write_text(text.replace(old, new), encoding="utf-8")
            return _first_failure(copy, [f"tests/{self.part}/{name}" for name in tests])


def _first_failure(copy: Path, files: Sequence[str]) -> str:
    """Run the tests in a copy."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ran = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True,
                             timeout=LIMIT, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return "(hangs)"
    if ran.returncode == 0:
        return ""
    failed = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split("::")[-1].split(" - ")[0] if failed else f"(status {ran.returncode})"
