"""The explorer in a real browser: every procedure can be tried, and everything shown is text."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


pytestmark = pytest.mark.processes

SIZES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture
def page(browser: Any, address: str) -> Any:
    """BankDemo's page at desktop width."""
    browser.open(f"{address}/explorer/model/BankDemo")
    yield browser
    assert browser.complaints() == []


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_a_search_is_tried_at_every_size_and_in_both_colour_schemes(
    browser: Any, address: str, width: int, scheme: str, tmp_path: Path
) -> None:
    browser.open(f"{address}/explorer", width, 800, scheme)
    assert "BankDemo" in browser.text(".card")
    browser.open(f"{address}/explorer/model/BankDemo", width, 800, scheme)
    browser.fill("#findAccounts [name=Owner]", 'Ada & "Co" <x>')
    browser.run()
    assert browser.text("#status").startswith("Done")
    assert "vs2" in browser.text("#status")
    assert "Ada <b>Lovelace</b>" in browser.text("#rows table")
    assert "2 rows" in browser.text("#rows")
    for tab in ("screens", "response", "request", "copy", "rows"):
        browser.click(f"[data-tab={tab}]")
        assert browser.text(f"#{tab}").strip()
        assert browser.js("document.documentElement.scrollWidth") <= width, f"{tab} is too wide"
    back = browser.js("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, back[4:-1].split(","))) < 150) == (scheme == "dark")
    assert low_contrast(browser) == []
    assert browser.complaints() == []
    assert all(url.startswith((address, "data:")) for url in browser.addresses())


def low_contrast(browser: Any) -> Any:
    """Texts with less than 4.5:1 between letters and ground (WCAG 2, AA)."""
    return browser.js("""(() => {
      const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
      const lum = ([r, g, b]) => { const f = (v) => (v /= 255) <= .03928 ? v / 12.92
        : ((v + .055) / 1.055) ** 2.4; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
      const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
      return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() &&
        [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).filter((e) => {
        const [a, b] = [lum(rgb(getComputedStyle(e).color)), lum(ground(e))];
        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5; }).map((e) => e.outerHTML.slice(0, 80));
    })()""")


@pytest.mark.parametrize("path", ["/vhi-ws", "/vhi-ws/model/BankDemo", "/explorer"])
def test_pages_fit_a_telephone(browser: Any, address: str, path: str) -> None:
    browser.open(f"{address}{path}", 360, 800)
    assert browser.js("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("over", ["1.1", "1.2", "rest"])
def test_every_protocol_gives_the_same_rows(page: Any, over: str) -> None:
    page.fill("#findAccounts [name=Owner]", "Ada")
    page.fill("#findAccounts [name=Number]", "4711")
    page.js(f"document.querySelector('#over').value = '{over}'")
    page.run()
    assert page.text("#rows table").split("\n")[1:] == [
        "4711\tAda <b>Lovelace</b>\t1250.00\t1998-04-01\tfalse",
        "4712\tAda Lovelace\tnone\t2003-11-30\ttrue",
    ]
    page.click("[data-tab=screens]")
    assert "SignOn \u2192 Menu" in page.text("#screens")
    assert "<script>" in page.text("#screens .screen")


@pytest.mark.parametrize("over", ["1.1", "rest"])
def test_a_refusal_shows_its_error_and_the_allocation(page: Any, over: str) -> None:
    page.js(f"location.hash = 'refused'; document.querySelector('#over').value = '{over}'")
    page.run()
    assert page.text("#status").startswith("Failed")
    assert "2643" in page.text("#errors")
    assert "its limit of 2 sessions" in page.text("#trail table")
    assert "vs3" in page.text("#trail")


@pytest.mark.parametrize("over", ["1.2", "rest"])
def test_a_model_error_shows_its_masked_screen(page: Any, over: str) -> None:
    page.js(f"location.hash = 'lost'; document.querySelector('#over').value = '{over}'")
    page.run()
    assert "none of the model's entities" in page.text("#errors")
    assert "VERDIGRIS BANK" in page.text("#screens .screen")


@pytest.mark.parametrize("over", ["1.1", "rest"])
def test_an_update_writes_and_blanks_values(page: Any, over: str) -> None:
    page.js(f"location.hash = 'changeAccount'; document.querySelector('#over').value = '{over}'")
    page.fill("#changeAccount [name=Number]", "4711")
    page.click("#changeAccount [data-blank=Owner]")
    page.js("document.querySelector('#changeAccount [name=Opened]').value = '2024-02-29'")
    page.js("document.querySelector('#changeAccount [name=Closed]').value = 'true'")
    page.fill("#changeAccount [name=Balance]", "12345678901234567890.12")
    page.run()
    assert page.text("#rows") == "3 records written."
    page.click("[data-tab=request]")
    sent = page.text("#request")
    if over == "rest":
        assert '"Balance": 12345678901234567890.12' in sent
        assert '"Owner": null' in sent
    else:
        assert '<Owner xsi:nil="true"/>' in sent


def test_a_required_input_is_asked_for_before_anything_is_sent(page: Any) -> None:
    page.click("#run")
    assert page.js("document.activeElement.name") == "Owner"
    assert page.js("document.querySelector('#answer').hidden")
    assert "*" in page.text("#findAccounts .field")


def test_procedures_are_found_by_a_part_of_their_name(page: Any) -> None:
    page.fill("#find", "CHANGE")
    shown = page.js(
        "[...document.querySelectorAll('nav li:not([hidden]) span')].map(e => e.innerText)"
    )
    assert shown == ["changeAccount"]
    page.click("nav li:not([hidden]) a")
    page.until("document.querySelector('#findAccounts').hidden")
    assert page.text("#changeAccount h2").startswith("changeAccount")


def test_documentation_types_units_and_bounds_are_at_the_inputs(page: Any) -> None:
    assert "Accounts of an owner, with their balances." in page.text("#findAccounts")
    assert "Whose accounts; any part of it." in page.text("#findAccounts .fields")
    assert "whole number, 1 to 99999" in page.text("#findAccounts .fields")
    page.js("location.hash = 'changeAccount'")
    assert "number, EUR, 2 decimals" in page.text("#changeAccount")


def copied(page: Any, place: int) -> str:
    page.fill("#findAccounts [name=Owner]", 'O\'Hara "x" \\ & <y>')
    page.fill("#findAccounts [name=Pin]", "98765")
    page.run()
    page.click("[data-tab=copy]")
    page.click(f"#copy details:nth-of-type({place}) summary")
    return page.text(f"#copy details:nth-of-type({place}) pre")


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_no_copy_and_no_shown_request_has_a_password(page: Any, place: int) -> None:
    text = copied(page, place)
    assert "98765" not in text
    assert "********" in text
    assert "98765" not in page.js("document.querySelector('#request').textContent")


def test_the_copied_curl_command_works(page: Any) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{copied(page, 1).strip()} --silent --fail"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert b"4711" in done.stdout


def test_the_copied_python_program_works(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "call.py"
    file.write_text(copied(page, 2))
    done = subprocess.run(
        [sys.executable, str(file)], capture_output=True, check=True, text=True, timeout=60
    )
    assert "4711" in done.stdout


def ran(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(not shutil.which("javac"), reason="java is not installed")
def test_the_copied_java_program_works(page: Any, tmp_path: Path) -> None:
    (tmp_path / "Call.java").write_text(copied(page, 3))
    said = ran(["java", "Call.java"], tmp_path)
    assert said.startswith("200\n")
    assert "4711" in said


@pytest.mark.skipif(not shutil.which("mcs"), reason="mono is not installed")
def test_the_copied_c_sharp_program_works(page: Any, tmp_path: Path) -> None:
    (tmp_path / "Call.cs").write_text(copied(page, 4))
    ran(["mcs", "-r:System.Net.Http.dll", "Call.cs"], tmp_path)
    said = ran(["mono", "Call.exe"], tmp_path)
    assert said.startswith("200\n")
    assert "4711" in said


@pytest.mark.parametrize("over", ["1.2", "rest"])
@pytest.mark.parametrize("place", [1, 3, 4])
def test_what_is_copied_over_another_protocol_works_too(
    page: Any, tmp_path: Path, place: int, over: str
) -> None:
    page.js(f"document.querySelector('#over').value = '{over}'")
    text = copied(page, place)
    if place == 1:
        assert "4711" in ran(["sh", "-c", f"{text.strip()} --silent --fail"], tmp_path)
    elif place == 3 and shutil.which("javac"):
        (tmp_path / "Call.java").write_text(text)
        assert "4711" in ran(["java", "Call.java"], tmp_path)
    elif place == 4 and shutil.which("mcs"):
        (tmp_path / "Call.cs").write_text(text)
        ran(["mcs", "-r:System.Net.Http.dll", "Call.cs"], tmp_path)
        assert "4711" in ran(["mono", "Call.exe"], tmp_path)


def test_nothing_of_a_model_is_run_as_a_script(page: Any) -> None:
    assert page.js("document.title") == "BankDemo - Verdigris explorer"
    assert "<script>document.title='owned'</script>" in page.text("header")
    refused = page.js(
        "new Promise(r => { addEventListener('securitypolicyviolation', e => r(e.effectiveDirective));"
        "const s = document.createElement('script'); s.textContent = 'window.bad = 1';"
        "document.body.append(s); setTimeout(() => r('ran'), 2000) })"
    )
    assert refused.startswith("script-src")
    assert page.js("window.bad") is None
    page.events.clear()


def test_a_call_that_is_cancelled_says_so(page: Any) -> None:
    page.fill("#findAccounts [name=Owner]", "Ada")
    page.js("window.fetch = (_, { signal }) => new Promise((_, no) =>"
            " signal.addEventListener('abort', () => no(signal.reason)))")  # fmt: skip
    page.click("#run")
    assert page.text("#run") == "Cancel"
    page.click("#run")
    page.until("document.querySelector('#run').textContent === 'Run'")
    assert page.text("#status") == "Cancelled."


def test_the_page_is_json_safe(page: Any) -> None:
    known = page.js("document.querySelector('#contract').textContent")
    assert "<" not in known
    assert json.loads(known)["service"] == "BankDemo"
