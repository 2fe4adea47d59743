"""Variables a 5250 terminal sends in NEW-ENVIRON: device name, automatic sign-on.

Law: only what the settings ask for is sent: without settings the answer is an empty list, which
hosts accept (recorded: IBM i 7.5). A password leaves as a substitute wherever the host gave a seed; in
clear only if the session's settings say so. RFC 1572; RFC 4777 sections 3 to 6.
Tested in `tests/sesssrvr/terminal/tn5250/test_negotiation.py`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sesssrvr.terminal.new_environ import IS, VALUE, unescaped, variable
from sesssrvr.terminal.tn5250.substitute import SEED, by_des, by_sha1


SEED_NAME: Final = b"IBMRSEED"

Coding: TypeAlias = Literal["des", "sha1", "clear"]

_TOKENS: Final = re.compile(rb"[\x00\x03](?:\x02[\x00-\xff]|[^\x00-\x03])*", re.DOTALL)


@dataclass(frozen=True, slots=True, repr=False)
class SignOn:
    """Automatic sign-on (RFC 4777 section 5).

    Attributes:
        user, password: of the host's user profile; "" is none.
        coding: how the password travels: "des" for hosts at password levels 0 and 1, "sha1"
            for levels 2 and 3, "clear" as it is.
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
    if sign_on.password and sign_on.coding != "clear":
        if len(sign_on.client_seed) != SEED:
            raise ValueError(f"a client seed of {len(sign_on.client_seed)} bytes, not {SEED}")
        _substitute(sign_on, bytes(SEED))


class Environment5250:
    """Answers the host's questions about variables.

    Attributes:
        device: the name asked for last; "" when the host is to choose.
        secret: the bytes of a password, or of its substitute, in the last answer.
    """

    __slots__ = ("_asked", "_devices", "_sign_on", "device", "secret")

    def __init__(self, devices: Sequence[str], sign_on: SignOn) -> None:
        self._devices, self._sign_on = tuple(devices), sign_on
        self.reset()

    def reset(self) -> None:
        """A new session on the line: the first device name is asked for again."""
        self._asked = 0
        self.device = ""
        self.secret = b""

    def answer(self, question: bytes) -> bytes:
        """The body of our IS to the body of a SEND.

        Each further question means that the host refused the last device name (RFC 4777 section 4):
        the next one of the list is asked for, then none, and the host chooses.
        """
        names = self._devices
        self.device = names[self._asked] if self._asked < len(names) else ""
        self._asked += 1
        return bytes((IS,)) + b"".join(self._variables(server_seed(question)))

    def _variables(self, seed: bytes) -> Iterator[bytes]:
        sign_on = self._sign_on
        if sign_on.user:
            yield variable("USER", sign_on.user.encode("ascii", "replace"))
        if sign_on.password:
            yield from self._password(seed)
        for name, value in (
            ("DEVNAME", self.device),
            ("IBMCURLIB", sign_on.library),
            ("IBMIMENU", sign_on.menu),
            ("IBMPROGRAM", sign_on.program),
        ):
            if value:
                yield variable(name, value.encode("ascii", "replace"))
        if self._devices or sign_on.user:
            yield variable("IBMSENDCONFREC", b"YES")

    def _password(self, seed: bytes) -> Iterator[bytes]:
        sign_on = self._sign_on
        if sign_on.coding == "clear":
            # RFC 4777 section 5: a seed without a value says that the password is in clear.
            yield variable("IBMRSEED", b"")
            word = sign_on.password.encode("ascii", "replace")
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


def _substitute(sign_on: SignOn, seed: bytes) -> bytes:
    make = by_sha1 if sign_on.coding == "sha1" else by_des
    return make(sign_on.user, sign_on.password, seed, sign_on.client_seed)
