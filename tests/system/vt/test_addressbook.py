"""The AddressBook example on abook over telnetd, procedure by procedure."""

import pytest


pytestmark = pytest.mark.processes

ADA = {"Name": "Ada Palmer", "Email": "ada@example.com"}
BO = {"Name": "Bo Lind", "Email": "bo@example.com"}


@pytest.fixture(scope="module")
def port(telnet_host):
    with telnet_host("addressbook", "abook") as port:
        yield port


@pytest.fixture
def book(port, desk):
    made = desk("AddressBook", port)
    yield made
    made.close()


def test_everybody_is_listed_with_what_the_list_shows_of_a_number(book):
    rows = book.call("ListPeople")
    assert rows[0] == {**ADA, "Phone": "+44 20 7946"}
    assert [row["Name"] for row in rows] == ["Ada Palmer", "Bo Lind", "Cora Nilsen"]


def test_a_person_is_found_whatever_was_looked_at_before(book):
    for name, found in (("Bo Lind", [BO]), ("Ada Palmer", [ADA]), ("Bo", []), ("Zed", [])):
        assert book.call("PersonDetail", {"Name": name}) == found
    (cora,) = book.call("PersonDetail", {"Name": "Cora Nilsen"})
    assert not cora["Email"]


def test_a_person_is_added(book):
    new = {"Name": "Cy Tan", "Email": "cy@example.org"}
    book.call("AddPerson", data=new)
    assert book.call("PersonDetail", {"Name": "Cy Tan"}) == [new]
    assert len(book.call("ListPeople")) == 4
