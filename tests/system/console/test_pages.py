"""Every page: it shows what it is about, without a complaint of the browser or of axe-core, at any width."""

import pytest

from tests.system.console.conftest import Console


pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]

PAGES = {
    "": "sessions in use",
    "/domains": "default",
    "/domains/default": "Priority 1",
    "/servers": "vs1",
    "/servers/vs1": "Registered address",
    "/pools": "BankPool",
    "/sessions": "BankPool",
    "/models": "BankDemo",
    "/requests": "0 requests",
    "/configuration": "Versions",
    "/cluster": "m1",
    "/security": "argon2id",
    "/audit": "join",
    "/help": "Keys",
    "/nothing": "There is no page",
}

SETTINGS = [
    {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
]


@pytest.mark.parametrize(("path", "shown"), PAGES.items(), ids=lambda it: it or "overview")
def test_a_page_shows_what_it_is_about(console, path, shown):
    page = console.open(path)
    page.get_by_text(shown).first.wait_for()
    assert page.title().endswith("- Verdigris")


@pytest.mark.parametrize(
    "setting", SETTINGS, ids=lambda it: f"{it['viewport']['width']}-{it['color_scheme']}"
)
def test_no_page_has_a_fault_of_accessibility_or_is_wider_than_the_screen(
    installation, browser, signed_in, axe, setting
):
    """axe-core: WCAG 2.2 A and AA and good practice."""
    console = Console(
        browser, installation, storage_state=signed_in.context.storage_state(), **setting
    )
    found = {}
    try:
        for path in PAGES:
            page = console.open(path)
            page.evaluate(axe)
            told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            faults = [f"{it['id']}: {it['nodes'][0]['html'][:200]}" for it in told["violations"]]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append("it is wider than the screen")
            if faults:
                found[path] = faults
    finally:
        console.close()
    assert found == {}
    assert console.complaints == []


def test_the_first_load_is_small(installation, browser, signed_in):
    """The overview in a new browser: few requests, and less than most pictures."""
    console = Console(browser, installation, storage_state=signed_in.context.storage_state())
    answers = []
    console.page.on("response", lambda it: answers.append(it))  # noqa: PLW0108 - Playwright marks what it is given
    console.open()
    total = sum(len(it.body()) for it in answers if it.status == 200)
    console.close()
    assert len(answers) <= 45
    assert total <= 150_000
