"""Signing on to an SSH host (RFC 4252, 4256): which way is tried, and what became of it.

Law: messages in, messages out, no connection; each way is tried at most once, and of the two ways
a password is sent only one, so that one wrong password counts as one try at the host. A password
is answered to the first hidden question only. The end is `signed_on` or exactly one error.
Tested in `tests/sesssrvr/hosts/ssh/test_signon.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sesssrvr.hosts.ssh.loginkey import LoginKey
from sesssrvr.hosts.ssh.packets import PacketReader, string
from verdigris.errors import (
    HostLoginKeyRefused,
    HostPasswordRefused,
    NoLoginMethod,
    VerdigrisError,
)


REQUEST, FAILURE, SUCCESS, BANNER = 50, 51, 52, 53
ASKED, ANSWERED = 60, 61
"""60 asks for a new password or for answers, whatever was tried (RFC 4252, section 6)."""
MAX_ROUNDS: Final = 8
_SERVICE: Final = "ssh-connection"
_UNSHOWN: Final = re.compile(r"[^\x20-\x7e\xa0-\uffff]+")
_LONGEST: Final = 80

Message = tuple[int, bytes]


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a user can show.

    Attributes:
        user: name on the host.
        password: "" is none.
        key: None is none.
        allowed: signature algorithms, best first.
    """

    user: str
    password: str = ""
    key: LoginKey | None = None
    allowed: tuple[str, ...] = ()

    def __repr__(self) -> str:
        has = " with a password" if self.password else ""
        return f"<Credentials of {self.user}{has}{f' {self.key!r}' if self.key else ''}>"

    @property
    def words(self) -> str:
        """What there is, for people."""
        has = [f"the key {self.key.fingerprint}"] if self.key else []
        has += ["a password"] if self.password else []
        return " and ".join(has) or "neither key nor password"


class SshSignOn:
    """One sign-on.

    Args:
        host: for errors.
        credentials: what there is to show.
        session: the session's identifier, that signatures are bound to.
        taken: signature algorithms the host says it takes; None if it says nothing.

    Attributes:
        signed_on: the host is content.
        problem: why it is not, at the end.
    """

    __slots__ = (
        "_credentials",
        "_given",
        "_host",
        "_rounds",
        "_session",
        "_taken",
        "_tried",
        "_trying",
        "problem",
        "signed_on",
    )

    def __init__(
        self, host: str, credentials: Credentials, session: bytes, taken: Sequence[str] | None
    ) -> None:
        self._host, self._credentials = host, credentials
        self._session, self._taken = session, taken
        self._trying, self._rounds = "none", 0
        self._tried: set[str] = set()
        self._given = False
        self.signed_on = False
        self.problem: VerdigrisError | None = None

    def __repr__(self) -> str:
        return f"<SshSignOn of {self._credentials.user} by {self._trying}>"

    def begin(self) -> list[Message]:
        """Ask which ways there are (RFC 4252, section 5.2)."""
        return [self._request("none")]

    def receive(self, number: int, data: bytes) -> list[Message]:
        """Take a message; gives those to be sent.

        Raises:
            Malformed: the message is none of its kind.
        """
        if self.problem is not None:
            return []
        if number == SUCCESS:
            self.signed_on = True
        elif number == FAILURE:
            return self._failed(PacketReader(data))
        elif number == ASKED and self._trying == "keyboard-interactive":
            return self._answers(PacketReader(data))
        elif number == ASKED and self._trying == "password":
            self._end(self._password_refused(", and wants it changed"))
        return []

    def refused(self, said: str = "") -> VerdigrisError:
        """The error of a sign-on that ends here.

        Args:
            said: what the host said of it, from outside.
        """
        reason = f": {shown(said)}" if said else ""
        if self._given:
            return self._password_refused(reason)
        if "publickey" in self._tried and self._credentials.key is not None:
            return HostLoginKeyRefused(
                host=self._host,
                user=self._credentials.user,
                fingerprint=self._credentials.key.fingerprint,
                reason=reason,
            )
        return self._no_method([])

    # ---- trying ------------------------------------------------------------------------------

    def _failed(self, message: PacketReader) -> list[Message]:
        methods, partial = message.names(), message.flag()
        if partial:
            self._given = False  # the password, if it was that, was good: more is wanted
        for way in self._ways(methods):
            self._tried.add(way)
            self._trying = way
            return [self._try(way)]
        self._end(self.refused() if self._tried and not partial else self._no_method(methods))
        return []

    def _ways(self, methods: Sequence[str]) -> list[str]:
        """What is left to try, the key first."""
        mine = self._credentials
        ways = []
        if mine.key is not None and self._algorithm() and "publickey" in methods:
            ways.append("publickey")
        if mine.password:
            passwords = [one for one in ("password", "keyboard-interactive") if one in methods]
            spent = self._tried & {"password", "keyboard-interactive"}
            ways += passwords[:1] if not spent else []
        return [way for way in ways if way not in self._tried]

    def _try(self, way: str) -> Message:
        if way == "publickey":
            return self._signed()
        if way == "password":
            self._given = True
            return self._request(way, b"\0" + string(self._credentials.password))
        return self._request(way, string("") + string(""))

    def _request(self, way: str, more: bytes = b"") -> Message:
        user = self._credentials.user
        return REQUEST, string(user) + string(_SERVICE) + string(way) + more

    def _algorithm(self) -> str:
        mine = self._credentials
        return "" if mine.key is None else mine.key.algorithm(mine.allowed, self._taken)

    def _signed(self) -> Message:
        """The request with the key, signed at once (RFC 4252, section 7)."""
        key, algorithm = self._credentials.key, self._algorithm()
        assert key is not None  # noqa: S101 - `_ways` has seen it
        number, request = self._request("publickey", b"\1" + string(algorithm) + string(key.blob))
        signed = string(self._session) + bytes((number,)) + request
        return number, request + string(key.sign(signed, algorithm))

    def _answers(self, message: PacketReader) -> list[Message]:
        """Questions of the host (RFC 4256, section 3.2)."""
        message.string(), message.string(), message.string()
        count = message.number()
        self._rounds += 1
        if self._rounds > MAX_ROUNDS:
            self._end(self._password_refused(": the host asks too many questions"))
            return []
        answers = []
        for _ in range(count):
            question, echoed = message.text(), message.flag()
            if echoed or self._given:
                self._end(self._password_refused(f": the host asks {shown(question)!r} besides"))
                return []
            self._given = True
            answers.append(self._credentials.password)
        return [(ANSWERED, len(answers).to_bytes(4, "big") + b"".join(map(string, answers)))]

    # ---- ending ------------------------------------------------------------------------------

    def _end(self, problem: VerdigrisError) -> None:
        self.problem = problem

    def _password_refused(self, reason: str) -> VerdigrisError:
        return HostPasswordRefused(host=self._host, user=self._credentials.user, reason=reason)

    def _no_method(self, methods: Sequence[str]) -> VerdigrisError:
        ours = self._credentials.words
        key = self._credentials.key
        if key is not None and not self._algorithm():
            ours += f" ({key.kind}, for which the host takes no algorithm of ours)"
        return NoLoginMethod(
            host=self._host,
            user=self._credentials.user,
            methods=" or ".join(map(shown, methods)) or "nothing",
            ours=ours,
        )


def shown(text: str) -> str:
    """What a host says, fit to be shown."""
    return _UNSHOWN.sub(" ", text).strip()[:_LONGEST]
