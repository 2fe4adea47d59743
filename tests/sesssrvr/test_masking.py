"""What a model marks secret leaves the session server by no door: one test for each of them.

The host shows the teller's name in row 2 of every screen, and the model used here marks it secret.
It is shown after the sign-on only, and typed openly there: the mark is all that protects it.
"""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from twisted.logger import globalLogPublisher

from hostemul.faults import Faults
from sesssrvr.model import build_package, read_folder, read_package
from sesssrvr.model.masking import MASK, mask_text, masked, secret_texts
from sesssrvr.terminal.screen import TAIL, Field, Screen
from sesssrvr.traces.trace_store import TraceStore
from verdigris.errors import MethodTimedOut, VerdigrisError
from verdigris.logs import Lines
from verdigris.wire import (
    Deploy,
    Deployed,
    ListSessions,
    ListTraces,
    Login,
    Open,
    Perform,
    Ran,
    ReadTrace,
    Run,
)


BANK = Path(__file__).parents[2] / "examples" / "BankDemo"
POOL = Open("pool", "BankPool", Login(), {})
SEARCH = Perform("", "", "CustomerSearch", {"LastName": "SMITH"}, {}, watch="screens")
TELLER = re.compile("TELLER[0-9]", re.IGNORECASE)
HIDDEN = b'<attribute name="Teller" row="2" column="7" length="10" secret="true"/>'


@pytest.fixture
def secret_package():
    """The BankDemo model with the teller's name and the customers' cities marked secret."""
    files = {
        name: data.replace(b"</signature>", b"</signature>" + HIDDEN)
        if "/entities/" in name and not name.endswith("SignOn.xml")
        else data
        for name, data in read_folder(BANK).items()
    }
    table = "model/tables/Customers.xml"
    files[table] = files[table].replace(b'name="City"', b'name="City" secret="true"', 1)
    return build_package(files)


@pytest.fixture
def log():
    """Every line logged meanwhile."""
    out = io.StringIO()
    lines = Lines("test", out)
    globalLogPublisher.addObserver(lines)
    yield out
    globalLogPublisher.removeObserver(lines)


@pytest.fixture
def served(bank_front, secret_package, log, tmp_path):
    """A server with that model, a filled pool, and a client."""
    it = bank_front()
    it.sessions.traces = TraceStore(tmp_path / "traces", it.clock.seconds)
    client = it.client()
    assert isinstance(client.ask(Deploy(secret_package)), Deployed)
    it.go(2)
    return it, client


def timed_out(it, client):
    """A call whose host stops answering in its middle."""
    it.control.faults = Faults(stall_after=6)
    error = client.ask(Run(POOL, SEARCH), seconds=3)
    assert isinstance(error, VerdigrisError)
    return error


def test_the_session_list_and_with_it_the_administration_api_mask_it(served):
    _, client = served
    (first, *_) = client.ask(ListSessions(screens=True)).sessions
    assert first.entity == "MainMenu"
    assert f"USER {MASK * 9} " in first.screen
    assert not TELLER.search(first.screen)


def test_the_screens_a_call_passes_mask_it_and_secret_columns(served):
    _, client = served
    ran = client.ask(Run(POOL, SEARCH))
    assert isinstance(ran, Ran)
    cities = {row[3] for row in ran.answer.rows}
    pictures = "\n".join(one.screen for one in ran.answer.screens)
    assert "SMITH" in pictures
    assert len(cities) > 3
    assert not TELLER.search(pictures)
    assert not [city for city in cities if city in pictures]


def test_the_details_of_a_time_out_mask_it(served):
    it, client = served
    error = timed_out(it, client)
    assert isinstance(error, MethodTimedOut)
    assert "NORTHMOOR" in error.details["screen"]
    assert not TELLER.search(f"{error} {error.details}")


def test_a_kept_trace_masks_it(served):
    it, client = served
    timed_out(it, client)
    (kept, *_) = client.ask(ListTraces()).traces
    text = client.ask(ReadTrace(trace=kept.name)).text
    assert shown_in(text, "CUSTOMER SEARCH")
    assert not shown_in(text, "TELLER0")


def test_the_trace_of_a_live_session_masks_it(served):
    _, client = served
    number = client.ask(ListSessions()).sessions[0].id
    text = client.ask(ReadTrace(session=number)).text
    assert shown_in(text, "MAIN MENU")
    assert not shown_in(text, "TELLER0")


def test_a_trace_masks_what_an_earlier_screen_showed(served):
    it, client = served
    ran = client.ask(Run(POOL, SEARCH))
    it.go(1)
    text = "".join(
        client.ask(ReadTrace(session=one.id)).text for one in client.ask(ListSessions()).sessions
    )
    assert shown_in(text, "SMITH")
    assert not [row[3] for row in ran.answer.rows if shown_in(text, row[3])]


def test_the_log_masks_it(served, log):
    it, client = served
    client.ask(Run(POOL, SEARCH))
    timed_out(it, client)
    assert "Run failed" in log.getvalue()
    assert not TELLER.search(log.getvalue())


def shown_in(trace, text):
    """Whether a trace has this text in the host's code page."""
    lines = [line.split()[2] for line in trace.splitlines() if line[:1] in ("<", ">")]
    return text.encode("cp037") in bytes.fromhex("".join(lines))


# ---- the function itself -----------------------------------------------------------------------


@pytest.fixture
def bank(secret_package):
    return read_package(secret_package, "bank.zip").model


@pytest.fixture
def menu(bank):
    """The captured main menu."""
    return bank.entity("MainMenu").captures[0].screen


def test_only_the_secret_cells_of_a_screen_change(bank, menu):
    hidden = masked(bank, menu)
    assert {a for a, b in zip(menu.characters, hidden.characters, strict=True) if a != b} == set(
        "TELLER001"
    )
    assert secret_texts(bank, menu) == {"TELLER001"}


def test_a_screen_that_is_no_entity_is_masked_as_the_one_it_is_nearest_to(bank, menu):
    other = menu.characters.replace("MAIN MENU", "MAIN LIST")
    screen = Screen(24, 80, other)
    assert bank.recognise(screen) is None
    assert not TELLER.search(str(masked(bank, screen)))


def test_a_field_over_the_end_of_the_screen_is_masked_at_its_beginning_too(bank, menu):
    size = 24 * 80
    characters = "wrap" + menu.characters[4:-4] + "over"
    screen = Screen(24, 80, characters, fields=(Field(size - 4, 8),))
    assert str(masked(wrapping(bank), screen)).startswith("****")


def wrapping(bank):
    """The model with a secret attribute in the last four cells, as long as its field."""
    menu = bank.entity("MainMenu")
    secret = replace(menu.attributes[0], row=24, column=77, length=0, label="", secret=True)
    changed = replace(menu, attributes=(secret,))
    return replace(bank, entities=(changed,))


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("pass ABC abc aBc", ["abc"], "pass *** *** ***"),
        ("abcdef abc", ["abc", "abcdef"], "****** ***"),
        ("a1b2", ["1", "b2"], "a1b2"),
        (f"日{TAIL}本{TAIL}語{TAIL}x", ["日本語"], "******x"),
        ("a.c abc", ["a.c"], "*** abc"),
    ],
)
def test_secret_values_are_masked_wherever_they_show(text, secrets, expected):
    assert mask_text(text, secrets) == expected
