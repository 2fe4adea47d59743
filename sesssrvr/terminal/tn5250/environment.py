"""Variables a 5250 terminal sends in NEW-ENVIRON: code page, device name, automatic sign-on.

Law: what is sent is the code page, and what the settings ask for. A password leaves as a substitute
wherever the host gave a seed; in clear only if the session's settings say so. RFC 1572; RFC 4777
sections 3 to 6.
Tested in `tests/sesssrvr/terminal/tn5250/test_negotiation.py`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sesssrvr.terminal.new_environ import IS, VALUE, unescaped, variable
from sesssrvr.terminal.tn5250.substitute import (
    SEED,
    by_des,
    by_pbkdf2,
    by_sha1,
    unicode_name,
)


SEED_NAME: Final = b"IBMRSEED"

Coding: TypeAlias = Literal["des", "sha1", "pbkdf2", "clear"]

_TOKENS: Final = re.compile(rb"[\x00\x03](?:\x02[\x00-\xff]|[^\x00-\x03])*", re.DOTALL)


@dataclass(frozen=True, slots=True, repr=False)
class SignOn:
    """Automatic sign-on (RFC 4777 section 5).

    Attributes:
        user, password: of the host's user profile; "" is none.
        coding: how the password travels: "des" for hosts at password levels 0 and 1, "sha1"
            for levels 2 and 3, "pbkdf2" for level 4, "clear" as it is.
        client_seed: 8 random bytes, for a substitute; chance is an argument.
        program, menu, library: what the session begins with.
    """

    user: str = ""
    password: str = ""
    coding: Coding = "des"
    client_seed: bytes = b""
    program: str = ""
    menu: str = ""
    library: str = ""

    def __repr__(self) -> str:
        return f"<SignOn {self.user or '-'} password=hidden as {self.coding}>"


def check(sign_on: SignOn) -> None:
    """See that a substitute can be made.

    Raises:
        ValueError: the seed is not 8 bytes, or the user or password cannot be coded.
    """
    if not sign_on.password:
        return
    user, password = _known(sign_on)
    if sign_on.coding == "clear":
        unicode_name(user, password)
        return
    if len(sign_on.client_seed) != SEED:
        raise ValueError(f"a client seed of {len(sign_on.client_seed)} bytes, not {SEED}")
    if sign_on.coding == "pbkdf2":
        unicode_name(user, password)  # deriving the key takes 10 ms
    else:
        _substitute(sign_on, bytes(SEED))


class Environment5250:
    """Answers the host's questions about variables.

    Args:
        devices: names for DEVNAME, in turn.
        sign_on: automatic sign-on.
        values: further variables by name, such as KBDTYPE; one with an empty value is not sent.

    Attributes:
        device: the name asked for last; "" when the host is to choose.
        last_refusal: the device name the host did not take, as a sentence; "" for none.
        secret: the bytes of a password, or of its substitute, in the last answer.
    """

    __slots__ = ("_asked", "_devices", "_sign_on", "_values", "device", "last_refusal", "secret")

    def __init__(
        self, devices: Sequence[str], sign_on: SignOn, values: Mapping[str, str] | None = None
    ) -> None:
        self._devices, self._sign_on = tuple(devices), sign_on
        self._values = _given(values or {})
        self.reset()

    def reset(self) -> None:
        """A new session on the line: the first device name is asked for again."""
        self._asked = 0
        self.device = self.last_refusal = ""
        self.secret = b""

    def answer(self, question: bytes) -> bytes:
        """The body of our IS to the body of a SEND.

        Each further question means that the host refused the last device name (RFC 4777 section 4):
        the next one of the list is asked for, then none, and the host chooses.
        """
        if self.device:
            self.last_refusal = f"the host refused the device name {self.device}"
        names = self._devices
        self.device = names[self._asked] if self._asked < len(names) else ""
        self._asked += 1
        return bytes((IS,)) + b"".join(self._variables(server_seed(question)))

    def _variables(self, seed: bytes) -> Iterator[bytes]:
        sign_on = self._sign_on
        if sign_on.user:
            yield variable("USER", _known(sign_on)[0].encode("ascii", "replace"))
        if sign_on.password:
            yield from self._password(seed)
        ours = {
            "DEVNAME": self.device,
            "IBMCURLIB": sign_on.library,
            "IBMIMENU": sign_on.menu,
            "IBMPROGRAM": sign_on.program,
            "IBMSENDCONFREC": "YES" if self._devices or sign_on.user else "",
        }
        for name, value in {**self._values, **_given(ours)}.items():
            yield variable(name, value.encode("ascii", "replace"))

    def _password(self, seed: bytes) -> Iterator[bytes]:
        sign_on = self._sign_on
        if sign_on.coding == "clear":
            # RFC 4777 section 5: a seed without a value says that the password is in clear.
            yield variable("IBMRSEED", b"")
            word = _known(sign_on)[1].encode("ascii", "replace")
        elif seed:
            yield variable("IBMRSEED", sign_on.client_seed)
            word = _substitute(sign_on, seed)
        else:
            return
        found = variable("IBMSUBSPW", word)
        self.secret = found.partition(bytes((VALUE,)))[2]
        yield found


def server_seed(question: bytes) -> bytes:
    """The eight bytes a host sends with the name IBMRSEED; nothing if it has sent none."""
    for token in _TOKENS.findall(question):
        name = unescaped(token[1:])
        if name.startswith(SEED_NAME):
            seed: bytes = name[len(SEED_NAME) :]
            return seed if len(seed) == SEED and any(seed) else b""
    return b""


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _known(sign_on: SignOn) -> tuple[str, str]:
    """User and password as IBM's client sends them: the name in capitals, no blanks at the ends."""
    return sign_on.user.strip(" ").upper(), sign_on.password.rstrip(" ")


def _substitute(sign_on: SignOn, seed: bytes) -> bytes:
    make = {"sha1": by_sha1, "pbkdf2": by_pbkdf2}.get(sign_on.coding, by_des)
    return make(*_known(sign_on), seed, sign_on.client_seed)
