"""The lease of the rows that a management server has granted: how long they may be used. Pure.

Law (`tests/sesssrvr/rows/test_lease.py`): a lease counts from when it was asked for, so that it is
over here before the management server gives its rows to another server. It is renewed by each answer,
and by each proof that no management server runs: one that does not run gives no row away, and one
that starts later waits for a whole lease before it does (decision 0169).
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease, in seconds of a steady clock.

    Attributes:
        seconds: how long it lasts; 0 before the first grant.
        since: from when it counts.
        number: of the latest grant; an answer with a lower number is out of date.
        direct: whether the connection to the management server goes through no proxy, so that a
            refused connection comes from the management server's own machine.
    """

    seconds: float = 0.0
    since: float = 0.0
    number: int = 0
    direct: bool = False

    def renewed(self, asked_at: float, seconds: float, number: int, *, direct: bool) -> "Lease":
        """After an answer to what was asked at this time; the same lease if it is out of date."""
        if number < self.number:
            return self
        return Lease(seconds, max(asked_at, self.since), number, direct)

    def absent(self, asked_at: float) -> "Lease":
        """After a connection begun at this time was refused: nobody listens at the address."""
        if not self.direct:
            return self
        return replace(self, since=max(asked_at, self.since))

    def is_over(self, now: float) -> bool:
        """Whether its rows may not be used any more."""
        return self.seconds > 0 and now >= self.since + self.seconds
