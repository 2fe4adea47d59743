"""The allocator driven by hand: its wishes performed from tables."""

from collections.abc import Callable, Mapping, Sequence

from verdigris.allocation.allocator import (
    Answer,
    Ask,
    Look,
    Outcome,
    RandomSource,
    Verdict,
    WakeUp,
    allocate,
)
from verdigris.allocation.domain import Domain, Member
from verdigris.allocation.eligibility import Availability, Condition, Snapshot


ONLINE = Availability(Condition.ONLINE)


def domain(*members: tuple, **options) -> Domain:
    return Domain("d", tuple(Member(*member) for member in members), **options)


def snapshot(members: Domain, arrivals: int = 0, **known: Availability) -> Snapshot:
    """Everybody online, except as said."""
    everybody = {member.server: ONLINE for member in members.members}
    return Snapshot(members, everybody | known, arrivals)


def draws(*numbers: int) -> RandomSource:
    """A source that gives these numbers, and remembers the totals it was asked with."""
    left = list(numbers)

    def draw(total: int) -> int:
        draw.totals.append(total)
        number = left.pop(0)
        assert 1 <= number <= total
        return number

    draw.totals = []
    return draw


def answer(word: str) -> Answer:
    if word == "granted":
        return Answer(Verdict.GRANTED, session="vs~00ff00ff", claim="secret")
    return Answer(Verdict(word))


class World:
    """Performs the allocator's wishes from tables, and records them.

    answers: server -> what it answers, in turn (the last one again and again).
    wake_up: what is seen after the wake-up calls; by default the same.
    """

    def __init__(self, seen: Snapshot, answers: Mapping[str, str | Sequence[str]], wake_up=None):
        self.seen = seen
        self.answers = {
            name: [said] if isinstance(said, str) else list(said) for name, said in answers.items()
        }
        self.wake_up = wake_up
        self.asked: list[str] = []
        self.wishes: list[object] = []
        self.on_ask: Callable[[str], None] = lambda _: None

    def run(self, draw: RandomSource) -> Outcome:
        deciding = allocate(draw)
        reply: object = None
        while True:
            try:
                wish = deciding.send(reply)
            except StopIteration as done:
                return done.value
            self.wishes.append(wish)
            match wish:
                case Look():
                    reply = self.seen
                case WakeUp():
                    reply = (
                        self.wake_up() if callable(self.wake_up) else (self.wake_up or self.seen)
                    )
                case Ask(server=server):
                    self.asked.append(server)
                    said = self.answers[server]
                    word = said.pop(0) if len(said) > 1 else said[0]
                    self.on_ask(server)
                    reply = answer(word)


def trail(outcome: Outcome) -> list[tuple]:
    """(server, draw, total, answer) of each try."""
    return [(t.server, t.draw, t.total, t.answer) for t in outcome.trail]
