"""Who may use which row of the variable lists, and until when. Pure: time is an argument.

Law (tests/mgmtsrvr/row_shares/test_ledger.py, by random events over servers that lose and delay their
messages): a row has one owner, a run of a session server's process. It changes hands only after its
owner has said that it does not hold it any more, after the owner's process is known to be dead, or
after the owner's lease is over; a session server counts the lease from its request, so that it has
stopped before (decision 0169).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mgmtsrvr.row_shares.shares import shares
from verdigris.wire import RenewRows, RowNeed, RowShare


SLACK: Final = 1.1
"""A lease lasts longer here by this factor: two machines' clocks do not run at the same speed."""


class Owner(NamedTuple):
    """A run of a session server's process."""

    server: str
    boot: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of an owner.

    Attributes:
        until: when its lease is over.
        address: at which it is called.
        at_home: whether the address is its own, and no proxy's.
        needs: by group, as it last said; none after a start of the management server.
        wanted: the groups of which it was told that others lack rows: it asks by itself from then on.
    """

    until: float
    address: str = ""
    at_home: bool = False
    needs: Mapping[str, RowNeed] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class Ledger:
    """Every row with its owner, and every owner with its claim.

    Attributes:
        number: of the latest grant.
        rows: the owner of each row that has one, by group and key.
        claims: by owner.
        freed: when each row lost its owner: the one free for longest is granted first.
    """

    number: int = 0
    rows: Mapping[str, Mapping[str, Owner]] = field(default_factory=dict)
    claims: Mapping[Owner, Claim] = field(default_factory=dict)
    freed: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def held(self, group: str, owner: Owner) -> list[str]:
        """The rows of an owner."""
        return [key for key, its in self.rows.get(group, {}).items() if its == owner]

    def groups(self) -> list[str]:
        """The names of the groups that are known."""
        needs = {group for claim in self.claims.values() for group in claim.needs}
        return sorted(needs | self.rows.keys())

    def keys(self, group: str) -> list[str]:
        """The rows of a group that are known, in the order of their lists."""
        needs = [claim.needs[group] for claim in self.claims.values() if group in claim.needs]
        listed = (key for need in needs for key in need.keys)
        return list(dict.fromkeys([*listed, *self.rows.get(group, {})]))

    def __repr__(self) -> str:
        count = sum(map(len, self.rows.values()))
        return f"<Ledger {count} rows of {len(self.claims)} owners, grant {self.number}>"


def reported(ledger: Ledger, owner: Owner, claim: Claim, request: RenewRows, now: float) -> Ledger:
    """After an owner has said what it holds: that is its own, everything else it had is free.

    A row that is nobody's is its own as well: a management server that lost its memory learns it
    again. One that is another's stays there.

    Args:
        ledger: before.
        owner: who.
        claim: its claim from now on.
        request: what it says.
        now: the time.
    """
    held = {need.group: set(need.held) for need in request.needs}
    changed = dict(ledger.rows)
    freed = dict(ledger.freed)
    for group in {*held, *ledger.rows}:
        mine, before = held.get(group, set()), ledger.rows.get(group, {})
        kept = {key: its for key, its in before.items() if its != owner or key in mine}
        for key in before.keys() - kept.keys():
            freed[group, key] = now
        kept.update((key, owner) for key in sorted(mine) if key not in kept)
        changed[group] = kept
    claims = {**ledger.claims, owner: claim}
    rows = {group: keys for group, keys in changed.items() if keys}
    number = max(ledger.number, request.number)
    return replace(ledger, number=number, rows=rows, claims=claims, freed=freed)


def without(ledger: Ledger, owners: Collection[Owner], now: float) -> Ledger:
    """After these owners are known to hold nothing any more."""
    if not any(owner in ledger.claims for owner in owners):
        return ledger
    rows, freed = {}, dict(ledger.freed)
    for group, keys in ledger.rows.items():
        rows[group] = {key: its for key, its in keys.items() if its not in owners}
        freed.update(((group, key), now) for key in keys.keys() - rows[group].keys())
    claims = {owner: claim for owner, claim in ledger.claims.items() if owner not in owners}
    return replace(ledger, rows={g: k for g, k in rows.items() if k}, claims=claims, freed=freed)


def aged(ledger: Ledger, now: float) -> Ledger:
    """After the leases that are over."""
    return without(ledger, [o for o, claim in ledger.claims.items() if claim.until <= now], now)


def alive(ledger: Ledger, owner: Owner, until: float) -> Ledger:
    """After an owner has been met: it lives, though it does not come itself."""
    claim = ledger.claims.get(owner)
    if claim is None:
        return ledger
    later = replace(claim, until=max(claim.until, until))
    return replace(ledger, claims={**ledger.claims, owner: later})


class Balance:
    """One group of rows among the owners that are connected: who lacks some, and who has too many.

    Args:
        ledger: as it is.
        group: of rows.
        live: the owners that are connected.

    Attributes:
        needs: of each owner.
        held: how many rows each has.
        targets: how many each is to have.
        free: the rows that each could be given.
    """

    def __init__(self, ledger: Ledger, group: str, live: Collection[Owner]) -> None:
        self.owners = ledger.rows.get(group, {})
        self.needs = {
            owner: ledger.claims[owner].needs[group]
            for owner in live
            if owner in ledger.claims and group in ledger.claims[owner].needs
        }
        self.held = dict.fromkeys(self.needs, 0)
        for owner in self.owners.values():
            if owner in self.held:
                self.held[owner] += 1
        known = {key for need in self.needs.values() for key in (*need.keys, *need.held)}
        away = sum(owner not in self.needs for key, owner in self.owners.items() if key in known)
        self._names = {f"{owner.server} {owner.boot}": owner for owner in self.needs}
        wanted = {name: self.needs[owner] for name, owner in self._names.items()}
        counts = shares(len(known) - away, wanted)
        self.targets = {self._names[name]: count for name, count in counts.items()}

        self.free = {
            owner: [key for key in need.keys if key not in self.owners]
            for owner, need in self.needs.items()
        }

    def lacking(self, owner: Owner) -> int:
        """How many rows it has too few of."""
        return max(0, self.targets[owner] - self.held[owner])

    def surplus(self, owner: Owner) -> int:
        """How many of its rows others lack: none while there are free ones for them."""
        lack = sum(
            max(0, self.lacking(other) - len(self.free[other]))
            for other in self.needs
            if other != owner
        )
        kept = max(self.targets[owner], self.needs[owner].used)
        return max(0, min(lack, self.held[owner] - kept))

    def wanted(self, owner: Owner) -> bool:
        """Whether others have too few rows for their clients."""
        return any(
            self.held[other] < self.needs[other].needed for other in self.needs if other != owner
        )


def granted(
    ledger: Ledger, owner: Owner, live: Collection[Owner], *, more: bool
) -> tuple[Ledger, tuple[RowShare, ...]]:
    """The shares of an owner that has just reported, and the ledger with what is granted to it.

    Args:
        ledger: after its report.
        owner: who asks.
        live: the owners that are connected, it included.
        more: whether rows may be granted that it does not hold yet.
    """
    found, rows, freed = [], dict(ledger.rows), dict(ledger.freed)
    claim = ledger.claims[owner]
    for group in claim.needs:
        balance = Balance(ledger, group, live)
        mine = ledger.held(group, owner)
        if more and (count := balance.lacking(owner)):
            free = sorted(balance.free[owner], key=lambda key: freed.get((group, key), 0.0))
            mine += free[:count]
            rows[group] = {**rows.get(group, {}), **dict.fromkeys(free[:count], owner)}
            freed = {place: at for place, at in freed.items() if place[1] not in free[:count]}
        share = RowShare(group, tuple(mine), balance.surplus(owner), balance.wanted(owner))
        found.append(share)
    claim = replace(claim, wanted=frozenset(share.group for share in found if share.wanted))
    claims = {**ledger.claims, owner: claim}
    after = replace(ledger, number=ledger.number + 1, rows=rows, claims=claims, freed=freed)
    return after, tuple(found)


def to_call(ledger: Ledger, live: Collection[Owner]) -> set[Owner]:
    """The owners whose shares have changed: those that can be given rows, or have some to give back.

    Where clients lack rows and nobody is known to have any to spare, all others are asked: what they
    said of themselves may be old.
    """
    found: set[Owner] = set()
    groups = {
        group for owner in live if owner in ledger.claims for group in ledger.claims[owner].needs
    }
    for group in groups:
        balance = Balance(ledger, group, live)
        for owner in balance.needs:
            told = group in ledger.claims[owner].wanted
            if (
                balance.surplus(owner)
                or (balance.lacking(owner) and balance.free[owner])
                or (balance.held[owner] and not told and balance.wanted(owner))
            ):
                found.add(owner)
    return found
