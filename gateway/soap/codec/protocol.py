"""Codec: the seam between the messages of an operation and its calls, in two verbs.

A codec reads the requests and writes the responses of one operation. Two codecs of one operation
understand the same messages and answer the same XML (tests/gateway/soap/codec/test_compiled.py):
spyne's is the reference, the compiled one takes a tenth of its time.
"""

from collections.abc import Iterator
from typing import Protocol

from lxml import etree
from msgspec import Struct

from gateway.call import Invocation, Result
from gateway.soap.codec.fast_reader import Text
from wsdl import SoapVersion


class Message(Struct, frozen=True):
    """A request message that the schema of its service has accepted.

    Attributes:
        version: of SOAP.
        root: the Envelope, in canonical form (`gateway.soap.canonical`).
        texts: the values of the operation, if the fast reader has read them; None if it has not.
    """

    version: SoapVersion
    root: etree._Element
    texts: list[Text] | None = None

    @property
    def element(self) -> etree._Element:
        """The element of the operation: the one child of the Body."""
        return self.root[-1][0]


class Streamed(Struct, frozen=True):
    """A response message too large to be made at once.

    Attributes:
        first: its beginning, complete and checked.
        more: the rest, made as the client takes it; raises where a value does not fit its type.
    """

    first: bytes
    more: Iterator[bytes]


class Codec(Protocol):
    """Reader and writer of the messages of one operation."""

    def read(self, message: Message) -> Invocation:
        """The invocation that a message stands for.

        Raises:
            InternalError: the message could not be decoded although its schema accepts it.
        """

    def write(self, version: SoapVersion, result: Result) -> bytes | Streamed:
        """The response message that holds a result.

        Raises:
            InternalError: the result does not fit the contract.
        """
