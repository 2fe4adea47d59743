"""The BIND image a TN3270E host sends: screen sizes and the application's name.

Sizes the device does not have are not taken: the ones it has stay. Offsets are those of the
SNA BIND request unit from its request code X'31' on ("SNA Formats", GA27-3136).
"""

from dataclasses import dataclass
from typing import Final


_SIZE_CODE: Final = 24
_DEFAULT_ROWS: Final = 20
_ALTERNATE_ROWS: Final = 22
_NAME_LENGTH: Final = 27
_MODEL_2: Final = (24, 80)
FIXED, BOTH, QUERY = 0x7E, 0x7F, 0x03


@dataclass(frozen=True, slots=True)
class Bind:
    """What a BIND says.

    Attributes:
        default, alternate: sizes (rows, columns); None leaves the device's own.
        application: the primary LU's name, EBCDIC letters; empty if not given.
    """

    default: tuple[int, int] | None
    alternate: tuple[int, int] | None
    application: str


def read_bind(image: bytes, largest: tuple[int, int]) -> Bind:
    """Read a BIND image for a device whose largest screen is `largest`."""
    default, alternate = _sizes(image)
    if any(size is not None and not _fits(size, largest) for size in (default, alternate)):
        default = alternate = None
    length = image[_NAME_LENGTH] if len(image) > _NAME_LENGTH else 0
    name = image[_NAME_LENGTH + 1 : _NAME_LENGTH + 1 + length] if length <= 8 else b""  # noqa: PLR2004 - SNA names
    return Bind(default, alternate, name.decode("cp037").strip())


def _sizes(image: bytes) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    if len(image) <= _SIZE_CODE:
        return None, None
    code = image[_SIZE_CODE]
    if code in (0x00, 0x02):
        return _MODEL_2, _MODEL_2
    if code == QUERY:
        return _MODEL_2, None
    default = (image[_DEFAULT_ROWS], image[_DEFAULT_ROWS + 1])
    if code == FIXED:
        return default, default
    if code == BOTH:
        return default, (image[_ALTERNATE_ROWS], image[_ALTERNATE_ROWS + 1])
    return None, None


def _fits(size: tuple[int, int], largest: tuple[int, int]) -> bool:
    return 0 < size[0] <= largest[0] and 0 < size[1] <= largest[1]
