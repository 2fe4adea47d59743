"""What models and pools there are, and what each offers. Pure."""

from collections.abc import Callable
from typing import Final

from verdigris.connector.attempts import Answered, Attempts, Lost, Plan, Rejected, Unsent
from verdigris.connector.consultation import ANSWER
from verdigris.connector.plans import GRACE
from verdigris.errors import NotOffered, ProtocolError, VerdigrisError
from verdigris.metadata import Model
from verdigris.values import Endpoint
from verdigris.wire import Describe, Described, Kind, Login, Offers, Request, Response


NO_LOGIN: Final = Login()

DESCRIBING = 5.0
"""Seconds for metadata; a model of 500 procedures is 300 KB."""


def ask_server(
    attempts: Attempts, where: Callable[[], Plan[Endpoint]], body: Request, seconds: float = ANSWER
) -> Plan[Response]:
    """A question to one session server that does no harm when it is asked twice.

    Raises:
        VerdigrisError: ServerUnreachable, or what was answered.
    """
    while True:
        outcome = yield from attempts.ask((yield from where()), body, seconds, GRACE)
        match outcome:
            case Answered(answer):
                return answer
            case Rejected(error) | Unsent(error) | Lost(error):
                if not error.transient:
                    raise error
                yield from attempts.again(error)


def describe(
    attempts: Attempts,
    where: Callable[[], Plan[tuple[Endpoint, ...]]],
    kind: Kind,
    name: str,
    login: Login = NO_LOGIN,
) -> Plan[Model]:
    """A model's metadata from the first session server that gives it.

    Raises:
        NotOffered: no server has it.
        VerdigrisError: none could be reached.
    """
    while True:
        problem: VerdigrisError = NotOffered(kind=kind, name=name, where="this installation")
        for address in (yield from where()):
            outcome = yield from attempts.ask(address, Describe(kind, name, login), DESCRIBING)
            match outcome:
                case Answered(Described(model=model)):
                    return model
                case Answered(body):
                    problem = ProtocolError(peer=str(address), problem=f"{body!r} as answer")
                case Rejected(error) | Unsent(error) | Lost(error):
                    problem = error
        if not problem.transient:
            raise problem
        yield from attempts.again(problem)


def having(offered: Offers, kind: Kind, name: str) -> tuple[Endpoint, ...]:
    """The addresses of session servers that have a model or pool, spelled in any case."""
    found: list[Endpoint] = []
    for offer, addresses in offered.offers:
        if offer.kind == kind and offer.name.lower() == name.lower():
            found += [Endpoint.parse(text) for text in addresses]
    return tuple(dict.fromkeys(found))
