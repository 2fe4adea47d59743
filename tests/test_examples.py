"""Examples in pages: each is checked as far as it can be without the installation that its page is about.

Python is compiled, and run where a page needs nothing but itself; XML and JSON are parsed; a command of a
shell has to exist with these options. `RUN_ELSEWHERE` names the tests that run a page's examples for real.
Sybil would collect the same blocks; a page's examples here share a namespace and a name in the report,
which needs no further library.
"""

import ast
import importlib.util
import json
import re
import shlex
from pathlib import Path

import click
import pytest
from lxml import etree

from verdigris_command.main import main


ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for place in ("*.md", "docs/**/*.md", "deploy/**/*.md", "examples/*/README.md", "tests/**/*.md")
    for page in ROOT.glob(place)
    if "node_modules" not in page.parts
)
RUN_HERE = {"docs/connector.md", "docs/reference/session-calls.md"}
"""Pages whose Python runs from top to bottom without a server."""

RUN_ELSEWHERE = {
    "docs/tutorial.md": "tests/system/test_tutorial.py",
    "docs/vt-hosts.md": "tests/system/vt/test_guide.py",
    "docs/reference/rest.md": "tests/system/test_rest.py",
    "docs/reference/tools.md": "tests/system/test_rest.py",
}
QUOTED = {"docs/reference/product-facts.md"}
"""Pages that quote parts of others' documents."""

LANGUAGES = {"", "console", "json", "mermaid", "python", "sh", "text", "xml"}


def blocks(page):
    """(language, text) of each fenced block."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```([a-z]*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def of(language):
    """Every block of a language, named by its page."""
    return [
        pytest.param(text, id=f"{page}-{number}")
        for page in PAGES
        for number, (found, text) in enumerate(blocks(page))
        if found == language and page not in QUOTED
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_block_says_what_it_is(page):
    assert {language for language, _ in blocks(page)} <= LANGUAGES
    fences = len(re.findall(r"^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE))
    assert fences == 2 * len(blocks(page)), "a block is not closed, or is indented"


@pytest.mark.parametrize("text", of("python"))
def test_python_compiles(text):
    compile(text, "page", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("page", sorted(RUN_HERE))
def test_python_runs(page):
    program = "\n".join(text for language, text in blocks(page) if language == "python")
    assert program
    exec(compile(program, page, "exec"), {})  # noqa: S102 - our own page


@pytest.mark.parametrize(("page", "test"), RUN_ELSEWHERE.items())
def test_a_page_that_is_run_elsewhere_is_named_there(page, test):
    assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", of("xml"))
def test_xml_is_well_formed(text):
    text = re.sub(r"<\?xml.*?\?>|<!DOCTYPE[^>]*>", "", text).replace("...", "")
    parser = etree.XMLParser(recover=False, resolve_entities=False)
    etree.fromstring(
        f'<page xmlns:soapenv="urn:1" xmlns:soap="urn:2" xmlns:e="urn:3">{text}</page>', parser
    )


@pytest.mark.parametrize("text", of("json"))
def test_json_is_read(text):
    json.loads(text)


@pytest.mark.parametrize("text", of("sh"))
def test_commands_exist(text):
    checked = 0
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        match words:
            case ["verdigris", *arguments]:
                parsed(main, arguments)
            case ["python", "-m", module, *_]:
                assert importlib.util.find_spec(f"{module}.__main__"), line
            case [script, *_] if script.startswith("scripts/"):
                assert (ROOT / script).is_file(), line
            case _:
                continue
        checked += 1
    assert checked, "nothing here is a command of ours"


def parsed(command, arguments):
    """Look a command of the command line up, and its options; nothing is run."""
    context = click.Context(command)
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        name, *arguments = arguments
        command = command.get_command(context, name)
        assert command is not None, f"there is no command {name}"
    if command.context_settings.get("ignore_unknown_options"):
        return  # it becomes a process, which has the options
    options = {
        option
        for parameter in command.get_params(context)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    unknown = {word.partition("=")[0] for word in arguments if word.startswith("-")} - options
    assert not unknown, f"{command.name} has no option {unknown}"
