"""Session calls at calcurse over telnetd (VT): the same results as procedures."""

import pytest

from tests.support.client_calls import Calls
from verdigris.errors import RecordNotFound, WaitTimedOut
from verdigris.wire import session_calls as calls


pytestmark = pytest.mark.processes

DAY = "2026-11-23"


class Host:
    """A desk as a host of session calls."""

    def __init__(self, desk):
        self.drive = desk.drive
        self.terminal = desk.terminal

    @property
    def screen(self):
        return self.terminal.screen()


@pytest.fixture
def calendar(telnet_host, desk):
    with telnet_host("calendar", "calcurse") as port:
        made = desk("Calendar", port)
        yield made
        made.close()


@pytest.fixture
def client(calendar):
    return Calls(calendar.model, Host(calendar), calendar.variables)


def test_a_vt_host_by_model_and_by_procedure(calendar, client):
    rows = calendar.call("ListAppointments", {"Day": DAY})
    assert len(rows) == 2
    client(
        calls.SetCurrentEntity("GoToDay"),
        calls.SetAttributes({"Day": "11/23/2026"}),
        calls.PerformEntityOperation("Go"),
        calls.PerformEntityOperation("List"),
    )
    assert client(calls.GetCurrentEntity()) == "DayList"
    found = client(calls.FetchRecords())
    assert found == [{name: row[name] for name in ("Start", "End", "Subject")} for row in rows]
    client(calls.SetCurrentRecordIndex(0))
    chosen = client(calls.SelectRecordByFilter('Start > "10:00"'))
    assert chosen["Subject"] == "Interview"
    client(calls.SelectRecordByIndex(1))
    with pytest.raises(RecordNotFound):
        client(calls.SelectRecordByFilter('Subject = "Nothing"'))
    screen = client(calls.GetScreen(fields=True))
    assert (screen.kind, screen.entity, screen.fields) == ("VT", "DayList", ())
    assert client(calls.GetTerminalFieldAtCursor()) is None
    client(calls.EnableTerminalAttributes(enabled=True))
    bar = client(calls.GetFieldLocations(("Start",)))["Start"]
    assert bar.attributes is not None


def test_a_vt_host_by_keys(client):
    client(calls.WaitForEntity("Month", 10), calls.InsertStringAtCursor("g"))
    client(calls.WaitForEntity("GoToDay", 10), calls.InsertStringAtCursor("11/23/2026"))
    client(calls.WaitForString("11/23/2026", 0, 0, 10), calls.PerformAidKey("Enter"))
    assert client(calls.WaitForEntityChange("GoToDay", 10)) == "Month"
    client(calls.WaitForHostSilence(0.3, 10), calls.WaitForString("Board meeting", 0, 0, 10))
    with pytest.raises(WaitTimedOut) as caught:
        client(calls.WaitForEntity("DayList", 0.3))
    assert caught.value.details["nearest"] == "Month"
    assert "Board meeting" in caught.value.details["screen"]
