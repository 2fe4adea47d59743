"""Records of the audit log, each sealed with the digest of the one before.

Law (tests/verdigris/test_audit_record.py): whatever is changed, left out, moved or put in between the first
and the last record of a chain is found. What is cut off at its end is found only by who knows a later
digest. Pure.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

import msgspec


BEGINNING: Final = "0" * 64
"""Stands for the digest before the first record."""


class AuditRecord(msgspec.Struct, frozen=True):
    """Who did what, from where, to what, with which result.

    Attributes:
        number: counted from 1 at each management server.
        time: ISO 8601 in UTC.
        server: the management server.
        who: the user with the directory; what was typed for a login that failed; "" for nobody.
        address: from where; "" for an edit of a file.
        act: the operation, such as `drain`, `login`, `join`.
        about: what it was done to.
        before: the revision of a document before, or of what was replaced; "" for none.
        after: the revision afterwards, or the SHA-256 of what was sent; "" for none.
        outcome: "done", or the code of the error.
        request_id: of the request.
        previous: the digest of the record before.
        digest: the SHA-256 of this record with this field empty.
    """

    number: int
    time: str
    server: str
    who: str
    address: str
    act: str
    about: str
    before: str
    after: str
    outcome: str
    request_id: str
    previous: str
    digest: str = ""


def sealed(record: AuditRecord) -> AuditRecord:
    """A record with its digest."""
    return msgspec.structs.replace(record, digest=_digest(record))


def line_of(record: AuditRecord) -> bytes:
    """A record as a line."""
    return msgspec.json.encode(record) + b"\n"


def read_line(line: bytes) -> AuditRecord:
    """The record of a line.

    Raises:
        ValueError: it is none.
    """
    return msgspec.json.decode(line, type=AuditRecord)


def breaks(records: Iterable[AuditRecord]) -> Iterator[str]:
    """What is wrong with a chain of records, in words; nothing if nothing is.

    The first record is taken as it is: a chain may begin in the middle.
    """
    before: AuditRecord | None = None
    for record in records:
        if record.digest != _digest(record):
            yield f"record {record.number} was changed"
        if before is None:
            if record.number == 1 and record.previous != BEGINNING:
                yield "record 1 follows something that is not there"
        elif record.number != before.number + 1 or record.previous != before.digest:
            yield f"record {record.number} does not follow record {before.number}"
        before = record


def _digest(record: AuditRecord) -> str:
    return sha256(msgspec.json.encode(msgspec.structs.replace(record, digest=""))).hexdigest()
