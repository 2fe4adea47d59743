"""A line-mode host over telnetd, through SOAP: hidden input, texts that flash by, typed values, defaults."""

import urllib.request
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest


pytestmark = pytest.mark.processes

HARBOUR = Path(__file__).parent / "harbour"
WORD = "Quay~7-berth"
HARRY = {"userID": "harry", "password": WORD}
WRONG = {"userID": "harry", "password": "Qu4y~8-wrong"}


@pytest.fixture(scope="module")
def town(start_example, telnet_host):
    with telnet_host(HARBOUR / "host") as host:
        yield start_example(
            str(HARBOUR), "HarbourPool", host=(), ports={"host": int(host)}, log_level="debug",
            settings='<reconnect first="0.1" last="0.4"/>',
        )  # fmt: skip


def called(town, operation, variables=HARRY, **how):
    return town.call(operation, kind="model", variables=variables, **how)


def test_a_text_that_flashes_by_is_waited_for(town):
    answer = called(town, "runJob")
    assert answer.ok, answer.text
    assert answer.seconds > 0.4  # of the job


def test_a_text_that_is_never_sent_is_told(town):
    answer = called(town, "awaitNothing")
    assert answer.code == 9403, answer.text
    assert answer.text == (
        "Timed out after 1 seconds in operation Never while waiting for "
        'the host to send "JOB 18 DONE".'
    )
    assert "MENU  harry" in answer.all("screen")[0]


def test_values_are_typed_as_the_screen_has_them_and_read_back_with_their_types(town):
    service = town.zeep("model", name="harbour")
    (row,) = service.book(
        bookFilters={"Amount": Decimal("-1234.50"), "Currency": "EUR"}, modelVariables=HARRY
    )
    assert (row.Amount, row.Currency, row.On) == (Decimal("-1234.50"), "EUR", date(2026, 12, 31))
    (row,) = service.book(bookFilters={"Amount": Decimal(7)}, modelVariables=HARRY)
    assert (row.Amount, row.Currency) == (Decimal("7.00"), "GBP")  # the model's default


def kept(town):
    """Everything the session server tells about its sessions and failures."""
    found = [town.ask("/servers/vs1/sessions?screens=true")[1]]
    for one in town.api("/servers/vs1/traces"):
        found.append(one)
        found.append(trace(town, one))
    return repr(found)


def trace(town, one):
    url = f"{town.fleet.api}/servers/vs1/traces/{one['name']}"
    with urllib.request.urlopen(url, timeout=20) as found:  # noqa: S310 - ours
        return found.read().decode()


@pytest.mark.parametrize(
    ("operation", "variables", "code", "shown"),
    [
        ("hang", HARRY, 9401, "*" * len(WORD)),  # the host writes the password on the screen
        ("die", HARRY, 9302, ""),  # invisible there, and then it hangs up
        ("runJob", WRONG, 9404, ""),  # the host tells it in its message
    ],
)
def test_a_password_typed_on_a_screen_is_nowhere_else(operation, variables, code, shown, town):
    answer = called(town, operation, variables)
    assert answer.code == code, answer.text
    assert shown in "".join(answer.all("screen"))
    word = variables["password"]
    assert word not in answer.body.decode()
    request = answer.headers["x-request-id"]
    town.until(lambda: any(it["request_id"] == request for it in town.api("/servers/vs1/traces")))
    told = kept(town)
    for form in (word, word.upper(), word.encode().hex()):
        assert form not in told, told
        for path in town.fleet.folder.rglob("*"):
            if path.is_file():
                assert form.encode() not in path.read_bytes(), path
    assert "Traceback" not in "".join(town.logs().values())


def test_traces_of_those_failures_are_there_and_masked(town):
    found = [trace(town, one) for one in town.api("/servers/vs1/traces")]
    assert any(b"harry".hex() in one for one in found), "else the test before proves nothing"
    assert any((b"*" * len(WORD)).hex() in one for one in found)
