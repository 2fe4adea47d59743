"""What is sent to give back a grant or a session whose caller has left. Pure.

Law (tests/verdigris/connector/test_give_back.py): whatever a peer has granted to a call that was
cancelled is given back: a grant that is not claimed, a session nobody has, a kept session whose id
nobody knows. A session that existed before the call stays.
"""

from typing import Final

from verdigris.connector.attempts import CONNECT, Ask
from verdigris.values import Endpoint
from verdigris.wire import (
    Allocated,
    CancelReservation,
    Claim,
    Login,
    Open,
    Opened,
    Ran,
    Release,
    Request,
    Reserved,
    Response,
    Resume,
    Run,
    Suspend,
)


WITHIN: Final = 5.0
"""Seconds for it; afterwards the session server's own limits end what was not given back."""


def unsent(step: Ask) -> Ask | None:
    """What follows a call that was cancelled before it left."""
    opening = step.body.opening if isinstance(step.body, Run) else step.body
    if not isinstance(opening, Claim):
        return None
    return _ask(step.address, CancelReservation("", 0, opening.session, opening.claim))


def late(
    address: Endpoint, asked: Request, answer: Response, login: Login | None = None
) -> Ask | None:
    """What follows an answer that crossed the cancellation of its call.

    Args:
        address: of the peer that answered.
        asked: the call.
        answer: to it.
        login: whose call it was; None if the call itself says so.
    """
    if isinstance(answer, Allocated):
        there = Endpoint.parse(answer.address)
        return _ask(there, CancelReservation("", 0, answer.session, answer.claim))
    if isinstance(answer, Reserved):
        return _ask(address, CancelReservation("", 0, answer.session, answer.claim))
    if isinstance(answer, Opened):
        session = answer.session
        resumed = isinstance(asked, Resume)
        return _ask(address, Suspend(session, 0.0) if resumed else Release(session))
    if isinstance(answer, Ran) and isinstance(asked, Run) and asked.after == "suspend":
        opening = asked.opening
        if isinstance(opening, Open | Claim):
            kept = Resume(answer.opened.session, login or opening.login, {})
            return _ask(address, Run(kept, None))
    return None


def _ask(address: Endpoint, body: Request) -> Ask:
    return Ask(address, body, "give back", CONNECT, WITHIN)
