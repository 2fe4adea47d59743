"""zeep at the gateway, the gateway at a session server, this at calcurse and abook: telnetd, sshd."""

import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from datetime import date

import pytest
import zeep
from zeep.exceptions import Fault
from zeep.transports import Transport

from sesssrvr.cli.model_files import built
from verdigris_command.demo.fleet import Fleet, Member


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


VARIABLES = """<option name="protocol" value="ssh"/></host>
  <variables>
    <variable name="userID" setting="host-user"/>
    <variable name="password" secret="true" read="false" setting="host-password"/>
    <variable name="loginKey" secret="true" read="false" setting="ssh-private-key"/>
    <variable name="keyPhrase" secret="true" read="false" setting="ssh-passphrase"/>
  </variables>"""
"""Of a model whose clients sign on as themselves."""
PHRASE = "a phrase nobody is to see"


@pytest.fixture
def of_clients(examples, tmp_path):
    """The Calendar by SSH, with everything that signs on in variables; no pool."""
    folder = tmp_path / "Calendar"
    shutil.copytree(examples / "Calendar", folder)
    model = folder / "model" / "model.xml"
    text = model.read_text()
    assert "</host>" in text
    model.write_text(text.replace("</host>", VARIABLES))
    shutil.rmtree(folder / "deploy")
    return folder


def test_clients_sign_on_with_keys_and_passphrases_of_their_own_that_nobody_sees(
    of_clients, ssh_host, tmp_path_factory
):
    with ssh_host("calendar", "calcurse") as host:
        locked = ["ssh-keygen", "-q", "-p", "-N", PHRASE, "-f", host.key]
        subprocess.run(locked, check=True, timeout=60)
        known = {"ssh-known-hosts": str(host.folder / "known_hosts")}
        fleet = Fleet(
            tmp_path_factory.mktemp("fleet"),
            built(of_clients)[0],
            model="Calendar",
            members=(Member("vs1", 50, 1),),
            host=(),
            ports={"host": host.port},
            host_attributes=known,
            log_level="debug",
        )
        with fleet:
            fleet.start()
            url = fleet.wsdl(kind="model", name="Calendar")
            _served(url)
            client = zeep.Client(url, transport=Transport(timeout=30, operation_timeout=60))
            mine = {"userID": host.user, "loginKey": host.key.read_text(), "keyPhrase": PHRASE}
            day = {"listAppointmentsFilters": {"Day": DAY}}
            listed = client.service.listAppointments(**day, modelVariables=mine)
            assert subjects(listed) == ["Board meeting", "Interview"]
            for wrong, said in (
                ({"keyPhrase": "open sesame"}, "passphrase is wrong"),
                ({"loginKey": ""}, "publickey; the settings provide neither key nor password"),
                ({"loginKey": "", "password": PHRASE}, "the settings provide a password"),
                ({"userID": ""}, "there is no user"),
            ):
                with pytest.raises(Fault, match=said):
                    client.service.listAppointments(**day, modelVariables={**mine, **wrong})
            client.transport.session.close()
        seen = "".join(
            one.read_text("utf-8", "replace") for one in fleet.folder.rglob("*") if one.is_file()
        )
        assert "the passphrase is wrong" in seen
        for secret in (PHRASE, "open sesame", mine["loginKey"].splitlines()[3]):
            assert secret not in seen


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
    with pytest.raises(Fault, match="no matching record"):
        book.editPerson(
            editPersonFilters={"Name": "Zed"}, editPersonData={"Email": "z@z", "Phone": "0"}
        )
    assert book.listPeople()[0].Name == "Ada Palmer"
