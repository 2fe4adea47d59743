"""The console of a real installation in Debian's Chromium, driven by Playwright.

Playwright keeps an event loop in the tests' thread, so that it ends with the module: other tests have their own.
"""

import os
import shutil
import time
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from sesssrvr.cli.model_files import built
from tests.support.fleet import EXAMPLE
from tests.support.setups import Installation
from verdigris.child_process import Process, free_port
from verdigris.web.modules import missing_modules


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parents[3] / ".venv" / "axe" / "axe.js"
SECONDS = 20
"""That anything on a page may take on a busy machine."""


def until(holds, what, seconds=60.0):
    """Poll until it holds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"waited {seconds:g} seconds in vain: {what}"
        time.sleep(0.1)
    return found


def _needs(there, what):
    """Skip where something is not installed; CI has everything."""
    if there:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """A management server and two session servers of one domain, with the bank."""
    _needs(CHROMIUM, "Chromium")
    _needs(not missing_modules(), missing_modules())
    found = Installation(tmp_path_factory.mktemp("console"), f"{20 + os.getpid() % 200}.6")
    try:
        _set_up(found)
        yield found
    finally:
        found.close()


def _set_up(there):
    port = free_port()
    host = Process("host", ["hostemul", "bank", "--port", str(port)], there.folder)
    there.processes["host"] = host
    host.start()
    there.init()
    for name in ("vs1", "vs2"):
        found = there.join("session-server", name, "--domain", "default")
        assert found.returncode == 0, found.stderr
        settings = there.folder / name / "sesssrvr.xml"
        bank = f'<hosts><host model="BankDemo" address="127.0.0.1:{port}"/></hosts></sesssrvr>'
        settings.write_text(settings.read_text().replace("</sesssrvr>", bank))
        (there.folder / name / "deploy").mkdir()
        (there.folder / name / "deploy" / "BankDemo.zip").write_bytes(built(EXAMPLE)[0])
        there.start(name, "sesssrvr", f"{name}/sesssrvr.xml")
    until(lambda: b'"idle":2' in there.get(f"{there.api}/servers/vs2"), "vs2 has idle sessions")
    until(lambda: b'"idle":2' in there.get(f"{there.api}/servers/vs1"), "vs1 has idle sessions")


@pytest.fixture(scope="module")
def browser():
    """Chromium."""
    _needs(CHROMIUM, "Chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


class Console:
    """A tab of the console, and what it complained of.

    Args:
        browser: to open it in.
        installation: whose console it is.
        options: of Playwright's context, such as the size.
    """

    def __init__(self, browser, installation, **options):
        self.context = browser.new_context(ignore_https_errors=True, **options)
        self.context.set_default_timeout(SECONDS * 1000)
        self.page = self.context.new_page()
        self.installation = installation
        self.complaints = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda problem: self.complaints.append(str(problem)))

    def _said(self, message):
        expected = "401 (Unauthorized)"  # asked who is signed in, before somebody is
        if message.type in {"error", "warning"} and expected not in message.text:
            self.complaints.append(message.text)

    def sign_in(self, user="admin", password=Installation.PASSWORD):
        self.page.goto(f"{self.installation.api}/console")
        self.page.get_by_label("User").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", name="Overview").wait_for()
        return self

    def open(self, path=""):
        """Go to a page and wait until it shows what it is about."""
        self.page.goto(f"{self.installation.api}/console{path}")
        self.page.locator("main h1").wait_for()
        self.page.locator("[aria-busy=true]").first.wait_for(state="detached")
        return self.page

    def close(self):
        self.context.close()


@pytest.fixture(scope="module")
def signed_in(installation, browser):
    """A tab in which admin is signed in; its login is shared by the tests."""
    console = Console(browser, installation, viewport={"width": 1280, "height": 800}).sign_in()
    yield console
    console.close()


@pytest.fixture
def console(signed_in):
    """The tab, which must not have complained by the end of a test."""
    signed_in.complaints.clear()
    yield signed_in
    assert signed_in.complaints == []


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core."""
    _needs(AXE.is_file(), "axe-core")
    return AXE.read_text()
