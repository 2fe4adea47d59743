"""A log line can be followed by its request id, cannot be forged, and never tells a secret."""

import io
import json

import pytest
from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure

from verdigris.logs import Lines, start_logging


@pytest.fixture
def said():
    """Log something; the text that was written."""

    def write(text, *, as_json=False, failure=None, **facts):
        out = io.StringIO()
        log = Logger("here", observer=LogPublisher(Lines("sesssrvr vs1", out, json=as_json)))
        if failure is None:
            log.info(text, **facts)
        else:
            log.failure(text, failure, **facts)
        return out.getvalue()

    return write


def test_a_text_line_names_process_place_and_request(said):
    line = said("{what} happened", what="it", request_id="r-1")
    assert line.endswith(" info  sesssrvr vs1 here [r-1]: it happened\n")
    assert line[:2] == "20"


def test_a_json_line_holds_the_structured_keys(said):
    line = json.loads(said("{count} sessions", as_json=True, count=3, request_id="r-2"))
    assert (line["message"], line["count"], line["request_id"]) == ("3 sessions", 3, "r-2")


def test_what_is_named_like_a_secret_is_not_written(said):
    for as_json in (False, True):
        line = said(
            "with {password} and {claim}", as_json=as_json, password="s3cret", claim="c1a1m"
        )
        assert "s3cret" not in line
        assert "c1a1m" not in line


def test_a_value_cannot_forge_a_line(said):
    line = said("{name}", name="x\n2026 error all is lost")
    assert line.count("\n") == 1


def test_a_failure_carries_its_traceback(said):
    line = said("broken", failure=Failure(ValueError("why")))
    assert "ValueError: why" in line


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="'loud' is not a log level"):
        start_logging("x", "loud")
