"""A message full of mistakes: what it costs is bounded, and so is what is said about it."""

import json
from time import process_time

import pytest

from gateway.problems import MAX_ERRORS
from tests.support.gateway import soap_message


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"
LARGEST = 150_000
"""Bytes of any refusal: 100 errors of some hundred characters."""

WITHIN = 0.25
"""Seconds of CPU; unbounded, each of these took 1 to 60."""


def operation(inside, attributes=""):
    return f'<CalcCostLoan xmlns="{NS}"{attributes}>{inside}</CalcCostLoan>'


def filters(inside):
    return operation(f"<calcCostLoanFilters>{inside}</calcCostLoanFilters>")


LONG = "n" * 20_000
SOAP = {
    "unknown columns": soap_message(filters("<z/>" * 9_000)),
    "a column again and again": soap_message(filters("<UserId/>" * 9_000)),
    "blocks": soap_message(operation("<z/>" * 9_000)),
    "settings": soap_message(operation("<environment>" + "<z/>" * 9_000 + "</environment>")),
    "variables": soap_message(operation("<inputVariables>" + "<z/>" * 9_000 + "</inputVariables>")),
    "nested": soap_message(filters("<UserId>" + "<z/>" * 9_000 + "</UserId>")),
    "too many elements": soap_message(filters("<z/>" * 900_000)),
    "long names": soap_message(filters(f"<{LONG}/>" * 150)),
    "a long namespace": soap_message(
        filters(f'<y:z xmlns:y="{"n" * 30_000}">{"<z/>" * 9_000}</y:z>')
    ),
    "a namespace for all": soap_message(
        f'<o:CalcCostLoan xmlns:o="{NS}" xmlns="u:{"n" * 2_000_000}"><o:calcCostLoanFilters>'
        f"{'<z/>' * 9_000}</o:calcCostLoanFilters></o:CalcCostLoan>"
    ),
    "an operation of a long name": soap_message(f'<x xmlns="u:{"n" * 2_000_000}"/>'),
    "an environment in the header": soap_message(
        operation(""), f'<environment xmlns="{NS}">{"<MaxRows>x</MaxRows>" * 4_000}</environment>'
    ),
    "elements of ours in a foreign header": soap_message(
        operation(""), f'<h xmlns="u:h">{filters("<z/>") * 2_500}</h>'
    ),
}


@pytest.mark.parametrize("kind", SOAP)
def test_a_soap_message_full_of_mistakes_costs_little(bank, kind, logged):
    message = SOAP[kind].encode()
    began = process_time()
    found = bank.post(message, Content_Type="text/xml")

    assert process_time() - began < WITHIN
    assert found.body.count(b"<error>") <= MAX_ERRORS
    assert len(found.body) < LARGEST
    assert all(len(line) < 500 for line in logged())


REST = {
    "columns": {"filters": {f"c{n}": 1 for n in range(2_000)}},
    "members": {f"c{n}": 1 for n in range(2_000)},
    "settings": {"environment": {f"c{n}": 1 for n in range(2_000)}},
    "long names": {"filters": {f"{n}{'n' * 20_000}": 1 for n in range(150)}},
}


@pytest.mark.parametrize("kind", REST)
def test_a_json_body_full_of_mistakes_costs_little(bank, kind, logged):
    body = json.dumps(REST[kind])
    began = process_time()
    found = bank.post(body, "/vhi-rs/model/BankDemo/CalcCostLoan", Content_Type="application/json")

    assert process_time() - began < WITHIN
    assert len(json.loads(found.body)["details"]["errors"]) == MAX_ERRORS
    assert len(found.body) < LARGEST
    assert all(len(line) < 500 for line in logged())


MANY = {
    "members": '{"filters": {' + ",".join(f'"c{n}":1' for n in range(300_000)) + "}}",
    "names with backslashes": "{" + ",".join(f'"{n}\\\\" : 1' for n in range(200_000)) + "}",
    "values": '{"filters": {"amountLoan": [' + "0," * 1_900_000 + "0]}}",
    "objects": '{"filters": [' + "{}," * 1_300_000 + "{}]}",
}


@pytest.mark.parametrize("kind", MANY)
def test_a_json_body_with_far_too_much_in_it_is_not_decoded(bank, kind):
    """Faults R1: 300,000 members in 3.5 MB were 1.1 to 1.7 seconds of the event loop."""
    body = MANY[kind]
    assert len(body) < 4 * 1024 * 1024
    began = process_time()
    found = bank.post(body, "/vhi-rs/model/BankDemo/CalcCostLoan", Content_Type="application/json")

    assert process_time() - began < WITHIN / 4
    assert found.status == 400
    assert "far more members or values" in found.body.decode()


def test_texts_full_of_commas_and_quotes_are_taken(bank):
    text = 'a,b,"c",' * 400
    body = json.dumps({"variables": {"userID": text}})
    found = bank.post(body, "/vhi-rs/model/BankDemo/CalcCostLoan", Content_Type="application/json")

    assert "far more" not in found.body.decode()


def test_the_log_counts_equal_codes(bank, logged):
    bank.post(SOAP["unknown columns"], Content_Type="text/xml")

    assert any("(100 times)" in line for line in logged())
