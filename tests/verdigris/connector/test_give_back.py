"""What a connector sends when an answer crosses the cancellation of its call, or its call never left."""

import pytest

from verdigris.connector.attempts import Ask
from verdigris.connector.give_back import late, unsent
from verdigris.values import Endpoint
from verdigris.wire import (
    Allocate,
    Allocated,
    CancelReservation,
    Claim,
    Done,
    GetStatus,
    Login,
    Open,
    Opened,
    Perform,
    Ran,
    Release,
    Reserve,
    Reserved,
    Resume,
    Rows,
    Run,
    Suspend,
)


HERE = Endpoint("10.0.0.1", 9623)
CLAIM = Claim("vs1~k", "secret", Login("u", token="for this session"), {})
OPEN = Open("pool", "P", Login("u", "p"), {}, "here")
RESUME = Resume("vs1~k", Login("u", "p"), {})
OPENED = Opened("vs1~k", "vs1", "M", "1", "3270", "HOME", 1)
PERFORM = Perform("", "T", "P", {}, {})
BACK = CancelReservation("", 0, "vs1~k", "secret")


@pytest.mark.parametrize("body", [CLAIM, Run(CLAIM, PERFORM)])
def test_a_grant_whose_claim_never_left_is_given_back(body):
    found = unsent(Ask(HERE, body, "r", 1.0, 1.0))
    assert (found.address, found.body) == (HERE, BACK)


@pytest.mark.parametrize("body", [OPEN, RESUME, Run(OPEN, PERFORM), GetStatus()])
def test_where_nothing_was_granted_nothing_is_sent(body):
    assert unsent(Ask(HERE, body, "r", 1.0, 1.0)) is None


@pytest.mark.parametrize(
    ("asked", "answer", "where", "sent"),
    [
        (Allocate("d", "pool", "P", "u", "l", 1), Allocated("vs1", "10.0.0.2:9623", "vs1~k", "secret"), Endpoint("10.0.0.2", 9623), BACK),
        (Reserve("pool", "P", "u", "l", "d", 1), Reserved("vs1~k", "secret", 10.0), HERE, BACK),
        (OPEN, OPENED, HERE, Release("vs1~k")),
        (CLAIM, OPENED, HERE, Release("vs1~k")),
        (RESUME, OPENED, HERE, Suspend("vs1~k", 0.0)),
        (Run(OPEN, None, "suspend", 20.0), Ran(OPENED, None), HERE, Run(RESUME, None)),
        (Run(CLAIM, PERFORM, "suspend", 20.0), Ran(OPENED, Rows((), [])), HERE, Run(RESUME, None)),
    ],
)  # fmt: skip
def test_what_was_granted_to_a_caller_who_left_is_given_back(asked, answer, where, sent):
    found = late(HERE, asked, answer, Login("u", "p"))
    assert (found.address, found.body) == (where, sent)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (Run(OPEN, PERFORM), Ran(OPENED, Rows((), []))),
        (Run(RESUME, PERFORM, "suspend", 20.0), Ran(OPENED, Rows((), []))),
        (PERFORM, Rows((), [])),
        (Release("vs1~k"), Done()),
    ],
)
def test_what_ended_or_was_there_before_stays_as_it_is(asked, answer):
    assert late(HERE, asked, answer) is None
