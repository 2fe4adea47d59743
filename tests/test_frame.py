"""The frame holds: imports go down the floors, every error reaches every outlet."""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import pytest

from verdigris.errors import CODES, VerdigrisError


ROOT = Path(__file__).parent.parent


@pytest.mark.processes
def test_imports_go_down_the_floors():
    tool = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run(
        [tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=150
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_every_module_stands_in_a_layer():
    """A module in no layer could import anything unnoticed; a package's own `__init__` is its parts'."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = next(it for it in linter["contracts"] if it["name"] == "Imports go down the floors")
    layers = {name for layer in floors["layers"] for name in layer.replace(" ", "").split("|")}
    outside = []
    for package in linter["root_packages"]:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            module = ".".join(parts)
            inside = any(".".join(parts[:n]) in layers for n in range(1, len(parts) + 1))
            if not inside and not any(name.startswith(f"{module}.") for name in layers):
                outside.append(module)
    assert outside == []


@pytest.mark.processes
def test_the_floors_of_the_architecture_page_are_those_of_the_imports():
    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / "floors.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=150,
    )
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = page.partition("<!-- drawn by: ")[2].partition("-->")[2].partition("<!-- end")[0]
    assert drawn.strip() == ran.stdout.strip(), "run: python scripts/floors.py --write"


@pytest.mark.processes
def test_the_page_of_session_calls_lists_the_calls_of_the_code_and_their_tests():
    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / "session_calls.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=150,
    )
    page = (ROOT / "docs" / "reference" / "session-calls.md").read_text(encoding="utf-8")
    written = page.partition("<!-- written by: ")[2].partition("-->")[2].partition("<!-- end")[0]
    assert written.strip() == ran.stdout.strip(), "run: python scripts/session_calls.py --write"


@pytest.mark.processes
def test_the_shape_of_the_code_can_be_measured():
    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / "structure"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=150,
    )
    assert "import circles" in ran.stdout


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
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=150
    ).stdout.split()
    place = re.compile(r"(?<![\w.])/(?:" + "|".join(["wo" + "rk", "ro" + "ot"]) + r")/")
    found = [
        name
        for name in listed
        if (ROOT / name).is_file()
        and place.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def endless(text):
    """Lines that wait for a program for as long as it likes."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called, bounded = (
            node.func.attr,
            {keyword.arg for keyword in node.keywords} & {"timeout", None},
        )
        runs = ast.unparse(node.func.value) == "subprocess" and called in {
            "run",
            "check_call",
            "check_output",
        }
        if (runs or (called == "communicate" and not node.args)) and not bounded:
            yield node.lineno


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda it: str(it.relative_to(ROOT))
)
def test_no_test_waits_for_a_program_for_ever(path):
    assert list(endless(path.read_text(encoding="utf-8"))) == []


def test_a_wait_without_a_limit_is_found():
    assert list(
        endless("subprocess.run(['x'])\nit.communicate()\nsubprocess.run(['x'], timeout=1)")
    ) == [1, 2]


TEST_PATH = re.compile(r"(?<![\w/*.])tests/[\w*][\w./*-]*")
"""A path of a test in a docstring, comment or page; it may hold `*`."""


def said_in(path):
    """What a file says of tests: a page all of it, a program its docstrings and comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    found = ast.walk(ast.parse(text))
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    strings = [ast.get_docstring(it) or "" for it in found if isinstance(it, kinds)]
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join(strings + [it.string for it in tokens if it.type == tokenize.COMMENT])


def missing_tests(text):
    """Paths of tests a text names that do not exist."""
    for named in TEST_PATH.findall(text):
        one = named.rstrip(".-")
        if not any(ROOT.glob(one)):
            yield one


@pytest.mark.processes
def test_every_test_that_code_or_docs_name_exists():
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "*.toml"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=150,
    ).stdout.split()  # fmt: skip
    found = {}
    for name in listed:
        path = ROOT / name
        if path.is_file() and b"tests/" in path.read_bytes():
            found[name] = [*missing_tests(said_in(path))]
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_the_name_of_a_test_that_does_not_exist_is_found():
    text = "Law (tests/nowhere/test_x.py): see tests/test_frame.py, tests/test_f*.py and x/tests/y."
    assert [*missing_tests(text)] == ["tests/nowhere/test_x.py"]
