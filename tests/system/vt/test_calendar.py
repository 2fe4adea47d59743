"""The Calendar example on calcurse over telnetd, procedure by procedure."""

import pytest

from verdigris.errors import BadValue, HostReportedError, RecordNotFound


pytestmark = pytest.mark.processes

DAY = "2026-11-23"
BOARD = {"Day": DAY, "Start": "09:00", "End": "10:00", "Subject": "Board meeting"}
INTERVIEW = {"Day": DAY, "Start": "14:00", "End": "14:30", "Subject": "Interview"}
LUNCH = {"Day": DAY, "Start": "11:00", "End": "11:45", "Subject": "Lunch with Zoe"}


@pytest.fixture(scope="module")
def port(telnet_host):
    with telnet_host("calendar", "calcurse") as port:
        yield port


@pytest.fixture
def calendar(port, desk):
    made = desk("Calendar", port)
    yield made
    made.close()


def listed(calendar, day=DAY):
    return calendar.call("ListAppointments", {"Day": day})


def test_the_appointments_of_a_day_are_listed(calendar):
    assert listed(calendar) == [BOARD, INTERVIEW]
    assert [one["Subject"] for one in listed(calendar, "2026-11-24")] == ["Breakfast"]
    assert listed(calendar, "2026-11-25") == []
    assert listed(calendar) == [BOARD, INTERVIEW]


def test_an_appointment_is_added_and_deleted(calendar):
    calendar.call("AddAppointment", data=LUNCH)
    assert listed(calendar) == [BOARD, LUNCH, INTERVIEW]
    calendar.call("DeleteAppointment", {"Day": DAY, "Start": "11:00"})
    assert listed(calendar) == [BOARD, INTERVIEW]
    calendar.call("DeleteAppointment", {"Day": DAY, "Start": "14:00"})
    calendar.call("DeleteAppointment", {"Day": DAY, "Start": "09:00"})
    assert listed(calendar) == []


def test_an_appointment_that_is_not_there_is_not_deleted(calendar):
    with pytest.raises(RecordNotFound):
        calendar.call("DeleteAppointment", {"Day": DAY, "Start": "08:00"})
    assert listed(calendar) == [BOARD, INTERVIEW]


def test_what_the_host_refuses_is_its_own_words_and_the_session_goes_on(calendar):
    with pytest.raises(HostReportedError, match="Invalid start time"):
        calendar.call("AddAppointment", data={**LUNCH, "Start": "25:99"})
    assert listed(calendar) == [BOARD, INTERVIEW]


def test_controls_cannot_be_smuggled_in_a_value(calendar):
    with pytest.raises(BadValue, match="control"):
        calendar.call("AddAppointment", data={**LUNCH, "Subject": "Lunch\x1b"})
    assert listed(calendar) == [BOARD, INTERVIEW]


@pytest.mark.parametrize("count", [12, 13, 30])
def test_a_day_of_any_length_is_read_whole_and_cut_anywhere(count, telnet_host, desk, begun):
    def clock(minutes):
        return f"{minutes // 60:02}:{minutes % 60:02}"

    full = [
        {
            "Day": DAY,
            "Start": clock(360 + 15 * at),
            "End": clock(370 + 15 * at),
            "Subject": f"Meeting {at:02}",
        }
        for at in range(count)
    ]
    lines = [
        f"11/23/2026 @ {one['Start']} -> 11/23/2026 @ {one['End']} |{one['Subject']}\n"
        for one in full
    ]
    lines += ["11/24/2026 @ 08:15 -> 11/24/2026 @ 09:00 |Breakfast\n"]  # j would go there
    program = begun("calendar", "calendar.apts", "".join(lines))
    with telnet_host(program, "calcurse") as port:
        calendar = desk("Calendar", port)
        try:
            assert listed(calendar) == full
            for at in (count - 1, 7, 0) if count < 30 else (20,):
                calendar.call("DeleteAppointment", {"Day": DAY, "Start": full[at]["Start"]})
                del full[at]
            assert listed(calendar) == full
            assert [one["Subject"] for one in listed(calendar, "2026-11-24")] == ["Breakfast"]
        finally:
            calendar.close()
