"""Whatever is lost, late, killed, frozen or cut off: no two servers use a row at one time."""

from dataclasses import dataclass, field
from itertools import combinations
from random import Random

import pytest

from mgmtsrvr.row_shares.ledger import (
    SLACK,
    Claim,
    Ledger,
    Owner,
    aged,
    alive,
    granted,
    reported,
    to_call,
    without,
)
from mgmtsrvr.row_shares.ledger_file import document, ledger_of
from sesssrvr.rows.lease import Lease
from verdigris.wire import RenewRows, RowNeed


GROUP, KEYS, LEASE = "M/Users", tuple("abcdefghij"), 60.0
NAMES = ("vs1", "vs2", "vs3")


@dataclass
class Process:
    """A session server as far as rows are concerned; its clock runs a little fast or slow."""

    name: str
    rate: float
    boot: int = 0
    up: bool = True
    frozen: bool = False
    cut: bool = False
    held: set = field(default_factory=set)
    used: set = field(default_factory=set)
    lease: Lease = field(default_factory=Lease)
    asked: list = field(default_factory=list)  # requests on their way, the oldest first
    count: int = 0
    awaited: tuple | None = None  # number of the request whose answer is taken, when it was asked

    @property
    def owner(self):
        return Owner(self.name, str(self.boot))

    def tick(self, now):
        if self.up and not self.frozen and self.lease.is_over(now * self.rate):
            self.held, self.used = set(), set()

    def request(self, maximum):
        most = max(len(self.used), maximum)
        need = RowNeed(
            GROUP, KEYS, tuple(sorted(self.held)), len(self.used), len(self.used), most, most
        )
        return RenewRows(str(self.boot), self.lease.number, at_home=True, needs=(need,))


class World:
    """Three session servers, a management server that is killed and frozen, and messages between them."""

    def __init__(self, seed):
        self.random = Random(seed)  # noqa: S311 - nothing secret
        self.now = 0.0
        rates = dict(zip(NAMES, (0.97, 1.0, 1.03), strict=True))
        self.servers = {name: Process(name, rate) for name, rate in rates.items()}
        self.ledger, self.kept, self.manager = Ledger(), document(Ledger()), "up"
        self.shared = self.moved = 0  # what the run has seen, so that it is known to mean something
        self.last = {}

    def run(self, steps):
        does = [do for do, weight in WEIGHTS.items() for _ in range(weight)]
        for _ in range(steps):
            it = self.random.choice(list(self.servers.values()))
            self.random.choice(does)(self, it)
            self.check()

    def live(self):
        return {it.owner for it in self.servers.values() if it.up and not it.cut and not it.frozen}

    # ---- messages ----------------------------------------------------------------------------

    def ask(self, it):
        if not it.up or it.frozen:
            return
        it.tick(self.now)
        it.count += 1
        it.awaited = (it.count, self.now * it.rate)
        if not it.cut and self.manager != "down":
            most = self.random.choice([2, 5, 10])
            it.asked.append((it.count, it.boot, it.request(most)))

    def answer(self, it):
        """The oldest request arrives; its answer may be lost."""
        if not it.asked or it.cut or self.manager != "up":
            return
        number, boot, request = it.asked.pop(0)
        owner, now = Owner(it.name, str(boot)), self.now
        earlier = [o for o in self.ledger.claims if o.server == it.name and o != owner]
        claim = Claim(now + LEASE * SLACK, it.name, needs={n.group: n for n in request.needs})
        before = without(aged(self.ledger, now), earlier, now)
        before = reported(before, owner, claim, request, now)
        self.ledger, shares = granted(before, owner, self.live() | {owner}, more=True)
        self.kept = document(self.ledger)
        if it.frozen or it.awaited is None or it.awaited[0] != number or self.random.random() < 0.1:
            return
        it.lease = it.lease.renewed(it.awaited[1], LEASE, self.ledger.number, direct=True)
        it.awaited, it.held = None, set(shares[0].keys)
        it.used &= it.held
        for key in sorted(it.held - it.used)[: shares[0].give_back]:
            it.held.discard(key)
        it.tick(now)

    def exchange(self, it):
        self.ask(it)
        self.answer(it)

    # ---- use ---------------------------------------------------------------------------------

    def use(self, it):
        it.tick(self.now)
        if not it.frozen:
            it.used |= set(sorted(it.held - it.used)[:1])

    def release(self, it):
        if it.used and not it.frozen:
            it.used.discard(self.random.choice(sorted(it.used)))

    # ---- faults ------------------------------------------------------------------------------

    def kill(self, it):
        it.up, it.frozen, it.held, it.used, it.asked = False, False, set(), set(), []

    def start(self, it):
        if not it.up:
            self.servers[it.name] = Process(it.name, it.rate, it.boot + 1, cut=it.cut)

    def probe(self, it):
        """Its machine says that nobody listens, or another process answers, or it answers itself."""
        if self.manager == "up" and not it.cut and not it.frozen:
            for owner in [o for o in self.ledger.claims if o.server == it.name]:
                if it.up and owner == it.owner:
                    self.ledger = alive(self.ledger, owner, self.now + LEASE * SLACK)
                else:
                    self.ledger = without(self.ledger, [owner], self.now)

    def cut_or_mend(self, it):
        it.cut, it.asked, it.awaited = not it.cut, [], None

    def freeze_or_thaw(self, it):
        it.frozen = it.up and not it.frozen
        it.tick(self.now)

    def stop_the_manager(self, _):
        if self.manager == "up":
            self.manager = self.random.choice(["frozen", "down"])
        if self.manager == "down":
            for it in self.servers.values():
                it.asked, it.awaited = [], None

    def start_the_manager(self, _):
        if self.manager == "down":
            self.ledger = ledger_of(self.kept, self.now + LEASE * SLACK)
        self.manager = "up"

    def refuse(self, it):
        """Its try to connect finds nobody."""
        if self.manager == "down" and it.up and not it.cut and not it.frozen:
            it.tick(self.now)
            it.lease = it.lease.absent(self.now * it.rate)

    def wait(self, _):
        self.now += self.random.choice([0.5, 5.0, 20.0, self.random.uniform(58.0, 68.0)])
        for it in self.servers.values():
            it.tick(self.now)
        if self.manager == "up":
            self.ledger = aged(self.ledger, self.now)
            assert to_call(self.ledger, self.live()) <= self.live()

    # ---- the law -----------------------------------------------------------------------------

    def check(self):
        for one, other in combinations(self.servers.values(), 2):
            if not one.frozen and not other.frozen:  # a frozen one lets go before it does anything
                assert not one.held & other.held, (one, other)
        owners = {owner for keys in self.ledger.rows.values() for owner in keys.values()}
        assert owners <= self.ledger.claims.keys()
        holding = {key: it.owner for it in self.servers.values() for key in it.held}
        self.shared += len(set(holding.values())) > 1
        self.moved += sum(self.last.get(key, owner) != owner for key, owner in holding.items())
        self.last.update(holding)


WEIGHTS = {
    World.exchange: 12, World.ask: 3, World.answer: 3, World.use: 6, World.release: 3,
    World.kill: 1, World.start: 2, World.probe: 1, World.cut_or_mend: 1, World.freeze_or_thaw: 2,
    World.stop_the_manager: 1, World.start_the_manager: 2, World.refuse: 3, World.wait: 4,
}  # fmt: skip


def renewed(ledger, name, held, *, now=0.0, number=0, maximum=10, live=NAMES):
    """After a server has asked; boots are all "0"."""
    it = Process(name, 1.0, held=set(held), lease=Lease(number=number))
    request, owner = it.request(maximum), it.owner
    claim = Claim(now + LEASE * SLACK, name, needs={n.group: n for n in request.needs})
    before = reported(ledger, owner, claim, request, now)
    return granted(before, owner, {Owner(one, "0") for one in live}, more=True)


def test_what_nobody_is_known_to_have_is_learned_from_its_holder_and_never_taken_from_another():
    ledger, (share,) = renewed(Ledger(), "vs1", "abc", number=41, maximum=3)
    assert (share.keys, ledger.number) == (("a", "b", "c"), 42)
    ledger, (share,) = renewed(ledger, "vs2", "cd", maximum=2)
    assert set(share.keys) == {"d", "e"}
    assert ledger.held(GROUP, Owner("vs1", "0")) == ["a", "b", "c"]


def test_three_servers_end_up_with_even_shares_and_the_last_one_alive_with_all_rows():
    ledger, (share,) = renewed(Ledger(), "vs1", "")
    assert set(share.keys) == set(KEYS)
    ledger, (share,) = renewed(ledger, "vs2", "", now=1.0)
    assert not share.keys
    assert to_call(ledger, {Owner("vs1", "0"), Owner("vs2", "0")}) == {Owner("vs1", "0")}
    ledger, (share,) = renewed(ledger, "vs1", KEYS, now=2.0)
    assert share.give_back == 5
    ledger, _ = renewed(ledger, "vs1", KEYS[5:], now=3.0)
    ledger, (share,) = renewed(ledger, "vs2", "", now=4.0)
    assert set(share.keys) == set(KEYS[:5])
    ledger, _ = renewed(ledger, "vs1", KEYS[5:], now=LEASE, live=("vs1",))
    assert len(ledger.held(GROUP, Owner("vs1", "0"))) == 5  # the lease of the other is not over
    later = 4.0 + LEASE * SLACK
    ledger, (share,) = renewed(aged(ledger, later), "vs1", KEYS[5:], now=later, live=("vs1",))
    assert set(share.keys) == set(KEYS)


def test_the_row_that_is_free_for_longest_is_given_first():
    ledger, _ = renewed(Ledger(), "vs1", "abcdefghij")
    for now, held in ((1.0, "abdefghij"), (2.0, "bdefghij")):
        ledger, _ = renewed(ledger, "vs1", held, now=now, maximum=0)
    _, (share,) = renewed(ledger, "vs2", "", now=3.0, maximum=1)
    assert share.keys == ("c",)


def test_a_ledger_is_read_from_the_disk_as_it_was_and_a_damaged_one_is_refused():
    ledger, _ = renewed(Ledger(), "vs1", "abc")
    again = ledger_of(document(ledger), 7.0)
    assert again.rows == ledger.rows
    assert again.claims[Owner("vs1", "0")] == Claim(7.0, "vs1")
    for damaged in (b"", b"{", b"[]", b'{"owners": [{"server": 1}]}', document(ledger)[:-3]):
        with pytest.raises(ValueError, match=r"."):
            ledger_of(damaged, 7.0)


def test_no_two_servers_use_a_row_whatever_happens():
    shared = moved = 0
    for seed in range(300):
        world = World(seed)
        try:
            world.run(200)
        except AssertionError as problem:
            raise AssertionError(f"seed {seed} at {world.now} s") from problem
        shared, moved = shared + world.shared, moved + world.moved
    assert shared > 1000  # the runs mean something: servers had rows at one time, and rows moved
    assert moved > 1000
