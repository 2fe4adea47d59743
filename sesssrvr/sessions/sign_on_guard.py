"""The guard of accounts: a password that a host has refused is not tried again soon.

Law (`tests/sesssrvr/sessions/test_client_sessions.py`): between two tries of an account with the
same password lies the wait of its refusals, whichever pool, model or client asks; of an account whose
password is not known to be good only one sign-on is under way. Hosts revoke a user after three to
five wrong passwords (RACF: SETROPTS PASSWORD(REVOKE(n)); IBM i: QMAXSIGN).
"""

from dataclasses import dataclass, field
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.internet.interfaces import IReactorTime

from sesssrvr.deployment.program import Account
from sesssrvr.model import SignOnRefused
from sesssrvr.terminal.tn5250.record import SIGN_ON_REFUSALS
from verdigris.errors import HostPasswordRefused, HostUnreachable, VerdigrisError


LONGEST: Final = 86_400.0
"""Seconds; the wait after many refusals."""
FACTOR: Final = 10
"""Each further refusal makes the wait so many times longer: the third try at a user comes late."""
REMEMBERED: Final = 10_000
"""Accounts; the one used longest ago is forgotten."""


@dataclass(slots=True)
class _State:
    """What is known of an account.

    Attributes:
        proof: of the password that `good`, `until` and `problem` are about.
        good: the host has taken it.
        refusals: in a row, whatever the passwords.
        until: when it may be tried again.
        problem: the host's refusal.
        waiting: sessions that wait for the sign-on under way; None if there is none.
    """

    proof: bytes = b""
    good: bool = False
    refusals: int = 0
    until: float = 0.0
    problem: VerdigrisError | None = None
    waiting: list[Deferred[None]] | None = field(default=None)


class AccountRefused(Exception):
    """The host refuses the account's password, or did so a short while ago.

    Attributes:
        problem: what the host said, for those who want a session.
        wait: seconds until the account is tried again.
        tried: whether the host was asked now.
    """

    def __init__(self, problem: VerdigrisError, wait: float, *, tried: bool) -> None:
        super().__init__(str(problem))
        self.problem, self.wait, self.tried = _postponed(problem, wait), wait, tried


def _postponed(problem: VerdigrisError, wait: float) -> VerdigrisError:
    """The host's refusal, and for how long it is believed."""
    fact = "message" if "message" in problem.facts else "reason"
    later = f"; this user is not tried again for {wait:.0f} s, because hosts revoke users"
    facts = {**problem.facts, fact: problem.facts.get(fact, "") + later}
    return type(problem)(problem.details, **facts)


def is_refusal(problem: VerdigrisError) -> bool:
    """Whether the host has refused the user's password: by SSH, on a screen, or a 5250 sign-on."""
    if isinstance(problem, HostUnreachable):
        return problem.facts.get("reason", "").endswith(SIGN_ON_REFUSALS)
    return isinstance(problem, (HostPasswordRefused, SignOnRefused))


class SignOnGuard:
    """All accounts that sessions have signed on with.

    Args:
        clock: the time.
        first: seconds of the wait after one refusal.

    Attributes:
        clock: as given.
    """

    def __init__(self, clock: IReactorTime, first: float) -> None:
        self.clock, self._first = clock, first
        self._accounts: dict[tuple[str, str], _State] = {}

    def __repr__(self) -> str:
        refused = sum(one.until > self.clock.seconds() for one in self._accounts.values())
        return f"<SignOnGuard {len(self._accounts)} accounts, {refused} refused>"

    async def begin(self, host: str, account: Account, seconds: float) -> None:
        """Wait until this account may be tried, which is at once for a good one.

        Args:
            host: its address.
            account: user and password.
            seconds: the longest wait for another session's sign-on.

        Raises:
            AccountRefused: not before some time has passed.
            HostUnreachable: the other sign-on did not end in that time.
        """
        over = self.clock.seconds() + seconds
        while True:
            state = self._state(host, account)
            if state.proof == account.proof:
                if state.good:
                    return
                left = state.until - self.clock.seconds()
                if left > 0 and state.problem is not None:
                    raise AccountRefused(state.problem, left, tried=False)
            if state.waiting is None:
                state.proof, state.good, state.waiting = account.proof, False, []
                return
            await self._other(host, account, state.waiting, over - self.clock.seconds())

    async def _other(
        self, host: str, account: Account, waiting: list[Deferred[None]], seconds: float
    ) -> None:
        """Wait for the end of another session's sign-on."""
        ended: Deferred[None] = Deferred(lambda it: waiting.remove(it) if it in waiting else None)
        waiting.append(ended)
        ended.addTimeout(max(0.0, seconds), self.clock)
        try:
            await ended
        except WaitedTooLong:
            reason = f"another session's sign-on as user {account.user} has not ended yet"
            raise HostUnreachable(host=host, reason=reason) from None

    def ended(self, host: str, account: Account, refusal: VerdigrisError | None) -> float:
        """A sign-on has been refused, or has ended without the host's word on the password.

        Returns:
            Seconds until the account may be tried again.
        """
        state, now = self._state(host, account), self.clock.seconds()
        if refusal is not None:
            together = state.proof == account.proof and state.until > now  # with one that counts
            if not together:
                state.refusals += 1
                wait = self._first * FACTOR ** (min(state.refusals, FACTOR) - 1)
                state.proof, state.good = account.proof, False
                state.until, state.problem = now + min(LONGEST, wait), refusal
        self._wake(state)
        return max(0.0, state.until - now)

    def succeeded(self, host: str, account: Account) -> None:
        """The host has taken the password."""
        state = self._state(host, account)
        state.proof, state.good, state.refusals, state.problem = account.proof, True, 0, None
        self._wake(state)

    def forgive(self) -> None:
        """Let every account be tried again: an administrator has started or deployed a pool."""
        for state in self._accounts.values():
            state.until = 0.0

    def _state(self, host: str, account: Account) -> _State:
        key = host, account.user.casefold()
        state = self._accounts.pop(key, None) or _State()
        self._accounts[key] = state  # the newest is last
        if len(self._accounts) > REMEMBERED:
            self._accounts.pop(next(iter(self._accounts)))
        return state

    def _wake(self, state: _State) -> None:
        waiting, state.waiting = state.waiting or [], None
        for ended in waiting:
            ended.callback(None)
