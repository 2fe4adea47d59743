"""zeep at the gateway, the gateway at a session server, this at calcurse and abook: telnetd, sshd."""

import time
import urllib.request
from contextlib import contextmanager
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


LINES = ("telnetd", "sshd")


@pytest.fixture(scope="module")
def line(telnet_host, ssh_host):
    """Makes a host for a program over a kind of line; a context that gives what a fleet needs."""

    @contextmanager
    def make(kind, *names):
        if kind == "telnetd":
            with telnet_host(*names) as port:
                yield {"ports": {"host": port}}
        else:
            with ssh_host(*names) as host:
                yield {"ports": {"host": host.port}, "host_attributes": host.attributes}

    return make


@contextmanager
def served(example, entity_pool, folder, **host):
    """The service of an example's pool, in a fleet of its own."""
    fleet = Fleet(
        folder,
        built(example)[0],
        model=example.name,
        members=(Member("vs1", 50, 1),),
        host=(),
        **host,
    )
    with fleet:
        fleet.start()
        url = fleet.wsdl(kind="session", name=entity_pool)
        _served(url)
        client = zeep.Client(url, transport=Transport(timeout=30, operation_timeout=60))
        yield client.service
        client.transport.session.close()


@pytest.fixture(scope="module", params=LINES)
def calendar(line, examples, tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("calendar")
    with (
        line(request.param, "calendar", "calcurse") as host,
        served(examples / "Calendar", "CalendarPool", folder, **host) as service,
    ):
        yield service


@pytest.fixture(scope="module", params=LINES)
def book(line, examples, tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("book")
    with (
        line(request.param, "addressbook", "abook") as host,
        served(examples / "AddressBook", "AddressBookPool", folder, **host) as service,
    ):
        yield service


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


def test_a_book_is_listed_looked_up_added_to_and_edited_over_soap(book):
    kept = book.wsResourceCreate()
    here = {"environment": {"SessionID": kept}, "modelVariables": None}
    assert [one.Name for one in book.listPeople(**here)] == ["Ada Palmer", "Bo Lind", "Cora Nilsen"]
    new = {"Name": "Cy Tan", "Email": "cy@example.org", "Phone": "+65 6555 0199"}
    assert book.addPerson(addPersonData=new, **here) == 1
    (found,) = book.personDetail(personDetailFilters={"Name": "Cy Tan"}, **here)
    assert (found.Name, found.Email, found.Phone) == tuple(new.values())
    changed = {"Email": "cy.tan@example.net", "Phone": "+65 1"}
    edited = book.editPerson(editPersonFilters={"Name": "Cy Tan"}, editPersonData=changed, **here)
    assert edited == 1
    (found,) = book.personDetail(personDetailFilters={"Name": "Cy Tan"}, **here)
    assert (found.Email, found.Phone) == tuple(changed.values())
    assert len(book.listPeople(**here)) == 4
    book.wsResourceDestroy(**here)


def test_an_edit_of_nobody_is_a_fault_and_the_pool_goes_on(book):
    with pytest.raises(Fault, match="no record that matches"):
        book.editPerson(
            editPersonFilters={"Name": "Zed"}, editPersonData={"Email": "z@z", "Phone": "0"}
        )
    assert book.listPeople()[0].Name == "Ada Palmer"
