"""The installation over the API: plan, replace, versions, compare, take back."""

import pytest

from tests.mgmtsrvr.test_api import SEED, Http
from tests.support.management import installation_xml


OLD = installation_xml(SEED)
NEW = installation_xml([("A", 60), ("B", 40), ("C", 100, 2)])


@pytest.fixture
def http(net):
    return Http(net(SEED))


def current(http) -> str:
    return http("GET", "/installation").headers["etag"]


def test_a_plan_says_what_would_change_and_changes_nothing(http):
    answer = http("POST", "/installation/plan", NEW)
    assert [change["text"] for change in answer.json["changes"]] == [
        "A in domain d: weight 60 instead of 80.",
        "B in domain d: weight 40 instead of 20.",
    ]
    assert answer.json["shares"][0] == {
        "domain": "d", "priority": 1, "server": "A", "before": 80.0, "after": 60.0,
    }  # fmt: skip
    assert "-" in answer.json["text"]
    assert f'"{answer.json["from_revision"]}"' == current(http)
    assert http("GET", "/installation").body == OLD


@pytest.mark.parametrize("data", [b"", b"<x", NEW.replace(b'server="C"', b'server="Z"')])
def test_a_plan_of_a_document_that_cannot_be_used_is_refused(http, data):
    answer = http("POST", "/installation/plan", data)
    assert (answer.status, answer.json["code"]) == (400, 9500)


def test_a_plan_that_removes_most_servers_needs_force(http):
    few = installation_xml(SEED[:1])
    assert http("POST", "/installation/plan", few).status == 400
    assert http("POST", "/installation/plan?force=true", few).status == 200


def test_versions_are_listed_shown_compared_and_taken_back(http):
    http("PUT", "/installation?comment=more%20for%20B", NEW, If_Match=current(http))
    newest, first = http("GET", "/installation/versions").json
    assert (newest["comment"], newest["in_force"], first["in_force"]) == ("more for B", True, False)
    short = first["revision"][:8]
    assert http("GET", f"/installation/versions/{short}").body == OLD
    compared = http("GET", f"/installation/compare?from={short}").json
    assert len(compared["changes"]) == 2
    back = http("POST", f"/installation/versions/{short}/restore", If_Match=current(http))
    assert back.json["revision"] == first["revision"]
    assert http("GET", "/installation").body == OLD
    assert (
        http("GET", "/installation/versions").json[0]["comment"]
        == f"restores {first['revision'][:12]}"
    )


def test_taking_back_over_a_newer_version_is_a_conflict(http):
    seen = current(http)
    http("PUT", "/installation", NEW, If_Match=seen)
    first = http("GET", "/installation/versions").json[1]["revision"]
    answer = http("POST", f"/installation/versions/{first}/restore", If_Match=seen)
    assert (answer.status, answer.json["code"]) == (409, 9113)
    assert http("POST", f"/installation/versions/{first}/restore").status == 400


@pytest.mark.parametrize("named", ["abc", "ffffffffffff", "in-force-not"])
def test_a_version_that_there_is_not(http, named):
    answer = http("GET", f"/installation/versions/{named}")
    assert (answer.status, answer.json["code"]) == (404, 9126)


def test_a_comment_has_a_limit(http):
    answer = http("PUT", f"/installation?comment={'x' * 501}", NEW, If_Match=current(http))
    assert (answer.status, answer.json["code"]) == (400, 9100)
