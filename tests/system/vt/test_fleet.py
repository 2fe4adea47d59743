"""zeep at the gateway, the gateway at a session server, this at calcurse over telnetd."""

import time
import urllib.request
from datetime import date

import pytest
import zeep
from zeep.exceptions import Fault
from zeep.transports import Transport

from verdigris.cli.files import built
from verdigris.cli.fleet import Fleet, Member


pytestmark = pytest.mark.processes

PATIENCE = 30.0
DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def calendar(telnet_host, examples, tmp_path_factory):
    """The service of the pool."""
    with telnet_host("calendar", "calcurse") as port:
        fleet = Fleet(
            tmp_path_factory.mktemp("calendar"),
            built(examples / "Calendar")[0],
            model="Calendar",
            members=(Member("vs1", 50, 1),),
            host=(),
            ports={"host": port},
        )
        with fleet:
            fleet.start()
            url = fleet.wsdl(kind="session", name="CalendarPool")
            _served(url)
            client = zeep.Client(url, transport=Transport(timeout=30, operation_timeout=60))
            yield client.service
            client.transport.session.close()


def _served(url):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=20) as found:  # noqa: S310 - ours
                return found.read()
        except OSError:
            assert time.monotonic() < end, f"{url} is not served"
            time.sleep(0.05)


def subjects(rows):
    return [row.Subject for row in rows]


def test_a_diary_is_kept_over_soap(calendar):
    kept = calendar.wsResourceCreate()
    here = {"environment": {"SessionID": kept}, "modelVariables": None}
    day = {"listAppointmentsFilters": {"Day": DAY}}
    listed = calendar.listAppointments(**day, **here)
    assert (listed[0].Day, listed[0].Start, listed[0].End) == (DAY, "09:00", "10:00")
    assert subjects(listed) == ["Board meeting", "Interview"]
    lunch = {"Day": DAY, "Start": "11:00", "End": "11:45", "Subject": "Lunch"}
    assert calendar.addAppointment(addAppointmentData=lunch, **here) == 1
    assert subjects(calendar.listAppointments(**day, **here)) == [
        "Board meeting",
        "Lunch",
        "Interview",
    ]
    gone = {"Day": DAY, "Start": "09:00"}
    assert calendar.deleteAppointment(deleteAppointmentFilters=gone, **here) == 1
    assert subjects(calendar.listAppointments(**day, **here)) == ["Lunch", "Interview"]
    calendar.wsResourceDestroy(**here)


def test_what_calcurse_refuses_is_a_fault_with_its_words(calendar):
    data = {"Day": DAY, "Start": "25:99", "End": "26:00", "Subject": "Never"}
    with pytest.raises(Fault, match="Invalid start time"):
        calendar.addAppointment(addAppointmentData=data)
