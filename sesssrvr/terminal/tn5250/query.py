"""The query reply: a display's description of itself for the host.

Only what the terminal does is claimed, as hosts choose by it: no enhanced user
interface, so hosts draw windows with characters; no light pen, no graphics; wide characters with a
page that has them. SC30-3533, "5250 Query command"; RFC 1205 section 5.3.
"""

from dataclasses import dataclass
from typing import Final

from sesssrvr.terminal.tn5250.codes import CLASS_5250, QUERY


AID_STRUCTURED: Final = 0x88
DISPLAY: Final = 0x01
MAX_FIELDS: Final = 256
# Row 1 column 1 may hold a field; Read MDT Alternate; Move Cursor; Read MDT Immediate Alternate.
CAPABILITIES: Final = 0b0110_0011
COLOUR: Final = 0x01
WIDE_CHARACTERS: Final = 0x20
# Terminal types hosts know (RFC 1205 section 2, RFC 4777 section 9): whether they have 27 x 132.
MODELS: Final = {
    "IBM-3179-2": False,
    "IBM-3180-2": True,
    "IBM-3196-A1": False,
    "IBM-3477-FC": True,
    "IBM-3477-FG": True,
    "IBM-5251-11": False,
    "IBM-5291-1": False,
    "IBM-5292-2": False,
    "IBM-5555-B01": False,
    "IBM-5555-C01": True,
}
SIZES: Final = {False: 0x10, True: 0x30}  # 24 x 80 alone; 27 x 132 too


@dataclass(frozen=True, slots=True)
class Device5250:
    """The device that the reply describes.

    Attributes:
        type, model: such as "3179" and "2", as in the telnet terminal type.
        wide: it has 27 rows of 132.
        double: it shows the pairs of a double-byte page.
    """

    type: str
    model: str
    wide: bool
    double: bool = False


def reply(device: Device5250) -> bytes:
    """The data of the record that answers a query: no cursor, the AID, one structured field."""
    body = (
        bytes((CLASS_5250, QUERY, 0x80))
        + bytes((0x06, 0x00))  # controller: another 5250 emulation
        + bytes((0x01, 0x00, 0x00))  # its code level
        + bytes(16)
        + bytes((DISPLAY,))
        + device.type.rjust(4, "0")[:4].encode("cp037")
        + device.model.rjust(3, "0")[:3].encode("cp037")
        + bytes((0x02, 0x00, 0x00))  # standard keyboard
        + bytes(4)  # no serial number
        + MAX_FIELDS.to_bytes(2)
        + bytes(3)
        + bytes((CAPABILITIES, SIZES[device.wide] | COLOUR, 0x00))
        + bytes((WIDE_CHARACTERS if device.double else 0x00, 0x00))
        + bytes(7)
    )
    return bytes((0, 0, AID_STRUCTURED)) + (len(body) + 2).to_bytes(2) + body
