"""The seam between messages and calls: whoever decodes an operation and encodes its result.

Law: two endpoints of one contract understand the same messages and answer the same XML. spyne's is
the reference; a compiled table is the same, faster.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lxml import etree
from twisted.logger import Logger

from gateway.call import Invocation, Result
from gateway.soap.canonical import Block
from gateway.soap.codec.fast_reader import Straight, Text
from verdigris.errors import InternalError, VerdigrisError
from verdigris.metadata import Column
from verdigris.wire import Rows
from wsdl import SoapVersion


log = Logger()


Perform = Callable[[Invocation], Awaitable[Result]]
"""Carries out a decoded operation."""


@dataclass(frozen=True, slots=True)
class Flowing:
    """A message too large to be made at once.

    Attributes:
        first: its beginning, made and sound.
        more: the rest, made as the client takes it; raises where a value does not fit.
    """

    first: bytes
    more: Iterator[bytes]


class Endpoint(Protocol):
    """Serves the operations of one contract."""

    def straight(self, name: str, blocks: Mapping[str, Block]) -> Straight | None:
        """Reads an operation's messages that are canonical as they come; None if it cannot.

        Args:
            name: of the operation.
            blocks: what it takes.
        """

    async def serve(
        self,
        version: SoapVersion,
        root: etree._Element,
        perform: Perform,
        texts: list[Text] | None = None,
    ) -> bytes | Flowing:
        """Decode a canonical, valid Envelope, perform it and encode the answer.

        Args:
            version: of SOAP.
            root: the Envelope.
            perform: carries the operation out.
            texts: what `straight` has read of it already, if it has.

        Raises:
            VerdigrisError: what `perform` raised, or `InternalError` for a result that does not
                fit the contract.
        """


class unfit:  # noqa: N801 - used as a sentence's beginning: `with unfit(...)`
    """Turns whatever goes wrong inside into an `InternalError`; the cause goes to the log.

    Args:
        what: went wrong.
    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing has gone wrong so far."""

    def __exit__(self, kind: object, cause: BaseException | None, trace: object) -> None:
        """Judge."""
        if isinstance(cause, Exception) and not isinstance(cause, VerdigrisError):
            log.failure("{what}", what=self._what)
            raise InternalError(what=self._what) from cause


def placed(outputs: Sequence[Column], rows: Rows) -> list[tuple[Column, int]]:
    """Each column of the contract with its place in the rows.

    Raises:
        ValueError: the result lacks a column.
    """
    places = {name.casefold(): place for place, (name, _) in enumerate(rows.columns)}
    missing = [column.name for column in outputs if column.name.casefold() not in places]
    if missing:
        raise ValueError(f"the result lacks {', '.join(missing)}")
    return [(column, places[column.name.casefold()]) for column in outputs]
