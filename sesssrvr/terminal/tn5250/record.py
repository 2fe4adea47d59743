"""Records of a 5250 session: header in front, operation code, start-up response.

A header is read only as far as the record goes; one that is cut short is an error. RFC 1205
section 3; RFC 4777 section 10 for the start-up response record.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sesssrvr.terminal.tn5250.codes import PAST_RECORD_END, refuse


TYPE: Final = bytes((0x12, 0xA0))  # "general data stream"
FIXED: Final = 6  # length, type, reserved
VARIABLE: Final = 4  # its own length, flags, operation code
MAX_LENGTH: Final = 0xFFFF
START_UP: Final = bytes((0x90, 0x00))  # in the reserved bytes

# Flags (RFC 1205 section 3).
ERROR, ATTENTION, SYSTEM_REQUEST, TEST_REQUEST, HELP_IN_ERROR = (
    0x8000,
    0x4000,
    0x0400,
    0x0200,
    0x0100,
)
# Operation codes.
NO_OPERATION, INVITE, OUTPUT, PUT_GET, SAVE, RESTORE, READ_NOW = range(7)
READ_SCREEN: Final = 0x08
CANCEL_INVITE: Final = 0x0A
MESSAGE_ON, MESSAGE_OFF = 0x0B, 0x0C
AS_RECEIVED: Final = -1
"""Of an answer: the operation code of the record that asked."""

STARTED: Final = frozenset(("I901", "I902", "I906"))
RESPONSES: Final[Mapping[str, str]] = {  # RFC 4777 section 10.3, in our words
    "I901": "the virtual device has fewer functions than this terminal",
    "I902": "the session has started",
    "I904": "the source system is at an incompatible release",
    "I906": "automatic sign-on is not allowed: a sign-on screen comes instead",
    "2702": "the device description was not found",
    "2703": "the controller description was not found",
    "2777": "the device description is damaged",
    "8901": "the device is not varied on",
    "8902": "the device is not available, another session may use it",
    "8903": "the device is not valid for a session",
    "8906": "the session could not be initiated",
    "8907": "the session failed",
    "8910": "the controller is not valid for a session",
    "8916": "no matching device was found",
    "8917": "not authorised to the device or another object",
    "8918": "the job was cancelled",
    "8920": "an object is partially damaged",
    "8921": "a communications error",
    "8922": "a negative response was received",
    "8923": "the start-up record was built incorrectly",
    "8925": "the device could not be created",
    "8928": "the device could not be changed",
    "8929": "the device could not be varied on or off",
    "8930": "the message queue does not exist",
    "8934": "a start-up for System/36 work was received",
    "8935": "the session was rejected",
    "8936": "a security failure when the session was attempted",
    "8937": "automatic sign-on was rejected",
    "8940": "automatic configuration failed or is not allowed",
}
_CODE, _SYSTEM, _DEVICE = slice(5, 9), slice(9, 17), slice(17, 27)  # after the variable header


class Received(NamedTuple):
    """A record's operation code, flags and 5250 data."""

    operation: int
    flags: int
    data: bytes


class StartUp(NamedTuple):
    """The host's start-up response: the session it has made, or why it has not."""

    code: str
    system: str
    device: str

    @property
    def started(self) -> bool:
        """Whether there is a session."""
        return self.code in STARTED

    @property
    def meaning(self) -> str:
        """The meaning of the code, in words."""
        return f"{RESPONSES.get(self.code, 'an unknown response')} ({self.code})"


SIGN_ON_REFUSALS: Final = tuple(StartUp(code, "", "").meaning for code in ("8936", "8937"))
"""Meanings that concern the user or the password of an automatic sign-on."""


def read(record: bytes) -> Received | StartUp:
    """What a record is.

    Raises:
        DataStreamError: its header is cut short, or not that of a 5250 session.
    """
    if len(record) < FIXED + VARIABLE or record[2:4] != TYPE:
        raise refuse(0, "no 5250 record header", PAST_RECORD_END)
    start = FIXED + record[FIXED]
    if record[FIXED] < VARIABLE or start > len(record):
        raise refuse(FIXED, f"a variable header of {record[FIXED]} bytes", PAST_RECORD_END)
    if record[4:6] == START_UP:
        return _start_up(record[start:])
    flags = int.from_bytes(record[FIXED + 1 : FIXED + 3])
    return Received(record[FIXED + 3], flags, record[start:])


def build(operation: int, data: bytes, flags: int = 0) -> bytes:
    """A record to the host. One too long for its length field still ends with its EOR."""
    head = TYPE + b"\0\0" + bytes((VARIABLE,)) + flags.to_bytes(2) + bytes((operation,))
    length = min(len(head) + 2 + len(data), MAX_LENGTH)
    return length.to_bytes(2) + head + data


def _start_up(body: bytes) -> StartUp:
    if len(body) < _CODE.stop:
        raise refuse(FIXED, "a start-up response without a code", PAST_RECORD_END)
    code, system, device = (
        body[part].decode("cp037").strip(" \0") for part in (_CODE, _SYSTEM, _DEVICE)
    )
    return StartUp(code, system, device)
