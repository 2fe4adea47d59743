"""Filter, order, pages, columns and CSV of lists."""

import csv
import io
import json

import pytest

from mgmtsrvr.api.list_options import apply_options, as_csv
from mgmtsrvr.api.route import ApiReply, ApiRequest
from verdigris.errors import BadRequest


ROWS = [
    {"name": "vs10", "state": "online", "active": 3, "domains": ["a", "b"], "seen": None},
    {"name": "vs2", "state": "draining", "active": 12, "domains": ["b"], "seen": 0.5},
    {"name": "Vs3", "state": "online", "active": 0, "domains": [], "seen": 2},
]


def answer(rows=ROWS, **query):
    query = {name.replace("__", "."): value for name, value in query.items()}
    request = ApiRequest("GET", "/servers", {}, query, {}, b"", "r")
    return apply_options(request, ApiReply(rows, headers={"X-Kept": "1"}))


def names(**query):
    return [it["name"] for it in answer(**query).body]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"filter": "VS"}, ["vs10", "vs2", "Vs3"]),
        ({"filter": "drain"}, ["vs2"]),
        ({"filter": "b"}, ["vs10", "vs2"]),
        ({"filter__state": "online"}, ["vs10", "Vs3"]),
        ({"filter__state": "online,draining", "filter__active": "12,0"}, ["vs2", "Vs3"]),
        ({"sort": "active"}, ["Vs3", "vs10", "vs2"]),
        ({"sort": "-active"}, ["vs2", "vs10", "Vs3"]),
        ({"sort": "name"}, ["vs10", "vs2", "Vs3"]),
        ({"sort": "state,-name"}, ["vs2", "Vs3", "vs10"]),
        ({"sort": "seen"}, ["vs10", "vs2", "Vs3"]),
        ({"limit": "1", "offset": "1"}, ["vs2"]),
        ({"offset": "9"}, []),
    ],
)
def test_a_list_is_what_the_parameters_say(query, found):
    assert names(**query) == found


def test_without_a_parameter_a_list_is_as_it_is():
    assert answer(own="true").body is ROWS
    assert answer(rows={"no": "list"}, sort="name").body == {"no": "list"}


def test_the_number_of_all_rows_goes_with_a_page():
    reply = answer(filter__state="online", limit="1")
    assert reply.headers == {"X-Kept": "1", "X-Total-Count": "2"}


def test_columns_are_those_that_are_wanted_in_their_order():
    assert list(answer(columns="active,name").body[0]) == ["active", "name"]


def test_json_of_another_management_server_is_a_list_too():
    reply = answer(rows=json.dumps(ROWS).encode(), sort="-active")
    assert [it["name"] for it in reply.body] == ["vs2", "vs10", "Vs3"]


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "nome"}, {"columns": "name,nome"}, {"filter__nome": "x"}, {"format": "xml"},
        {"limit": "0"}, {"limit": "10001"}, {"limit": "x"}, {"offset": "-1"},
    ],
)  # fmt: skip
def test_what_is_not_valid_is_refused_in_words(query):
    with pytest.raises(BadRequest):
        answer(**query)


def test_csv_is_the_same_selection():
    reply = answer(format="csv", sort="-active", columns="name,active,domains", limit="2")
    assert reply.media_type == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="servers.csv"'
    rows = list(csv.reader(io.StringIO(reply.body.decode())))
    assert rows == [["name", "active", "domains"], ["vs2", "12", "b"], ["vs10", "3", "a b"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_text_of_a_csv_is_a_formula(text):
    """OWASP, "CSV Injection"; a number stays one."""
    rows = list(csv.reader(io.StringIO(as_csv([{"a": text, "b": -1}]).decode(), newline="")))
    assert rows[1] == [f"'{text}", "-1"]
