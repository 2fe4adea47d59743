"""The pages of the documentation: what they link to and name is there."""

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from sesssrvr.terminal import tn5250
from sesssrvr.terminal.tn3270 import keys as keys_3270


ROOT = Path(__file__).parents[1]
FILES = frozenset(
    subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=150,
    ).stdout.split()
)  # fmt: skip
FOLDERS = frozenset(str(one) for name in FILES for one in PurePosixPath(name).parents)
PAGES = sorted(name for name in FILES if name.endswith(".md") and (ROOT / name).exists())
OF_VHI = "docs/reference/product-facts.md"
"""Names files of the other product."""
GENERATED = frozenset(f"docs/reference/{one}.md" for one in ("configuration", "errors", "models"))
DECISIONS = sorted(name for name in PAGES if re.match(r"docs/decisions/\d", name))
SECTIONS = ["Context", "Decision", "Alternatives", "Consequences"]
OURS = "benchmarks|deploy|docs|examples|gateway|hostemul|mgmtsrvr|scripts|sesssrvr|tests|verdigris|wsdl"
LINE = 140


pytestmark = pytest.mark.skipif(not FILES, reason="not a git clone")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def anchors(page: str) -> set[str]:
    """The headings of a page as a forge spells them in addresses."""
    heads = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def prose(page: str) -> list[str]:
    """Lines outside code blocks and tables."""
    code = False
    lines = []
    for line in text_of(page).splitlines():
        code ^= line.startswith("```")
        if not code and not line.startswith(("```", "|", "    ")):
            lines.append(line)
    return lines


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (ROOT / page).parent / name if name else ROOT / page
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(str(found.resolve().relative_to(ROOT))), target


@pytest.mark.parametrize("page", [one for one in PAGES if one != OF_VHI])
def test_every_file_that_is_named_is_there(page):
    for name in re.findall(rf"`((?:{OURS})/[\w./-]*)`", text_of(page)):
        known = name.rstrip("/")
        assert known in FILES | FOLDERS or known.startswith("deploy/"), name


@pytest.mark.parametrize("page", [one for one in PAGES if one not in GENERATED and one != OF_VHI])
def test_lines_are_not_longer_than_a_screen(page):
    assert [line for line in prose(page) if len(line) > LINE] == []


def test_the_first_page_is_short():
    assert len(text_of("README.md").splitlines()) <= 70


@pytest.mark.parametrize("page", DECISIONS)
def test_decisions_have_one_form_and_are_in_the_index(page):
    text = text_of(page)
    name = PurePosixPath(page).name

    assert re.match(rf"# {name[:4]} .+\n\n- Status: .+\n- Date: \d{{4}}-\d\d-\d\d\n", text)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert f"]({name}) |" in text_of("docs/decisions/README.md")


def test_decisions_that_are_cited_have_a_record_or_a_place():
    index = text_of("docs/decisions/README.md")
    known = set(re.findall(r"^\| (\d{4}) \|", index, re.MULTILINE))
    sources = [name for name in FILES if name.endswith((".py", ".toml", ".md", ".xsd"))]
    cited = {
        number
        for name in sources
        if (ROOT / name).exists()
        for number in re.findall(r"\bdecisions?[ /](\d{4})\b", text_of(name))
    }
    assert len(known) > 20
    assert cited <= known


@pytest.mark.parametrize(
    ("page", "keys"),
    [("docs/behaviour/3270.md", keys_3270.KEYS), ("docs/behaviour/5250.md", tn5250.KEYS)],
)
def test_every_key_a_model_can_press_is_named(page, keys):
    section = text_of(page).split("## Key names\n")[1].split("\n## ")[0]
    named = set(re.findall(r"`([A-Za-z]+\d*[+-]?)`", section)) - {"TransmitTerminalKey"}
    for first, last in re.findall(r"`([A-Z]+\d+)` to `([A-Z]+\d+)`", section):
        stem = first.rstrip("0123456789")
        named |= {
            f"{stem}{number}" for number in range(int(first[len(stem) :]), int(last[len(stem) :]))
        }
    assert set(keys) == named


def test_the_steps_of_an_allocation_are_twelve():
    rows = re.findall(r"^\| (\d+) \|", text_of("docs/allocation.md"), re.MULTILINE)

    assert [int(one) for one in rows[:12]] == list(range(1, 13))
