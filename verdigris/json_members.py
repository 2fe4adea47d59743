"""Members that a JSON object states twice: which of the two counts would be a guess.

RFC 8259, section 4, calls the behaviour of readers unpredictable, RFC 7493, section 2.3, forbids
it. Decoders keep the last and say nothing, so that what they gave is checked here.
"""

import json
from typing import Any, Final


def repeated_member(document: bytes | str, decoded: object) -> str | None:
    """The name of a member that an object of a document states twice; None if there is none.

    Args:
        document: JSON that was decoded without an error.
        decoded: what the decoder made of it.

    Raises:
        RecursionError: it is nested more deeply than Python's own decoder reads.
    """
    # Every member has one colon, and a decoder drops repeated ones: most documents end here.
    colon = b":" if isinstance(document, bytes) else ":"
    if document.count(colon) == _members(decoded):  # type: ignore[arg-type] # both are of one type
        return None
    try:
        _DECODER.decode(document.decode() if isinstance(document, bytes) else document)
    except _Repeated as found:
        return found.name
    return None


class _Repeated(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _members(decoded: object) -> int:
    count = 0
    waiting = [decoded]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            count += len(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return count


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise _Repeated(name)
        seen.add(name)


def _no_value(_: str) -> None:
    """Nothing: values are of no interest, and a number of a million digits would take long."""


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_no_value, parse_float=_no_value
)
