"""Problems: the errors of one request, all of them at once, and how they come about.

Everything found wrong with a request is reported together: people should not have to find their
mistakes one by one. Law: a request has at most `MAX_ERRORS` errors, and its reading ends at the last
of them, so that a message full of mistakes costs no more than one with that many
(tests/field/faults/test_request_errors.py).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
from twisted.logger import Logger

from verdigris.errors import InternalError, UnknownOperation, VerdigrisError
from verdigris.suggestion import nearest
from verdigris.wire import Left, Try
from wsdl import Contract, SoapVersion


log = Logger()

MAX_ERRORS: Final = 100
"""Errors of one request: it can hold more mistakes than anyone reads."""

MAX_NAME: Final = 200
"""Characters of a name, a namespace included, that an error repeats from a request."""

MAX_CODES: Final = 10
"""Different codes in one line of the log."""


class Problems(Exception):
    """Everything found wrong with a request.

    Attributes:
        errors: at least one; the first gives the sentence of the fault.
        version: of the message, if it is known although the message is refused.
        code: a SOAP fault code other than client or server: "VersionMismatch" or "MustUnderstand".
        status: the HTTP status, where HTTP and not SOAP has one (413, 429); 0 elsewhere.
    """

    def __init__(self, errors: Sequence[VerdigrisError], code: str = "", status: int = 0) -> None:
        self.errors = tuple(errors[:MAX_ERRORS])
        self.code = code
        self.status = status
        self.version: SoapVersion | None = None
        super().__init__("; ".join(str(error) for error in self.errors))

    @classmethod
    def of(cls, error: VerdigrisError, code: str = "", status: int = 0) -> "Problems":
        """Those of a single error."""
        return cls((error,), code, status)


class ErrorList:
    """Errors of one request while it is read.

    Attributes:
        errors: so far, in the order they were found.
    """

    __slots__ = ("errors",)

    def __init__(self) -> None:
        self.errors: list[VerdigrisError] = []

    def add(self, error: VerdigrisError) -> None:
        """Note an error.

        Raises:
            Problems: it is the last that is reported; the request is read no further.
        """
        self.errors.append(error)
        if len(self.errors) >= MAX_ERRORS:
            raise Problems(self.errors)

    def refuse(self) -> None:
        """End the reading of a request.

        Raises:
            Problems: it has errors.
        """
        if self.errors:
            raise Problems(self.errors)


def short(name: object) -> str:
    """A name from a request as an error repeats it: 100 errors may name the same long namespace."""
    text = str(name)
    return text if len(text) <= MAX_NAME else f"{text[:MAX_NAME]}..."


def codes_of(problems: Problems) -> str:
    """The codes of the errors for the log, such as "9101, 9104 (99 times)"."""
    counted = Counter(error.code for error in problems.errors)
    said = [f"{code} ({n} times)" if n > 1 else f"{code}" for code, n in counted.items()]
    more = [f"{len(said) - MAX_CODES} others"] if len(said) > MAX_CODES else []
    return ", ".join(said[:MAX_CODES] + more)


class AsInternalError:
    """Context manager: any exception that is not one of ours becomes an `InternalError`.

    Its cause goes to the log and never to the client.

    Args:
        what: went wrong, as a sentence for the client.
    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, cause: BaseException | None, trace: object) -> None:
        """Translate the exception, if there is one."""
        if isinstance(cause, Exception) and not isinstance(cause, VerdigrisError):
            log.failure("{what}", what=self._what)
            raise InternalError(what=self._what) from cause


def unknown_operation(contract: Contract, name: str, known: Sequence[str]) -> UnknownOperation:
    """The error that no operation has this name, with a hint where the reason can be guessed.

    Args:
        contract: of the service.
        name: the name asked for, printable.
        known: the names of all operations.
    """
    for refused in contract.refused:
        if refused.name.rpartition(".")[2].casefold() == name.casefold():
            hint = f" (it cannot be published: {refused.reason})"
            return UnknownOperation(service=contract.name, operation=name, hint=hint)
    near = nearest(name, known)
    hint = f" (did you mean {near}?)" if near else ""
    return UnknownOperation(service=contract.name, operation=name, hint=hint)


def trail_of(found: object) -> list[Try]:
    """The allocation trail of an error, whether made here or received over the wire as plain lists."""
    try:
        return msgspec.convert(msgspec.to_builtins(found or []), list[Try])
    except (msgspec.ValidationError, TypeError):
        return []


def left_of(found: object) -> list[Left]:
    """The members of the domain that were not asked, likewise."""
    try:
        return msgspec.convert(msgspec.to_builtins(found or []), list[Left])
    except (msgspec.ValidationError, TypeError):
        return []
