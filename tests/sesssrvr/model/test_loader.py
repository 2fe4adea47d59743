"""A broken model says what is wrong, everywhere at once, each time with its file and line."""

import re
from importlib.resources import files as resources
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sesssrvr.model import load_model
from sesssrvr.model.check import entities as entity_checks
from sesssrvr.model.interpreter.obey import OBEY
from sesssrvr.model.loader.command_xml import READ
from sesssrvr.model.operation_commands import Command
from sesssrvr.model.package import check_package
from sesssrvr.terminal import KEYS
from verdigris.errors import ConfigurationError


MENU, SIGN_ON = "entities/MainMenu.xml", "entities/SignOn.xml"
SEARCH, LIST = "entities/CustomerSearch.xml", "entities/CustomerList.xml"
DETAIL, LOAN = "entities/AccountDetail.xml", "entities/LoanCalculator.xml"
CUSTOMERS, ACCOUNTS = "tables/Customers.xml", "tables/Accounts.xml"
TRANSFERS, LOANS = "tables/Transfers.xml", "tables/Loans.xml"
MODEL = "model.xml"


@pytest.fixture(scope="session")
def files(bank_files):
    return {path[6:]: data for path, data in bank_files.items() if path.startswith("model/")}


def problems(files, path, old, new):
    """What the loader says after one replacement."""
    text = files[path].decode()
    assert text.count(old) >= 1, f"{old!r} is not in {path}"
    changed = {**files, path: text.replace(old, new, 1).encode()}
    try:
        return [str(one) for one in load_model(changed).warnings]
    except ConfigurationError as error:
        return [str(one) for one in error.problems]


BROKEN = [
    # form
    (MODEL, '<host type="3270"', '<host type="3279"', "model.xml:5: error: Element 'host', attribute 'type'"),
    (MODEL, 'codepage="037"', 'codepage="9999"', "model.xml:5: error: Code page 9999 is not known: it is one of 037, 256, 273"),
    (MODEL, 'port="3270"', 'port="70000"', "model.xml:5: error: Element 'host', attribute 'port'"),
    (MODEL, "<variables>", "<varables>", "model.xml:12: error: Opening and ending tag mismatch"),
    (MENU, 'key="PF3"', 'key="PF99"', "MainMenu.xml:38: error: Element 'TransmitTerminalKey', attribute 'key'"),
    (MENU, 'default="true"', 'default="yes"', "MainMenu.xml:13: error: Element 'operation', attribute 'default'"),
    (SIGN_ON, 'timeout="10"', 'timeout="601"', "SignOn.xml:16: error: Element 'operation', attribute 'timeout'"),
    (SIGN_ON, ">BNK000<", "><", "SignOn.xml:5: error: Element 'text'"),
    (SIGN_ON, ">BNK000<", f">{'X' * 260}<", "SignOn.xml:5: error: Element 'text'"),
    (LIST, 'name="Customers"', "", "CustomerList.xml:12: error: Element 'recordset': The attribute 'name' is required"),
    (MODEL, 'timeout="30"/>', 'timeout="30"><option name="numeric-lok" value="true"/></host>', "model.xml:5: error: a 3270 has no option numeric-lok; did you mean numeric-lock?"),
    (MODEL, 'timeout="30"/>', 'timeout="30"><option name="start-tls" value="maybe"/></host>', "model.xml:5: error: option start-tls cannot be 'maybe': it is one of accept, refuse, require"),
    # names that lead nowhere
    (MODEL, 'home="MainMenu"', 'home="Menu"', "model.xml:4: error: the home entity Menu does not exist"),
    (MENU, 'destination="Transfer"', 'destination="Transfers"', "MainMenu.xml:21: error: operation ToTransfer: there is no entity Transfers; did you mean Transfer?"),
    (MENU, 'attribute="Option"', 'attribute="Choice"', "MainMenu.xml:13: error: the entity has no attribute Choice"),
    (SIGN_ON, 'operation="Continue"', 'operation="Go"', "SignOn.xml:16: error: entity MessageOfTheDay has no operation Go"),
    (SIGN_ON, 'variable="userID"', 'variable="user"', "SignOn.xml:16: error: the model has no variable user"),
    (SIGN_ON, 'needs="userID', 'needs="tellerID', "SignOn.xml:16: error: the model has no variable tellerID"),
    (SIGN_ON, 'message="Message"', 'message="Text"', "SignOn.xml:12: error: the message attribute Text does not exist"),
    (MENU, 'name="ToTransfer"', 'name="tocustomersearch"', "MainMenu.xml:21: error: operation tocustomersearch already exists (line 13)"),
    (CUSTOMERS, '<output column="Accounts"', '<output column="Acounts"', "Customers.xml:16: error: the table has no column Acounts"),
    (CUSTOMERS, '<perform operation="Search"', '<perform operation="Seek"', "Customers.xml:29: error: entity CustomerSearch has no operation Seek"),
    (CUSTOMERS, 'attribute="LastName"', 'attribute="Last"', "Customers.xml:27: error: entity CustomerSearch has no attribute Last"),
    (CUSTOMERS, 'filter="LastName"/>', 'filter="City"/>', "Customers.xml:17: error: filter LastName is not used in the path"),
    (CUSTOMERS, '<read-records recordset="Customers"', '<read-records recordset="Client"', "Customers.xml:32: error: entity CustomerList has no recordset Client"),
    (CUSTOMERS, 'field name="Number"', 'field name="No"', "Customers.xml:32: error: recordset Customers has no field No"),
    (CUSTOMERS, 'entity="CustomerList"', 'entity="CustomerLst"', "Customers.xml:31: error: there is no entity CustomerLst; did you mean CustomerList?"),
    # meanings that do not fit
    (SEARCH, 'label="Last name"', 'row="8"', "CustomerSearch.xml:8: error: attribute LastName needs both row and column"),
    (SEARCH, 'label="Last name"', 'label="Last name" row="8" column="26"', "CustomerSearch.xml:8: error: attribute LastName needs row and column, or a label"),
    (SEARCH, 'label="Last name" access="write"', 'label="Last name"', 'Customers.xml:27: error: attribute LastName is written: give it access="write"'),
    (LIST, 'first-row="7"', 'first-row="21"', "CustomerList.xml:12: error: recordset Customers ends above its first row"),
    (LIST, 'name="Number" column="6"', 'name="Number" line="2" column="6"', "CustomerList.xml:14: error: field Number is on line 2, after the last line of its records (1)"),
    (LIST, "<end>", '<end blank="false" repeated="false"></end><!--', None),
    (DETAIL, 'name="Opened" row="11" column="26" length="10"', 'name="Opened" row="11" column="26" length="10" format="0.00"', "Accounts.xml:47: error: column Opened: '0.00' is not a format for date columns"),
    (CUSTOMERS, 'maximum="999999"', 'maximum="0"', "Customers.xml:2: error: column Number: the minimum is more than the maximum"),
    (CUSTOMERS, 'maximum="999999"', 'maximum="many"', "Customers.xml:2: error: column Number: 'many' is not of type integer"),
    (CUSTOMERS, '<column name="Street"', '<column name="city"/><column name="Street"', "Customers.xml:2: error: column city is defined twice"),
    (ACCOUNTS, 'min-length="3" max-length="3"', 'min-length="3" max-length="2"', "Accounts.xml:2: error: column Currency: the minimum length is more than the maximum"),
    (TRANSFERS, 'type="UPDATE"', 'type="SELECT"', "Transfers.xml:8: error: a SELECT cannot have data columns"),
    (TRANSFERS, 'type="UPDATE"', 'type="INSERT"', "Transfers.xml:8: error: an INSERT cannot have filters"),
    (LOANS, '<filter column="UserId" variable="userID"/>', '<filter column="UserId"/>', "Loans.xml:14: error: filter UserId is not used in the path"),
    (LOANS, '<read attribute="Payment" column="ResultMonthPmt"/>', "", "Loans.xml:12: error: output ResultMonthPmt is not read anywhere"),
    (CUSTOMERS, '<procedure name="CustomerDetail"', '<procedure name="AccountDetail"', "Customers.xml:43: error: procedure AccountDetail is in table Accounts too: hide one of them"),
    # compound procedures
    (ACCOUNTS, '<pass filter="CustomerNumber" from-output="Number"/>', "", "Accounts.xml:107: error: CustomerAccounts needs filter CustomerNumber: pass it on"),
    (ACCOUNTS, 'from-output="Number"', 'from-output="Nmbr"', "Accounts.xml:107: error: there is no output Nmbr to pass on to CustomerAccounts"),
    (ACCOUNTS, '<step procedure="CustomerAccounts">', '<step procedure="AccountsByName">', "Accounts.xml:107: error: AccountsByName is compound itself"),
    (ACCOUNTS, '<step procedure="CustomerAccounts">', '<step procedure="CloseAccount">', "Accounts.xml:90: error: its type has to be that of its last subprocedure: DELETE"),
    # captured screens
    ("screens/MainMenu.txt", "24 80 cursor", "24 eighty cursor", "MainMenu.txt:1: error: expected sizes, a field, a run, or a row that begins with |"),
    ("screens/SignOn.txt", "Password . . . :         ", "Password . . . : BANK001 ", "SignOn.txt:31: error: the file holds the hidden text at row 14 column 37"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "said"), [b for b in BROKEN if b[3]])
def test_a_broken_file_is_told_with_its_line(files, path, old, new, said):
    found = problems(files, path, old, new)
    assert any(said in one for one in found), found


def test_problems_of_several_files_are_told_together(files):
    changed = dict(files)
    changed[MENU] = files[MENU].replace(b'destination="Transfer"', b'destination="Nowhere"')
    changed[LIST] = files[LIST].replace(b'length="6"', b'length="six"')
    changed["screens/SignOn.txt"] = b"nonsense"
    with pytest.raises(ConfigurationError) as caught:
        load_model(changed, "bank")
    told = {one.file for one in caught.value.problems}
    assert told == {f"bank/{MENU}", f"bank/{LIST}", "bank/screens/SignOn.txt"}


def test_no_model_at_all_is_one_problem():
    with pytest.raises(ConfigurationError, match="there is no such file"):
        load_model({})


def test_a_file_in_the_wrong_folder_is_told(files):
    moved = {**files, "tables/MainMenu.xml": files[MENU]}
    with pytest.raises(ConfigurationError, match="has the root table, not entity"):
        load_model(moved)


def test_a_file_that_is_no_part_is_a_warning(files):
    loaded = load_model({**files, "notes.md": b"hello"})
    assert [str(one) for one in loaded.warnings] == [
        "notes.md: warning: is not part of a model and is left out"
    ]


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE model [<!ENTITY a "b">]><model xmlns="urn:verdigris:model:1" name="&a;" home="x"/>',
        b'<!DOCTYPE model SYSTEM "file:///etc/passwd"><model/>',
        b"",
        b"\xff\xfe\x00",
        b"<model",
        b'<model name="X" home="Y"/>',
        b"<?xml version='1.0' encoding='nonsense'?><model/>",
    ],
)
def test_hostile_documents_are_problems(document):
    with pytest.raises(ConfigurationError) as caught:
        load_model({"model.xml": document})
    assert caught.value.problems


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damage_is_a_problem_or_harmless_and_never_a_traceback(files, data):
    path = data.draw(st.sampled_from([MODEL, MENU, LIST, CUSTOMERS, "screens/SignOn.txt"]))
    content = bytearray(files[path])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 12))
        content[at : at + length] = data.draw(st.binary(max_size=8))
    told = ["harmless"]
    try:
        load_model({**files, path: bytes(content)})
    except ConfigurationError as error:
        told = list(error.problems)
    assert told


def test_names_are_compared_in_any_case(files):
    changed = {
        path: data.replace(b'entity="CustomerList"', b'entity="CUSTOMERLIST"')
        for path, data in files.items()
    }
    assert load_model(changed).model.entity("customerlist").name == "CustomerList"


SPACE = {"xs": "http://www.w3.org/2001/XMLSchema"}
COMMANDS = "//xs:group[@name='Command' or @name='Event']/xs:choice/xs:element"


@pytest.fixture(scope="module")
def xsd():
    return etree.fromstring(resources("sesssrvr.model").joinpath("model.xsd").read_bytes())


def test_every_command_is_read_obeyed_and_in_the_schema(xsd):
    assert set(get_args(Command)) == set(OBEY)
    assert set(READ) == set(xsd.xpath(f"{COMMANDS}/@name", namespaces=SPACE))
    assert set(entity_checks._LOOK) <= set(OBEY)


def test_every_command_and_type_of_the_schema_is_documented(xsd):
    for bare in (
        f"{COMMANDS}[not(xs:annotation)]/@name",
        "/xs:schema/xs:complexType[not(xs:annotation)]/@name",
    ):
        assert xsd.xpath(bare, namespaces=SPACE) == []


def test_the_keys_of_the_schema_are_keys_of_the_terminal(xsd):
    (pattern,) = xsd.xpath("//xs:simpleType[@name='Key']//xs:pattern/@value", namespaces=SPACE)
    missing = {name for name in KEYS if not re.fullmatch(pattern, name)}
    assert missing == {"CursorSelect"}  # a light pen: no model has needed one
    assert not re.fullmatch(pattern, "PF25")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("model/entities/SignOn.xml", ' xmlns="urn:verdigris:model:1"', "", 'must have the attribute xmlns="urn:verdigris:model:1"'),
        ("model/model.xml", ' xmlns="urn:verdigris:model:1"', "", 'must have the attribute xmlns="urn:verdigris:model:1"'),
        ("model/entities/SignOn.xml", "</signature>", "", "signature"),
        ("model/tables/Loans.xml", "</path>", "", "path"),
        ("model/entities/SignOn.xml", "<entity ", "<entitty ", "mismatch"),
    ],
    ids=["no namespace in an entity", "no namespace in the model", "an unclosed tag", "in a table", "a wrong root"],
)  # fmt: skip
def test_one_mistake_in_the_form_of_a_file_is_one_error(bank_files, file, old, new, said):
    """What is missing because the file cannot be read is not said of all other files, too."""
    text = bank_files[file].decode()
    assert old in text
    found = check_package({**bank_files, file: text.replace(old, new, 1).encode()})
    assert len(found) == 1, [str(one) for one in found]
    assert found[0].file == file
    assert said in found[0].message


def test_a_root_that_the_schema_does_not_know_is_told_with_what_is_meant(bank_files):
    text = bank_files["model/entities/SignOn.xml"].decode().replace("entity", "entitty")
    found = check_package({**bank_files, "model/entities/SignOn.xml": text.encode()})
    assert "did you mean entity?" in found[0].message
