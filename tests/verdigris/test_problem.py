"""Errors as HTTP tells them."""

import json

import pytest

from verdigris.errors import CODES, AtLimit, NoServerAvailable
from verdigris.problem import problem_json, problem_of
from verdigris.wire import Left, Try


def test_an_error_becomes_a_problem_document():
    trail = (Try(1, (("A", 80),), 80, 7, "A", "busy"),)
    error = NoServerAvailable(
        {"trail": trail, "left": (Left("B", 1, 20, "offline"),), "reason": "busy or offline"},
        user="bob", location="pc1", name="Bank", domain="d",
    )  # fmt: skip
    error.request_id = "r1"
    said = json.loads(problem_json(error, "/x"))
    assert said["type"] == "urn:verdigris:error:2643"
    assert (said["title"], said["status"], said["code"]) == ("No server available", 503, 2643)
    assert said["detail"].startswith("User bob at pc1 was refused a connection to Bank.")
    assert (said["instance"], said["request_id"], said["retry"]) == ("/x", "r1", True)
    assert said["details"]["reason"] == "busy or offline"
    assert said["details"]["trail"][0][4:6] == ["A", "busy"]


def test_advice_names_the_facts():
    said = problem_of(AtLimit(server="A", name="x", limit="pool", maximum=3))
    assert said.advice == "Wait for a session to end, or raise the pool limit."


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_can_be_told(code):
    said = json.loads(problem_json(CODES[code]()))
    assert (said["code"], said["status"]) == (code, CODES[code].http)
    assert said["title"]
    assert said["detail"]


def test_details_that_are_no_data_become_text():
    error = AtLimit({"what": object, 5: {"a", "b"}})
    said = json.loads(problem_json(error))
    assert said["details"]["what"] == "<class 'object'>"
    assert sorted(said["details"]["5"]) == ["a", "b"]
