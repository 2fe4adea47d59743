"""The console: every page in every setting, and what operators do there, by mouse and by keyboard alone."""

import json
import re

import pytest

from tests.system.console.conftest import Console, until


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


# ---- acts ---------------------------------------------------------------------------------------


def state_of(installation, server):
    return json.loads(installation.get(f"{installation.api}/servers/{server}"))["state"]


def test_a_server_is_taken_out_and_brought_back(console, installation):
    page = console.open("/servers")
    page.get_by_label("Select vs1").check()
    page.get_by_role("button", name="Drain").click()
    dialog = page.get_by_role("dialog", name="Drain vs1")
    assert "0 used sessions go on" in dialog.inner_text()
    dialog.get_by_role("button", name="Drain").click()
    row = page.get_by_role("row", name=re.compile("vs1"))
    row.get_by_text("draining").wait_for()
    assert state_of(installation, "vs1") == "draining"
    page.get_by_label("Select vs1").check()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    row.get_by_text("online").wait_for()
    until(lambda: state_of(installation, "vs1") == "online", "vs1 takes sessions again")


def test_the_same_by_keyboard_alone(console, installation):
    page = console.open()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.get_by_role("heading", name="Session servers").wait_for()
    page.get_by_role("link", name="vs2").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.get_by_label("Select vs2").is_checked()
    page.get_by_role("button", name="Maintenance").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    until(lambda: page.evaluate("document.activeElement.textContent") == "Maintenance", "focus")
    assert state_of(installation, "vs2") == "online"


def test_anything_is_found_by_its_name(console):
    page = console.open()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Name").wait_for()
    page.keyboard.type("server vs2")
    page.get_by_role("option", name="Session server vs2").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Session server vs2").wait_for()


def test_a_list_is_what_its_csv_is(console, installation):
    page = console.open("/pools?filter=vs1&columns=name,server")
    shown = page.locator("tbody tr").all_inner_texts()
    address = page.get_by_role("link", name="CSV").get_attribute("href")
    lines = installation.get(installation.api + address).decode().splitlines()
    assert lines[0] == "name,server"
    assert [line.split(",") for line in lines[1:]] == [it.split() for it in shown]


def edited(page, old, new):
    area = page.get_by_label("Installation document")
    area.fill(re.sub(old, new, area.input_value()))


def test_weights_are_planned_put_into_force_and_taken_back(console, installation):
    page = console.open("/configuration")
    until(lambda: "vs2" in page.get_by_label("Installation document").input_value(), "it is loaded")
    edited(page, 'server="vs2" weight="[0-9]+"', 'server="vs2" weight="300"')
    page.get_by_role("button", name="Plan").click()
    plan = page.get_by_role("region", name="Plan")
    plan.get_by_text("Shares while all are online").wait_for()
    page.get_by_role("button", name="Put into force").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Comment").fill("more for vs2")
    dialog.get_by_role("button", name="Put into force").click()
    page.get_by_role("cell", name="more for vs2").wait_for()
    versions = page.get_by_role("region", name="Versions that are kept")
    versions.get_by_role("button", name="Restore").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    until(
        lambda: b'weight="300"' not in installation.get(f"{installation.api}/installation"),
        "restored",
    )


def test_who_comes_second_does_not_overwrite(console, installation):
    page = console.open("/configuration")
    until(lambda: "vs2" in page.get_by_label("Installation document").input_value(), "it is loaded")
    installation.done("drain", "vs2", "--api", installation.api)
    installation.done("resume", "vs2", "--api", installation.api)
    edited(page, "</domains>", "</domains><!-- mine -->")
    page.get_by_role("button", name="Plan").click()
    page.get_by_role("button", name="Put into force").click()
    page.get_by_role("dialog").get_by_role("button", name="Put into force").click()
    page.get_by_role("dialog").get_by_role("alert").wait_for()
    assert b"mine" not in installation.get(f"{installation.api}/installation")
    console.complaints.clear()  # the browser tells of the refusal


def test_a_broken_document_is_told_by_its_line(console):
    page = console.open("/configuration")
    until(lambda: "vs2" in page.get_by_label("Installation document").input_value(), "it is loaded")
    edited(page, "<domains>", "<domeins>")
    page.get_by_role("button", name="Plan").click()
    assert re.search(r"line \d+", page.get_by_role("alert").inner_text())
    console.complaints.clear()


def test_what_somebody_may_not_do_is_not_offered(installation, browser):
    added = ("user", "add", "vera", "--profile", "developer", "--api", installation.api)
    installation.give(*added, text="vera's own password")
    console = Console(browser, installation).sign_in("vera", "vera's own password")
    try:
        console.page.get_by_role("heading", name="Overview").wait_for()
        page = console.open("/servers")
        page.get_by_role("link", name="vs1").wait_for()
        assert page.get_by_role("checkbox", name=re.compile("Select")).count() == 0
        assert page.get_by_role("link", name="Security").count() == 0
        page = console.open("/security")
        page.get_by_text("You may not see this page").wait_for()
        page = console.open("/configuration")
        assert page.get_by_role("button", name="Put into force").count() == 0
    finally:
        console.close()


def test_who_is_signed_out_is_asked_again_and_comes_back_to_the_page(installation, browser):
    console = Console(browser, installation).sign_in()
    try:
        page = console.open("/pools")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", name="Verdigris").wait_for()
        assert page.url.endswith("/console/pools")
        page.get_by_label("User").fill("admin")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
        page.get_by_label("Password").fill(installation.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Session pools").wait_for()
    finally:
        console.close()


def test_a_screen_of_a_session_is_seen(console, installation):
    page = console.open("/servers/vs1")
    page.get_by_role("tab", name="Sessions").click()
    page.get_by_role("table").get_by_role("link").first.click()
    screen = page.locator("figure.screen pre")
    screen.wait_for()
    assert "MAIN MENU" in screen.inner_text()


def test_the_tab_goes_on_when_the_management_server_comes_back(console, installation):
    """Killed and started again: the tab is live within seconds, and nobody signs in again."""
    page = console.open("/servers")
    page.locator(".live.live").wait_for()
    installation.processes["m1"].kill()
    page.locator(".live.polling, .live.stopped").wait_for()
    installation.processes["m1"].start()
    page.locator(".live.live").wait_for(timeout=60_000)
    page.get_by_role("row", name=re.compile("vs1.*online")).wait_for()
    console.complaints.clear()
