"""The AddressBook example on abook over telnetd, procedure by procedure."""

import pytest

from verdigris.errors import RecordNotFound


pytestmark = pytest.mark.processes

ADA = {"Name": "Ada Palmer", "Email": "ada@example.com", "Phone": "+44 20 7946 0000"}
BO = {"Name": "Bo Lind", "Email": "bo@example.com", "Phone": "+46 8 123 45"}
CY = {"Name": "Cy Tan", "Email": "cy@example.org", "Phone": "+65 6555 0199"}


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
    assert cora["Phone"] == "+47 22 00 00"


def test_a_person_is_added(book):
    book.call("AddPerson", data=CY)
    assert book.call("PersonDetail", {"Name": "Cy Tan"}) == [CY]
    assert len(book.call("ListPeople")) == 4
    book.call("AddPerson", data={"Name": "Di Wu", "Email": ""})
    assert book.call("PersonDetail", {"Name": "Di Wu"}) == [
        {"Name": "Di Wu", "Email": None, "Phone": None}
    ]


def test_a_person_is_edited_and_no_other(book):
    new = {"Email": "ada.palmer@example.net", "Phone": "+44 20 0000 1111 ext 5"}
    book.call("EditPerson", {"Name": "Ada Palmer"}, new)
    assert book.call("PersonDetail", {"Name": "Ada Palmer"}) == [{"Name": "Ada Palmer", **new}]
    cora = {"Email": "cora@example.no", "Phone": "+47 1"}  # she had no address
    book.call("EditPerson", {"Name": "Cora Nilsen"}, cora)
    assert book.call("PersonDetail", {"Name": "Cora Nilsen"}) == [{"Name": "Cora Nilsen", **cora}]
    book.call("EditPerson", {"Name": "Cora Nilsen"}, {"Email": "", "Phone": ""})
    (gone,) = book.call("PersonDetail", {"Name": "Cora Nilsen"})
    assert not gone["Email"]
    assert not gone["Phone"]
    before = book.call("ListPeople")
    for name in ("Bo", "Zed"):  # what is found is somebody else
        with pytest.raises(RecordNotFound):
            book.call("EditPerson", {"Name": name}, {"Email": "x@example.org", "Phone": "0"})
    assert book.call("ListPeople") == before


@pytest.mark.parametrize("count", [0, 19, 20, 60])
def test_a_book_of_any_length_is_read_whole(count, telnet_host, desk, begun):
    people = [
        {"Name": f"Person {at:02}", "Email": f"p{at}@example.com", "Phone": f"+44 {at:02}"}
        for at in range(count)
    ]
    program = begun(
        "addressbook",
        "addressbook.seed",
        "[format]\nprogram=abook\nversion=0.6.1\n\n"
        + "".join(
            f"[{at}]\nname={one['Name']}\nemail={one['Email']}\nphone={one['Phone']}\n\n"
            for at, one in enumerate(people)
        ),
    )
    with telnet_host(program, "abook") as port:
        book = desk("AddressBook", port)
        try:
            assert book.call("ListPeople") == people
            assert book.call("ListPeople", max_rows=25) == people[:25]
            for one in people[30:31]:
                assert book.call("PersonDetail", {"Name": one["Name"]}) == [one]
            assert book.call("ListPeople") == people
        finally:
            book.close()
