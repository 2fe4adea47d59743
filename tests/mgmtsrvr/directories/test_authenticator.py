"""The one door: which directory decides, what guessing costs, what a refusal tells."""

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from mgmtsrvr.directories import Authenticator, Refused, Unknown
from mgmtsrvr.directories.authenticator import PACE
from mgmtsrvr.directories.native import NativeDirectory, stamp_of
from verdigris.config.users import parse
from verdigris.credential_checks.guesses import FREE
from verdigris.credential_checks.recent import KEPT_SECONDS
from verdigris.errors import (
    CredentialsWrong,
    DirectoryAway,
    LoginsBusy,
    TokenRefused,
    TooManyGuesses,
)
from verdigris.passwords import Cost, PasswordHash, hashed
from verdigris.rights import Principal, Rights, Subject
from verdigris.rights.rights import Members


HERE, THERE = "192.0.2.1", "192.0.2.2"
HASH = hashed("alice password")
DOCUMENT = (
    '<users xmlns="urn:verdigris:users:1">'
    f'<admin password="{HASH}"/><native><user name="alice" password="{HASH}"/>'
    f'<user name="locked" password="{HASH}" locked="true"/></native></users>'
)
TELLERS = Principal("tellers", "corp")


class AtOnce:
    """Threads that are none."""

    def __init__(self):
        self.calls = 0

    def run(self, call):
        self.calls += 1
        return succeed(call())


class Fake:
    """A directory that answers as it is told."""

    def __init__(self, name="corp", **known):
        self.name = name
        self.known = known
        self.away = False
        self.asked = []
        self.waiting = None

    async def check(self, user, password):
        self.asked.append((user, password))
        if self.waiting is not None:
            await self.waiting
        if self.away:
            raise DirectoryAway(directory=self.name, reason="x")
        if user not in self.known:
            return Unknown()
        if self.known[user] != password:
            return Refused()
        return Subject(
            Principal(user, self.name), frozenset({TELLERS, Principal("others", "corp")})
        )


class World:
    def __init__(self, *directories):
        self.clock = Clock()
        self.users = parse(DOCUMENT.encode())
        self.threads = AtOnce()
        native = NativeDirectory(lambda: self.users, self.threads)
        self.it = Authenticator(native, self.clock)
        self.rights = Rights(
            profiles={}, groups={Principal("g"): Members(groups=frozenset({TELLERS}))}
        )
        self.it.configure(self.rights, directories, ())

    def ask(self, user, password, address=HERE):
        """The outcome, and the seconds it took."""
        begun, found = self.clock.seconds(), []
        Deferred.fromCoroutine(self.it.password(user, password, address)).addBoth(found.append)
        while not found:
            self.clock.advance(0.0625)
            assert self.clock.seconds() - begun < 5
        outcome = getattr(found[0], "value", found[0])
        return outcome, round(self.clock.seconds() - begun, 3)

    def start(self, user, password, address=HERE):
        found = []
        done = Deferred.fromCoroutine(self.it.password(user, password, address))
        done.addBoth(found.append)
        return done, found


def test_native_users_come_first_and_have_a_stamp():
    corp = Fake(alice="other")
    found, seconds = World(corp).ask("alice", "alice password")
    assert (found.subject, seconds) == (Subject(Principal("alice")), 0)
    assert found.stamp == stamp_of(HASH)
    assert corp.asked == []


def test_a_native_user_is_not_asked_of_another_directory():
    corp = Fake(alice="other")
    assert isinstance(World(corp).ask("alice", "other")[0], CredentialsWrong)
    assert corp.asked == []


def test_the_first_directory_that_knows_a_user_decides():
    one, two = Fake("one", bob="1"), Fake("two", bob="2", carol="3")
    world = World(one, two)
    assert isinstance(world.ask("bob", "2")[0], CredentialsWrong)
    assert two.asked == []
    assert world.ask("carol", "3")[0].subject.user == Principal("carol", "two")


def test_only_groups_that_a_right_depends_on_are_kept():
    assert World(Fake(bob="1")).ask("bob", "1")[0].subject.groups == {TELLERS}


def test_a_directory_that_is_away_is_never_a_yes_and_hides_no_wrong_password():
    one, two = Fake("one", bob="1"), Fake("two", carol="3")
    world = World(one, two)
    one.away = True
    assert isinstance(world.ask("bob", "1")[0], DirectoryAway)
    assert isinstance(world.ask("nobody", "1")[0], DirectoryAway)
    assert isinstance(world.ask("carol", "4")[0], CredentialsWrong)
    assert world.ask("carol", "3")[0].subject.user == Principal("carol", "two")
    assert world.ask("alice", "alice password")[0].subject.user == Principal("alice")


def test_what_was_right_a_moment_ago_counts_while_the_directory_is_away():
    corp = Fake(bob="1")
    world = World(corp)
    world.ask("bob", "1")
    corp.away = True
    world.clock.advance(KEPT_SECONDS - 1)
    assert world.ask("bob", "1")[0].subject.user.name == "bob"
    assert isinstance(world.ask("bob", "2")[0], DirectoryAway)
    world.clock.advance(1)
    assert isinstance(world.ask("bob", "1")[0], DirectoryAway)
    corp.away = False
    world.ask("bob", "1")
    world.it.configure(world.rights, (Fake(),), ())
    assert isinstance(world.ask("bob", "1")[0], CredentialsWrong)


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("alice", "wrong"),
        ("alice", ""),
        ("locked", "alice password"),
        ("nobody", "alice password"),
        ("", ""),
        ("bob", "wrong"),
        ("bob", ""),
        ("a\0b", "x"),
        ("x" * 300, "x"),
        ("bob", "x" * 5000),
        ("bob", "1\0"),
    ],
)
def test_every_refusal_is_the_same_and_takes_the_same_time_and_work(user, password):
    world = World(Fake(bob="1"))
    found, seconds = world.ask(user, password)
    assert isinstance(found, CredentialsWrong)
    assert str(found) == "The credentials were not accepted."
    assert seconds == PACE
    assert world.threads.calls == 1


@pytest.mark.parametrize(
    ("user", "password"), [("", "1"), ("bob", ""), ("b\0", "1"), ("bob", "x" * 5000)]
)
def test_what_cannot_be_a_login_is_not_passed_on(user, password):
    corp = Fake(bob="1")
    World(corp).ask(user, password)
    assert corp.asked == []


def test_a_slow_directory_does_not_tell_either():
    corp = Fake(bob="1")
    corp.waiting = Deferred()
    world = World(corp)
    world.clock.callLater(0.7, corp.waiting.callback, None)
    assert world.ask("bob", "2")[1] == 2 * PACE


def test_guessing_gets_slower_from_there_and_the_user_comes_in_from_elsewhere():
    world = World()
    for _ in range(FREE + 1):
        assert isinstance(world.ask("alice", "wrong")[0], CredentialsWrong)
    found, seconds = world.ask("alice", "alice password")
    assert isinstance(found, TooManyGuesses)
    assert seconds == 0
    assert found.details["retry after"] == 1
    assert world.ask("alice", "alice password", THERE)[0].subject.user.name == "alice"
    world.clock.advance(1)
    assert world.ask("alice", "alice password")[0].subject.user.name == "alice"


def test_other_ways_to_type_a_name_are_no_other_guesses():
    world = World()
    for name in ("alice", "ALICE", " alice", "alice ", "\uff41lice", "Alice"):
        world.ask(name, "wrong")
    assert isinstance(world.ask("aLICE", "wrong")[0], TooManyGuesses)


def test_many_guesses_at_once_are_counted_before_they_are_checked():
    corp = Fake(bob="1")
    corp.waiting = Deferred()
    world = World(corp)
    running = [world.start("bob", f"guess {it}") for it in range(40)]
    assert len(corp.asked) == FREE + 1
    assert sum(bool(found) for _, found in running) == 40 - FREE - 1
    corp.waiting.callback(None)
    world.clock.advance(PACE)
    assert all(found for _, found in running)


def test_the_same_login_many_times_at_once_is_one_and_counts_as_none():
    corp = Fake(bob="1")
    corp.waiting = Deferred()
    world = World(corp)
    running = [world.start("bob", "1") for _ in range(40)]
    assert len(corp.asked) == 1
    corp.waiting.callback(None)
    assert [found[0].subject.user.name for _, found in running] == ["bob"] * 40
    assert world.it.guesses.pause("bob", HERE, 0) == 0


def test_a_client_that_goes_away_has_guessed_all_the_same():
    corp = Fake(bob="1")
    corp.waiting = Deferred()
    world = World(corp)
    for guess in range(FREE + 1):
        gone, _ = world.start("bob", f"guess {guess}")
        gone.addErrback(lambda _: None)
        gone.cancel()
    corp.waiting.callback(None)
    assert isinstance(world.ask("bob", "guess")[0], TooManyGuesses)


def test_a_client_that_goes_away_stops_nobody_else():
    corp = Fake(bob="1")
    corp.waiting = Deferred()
    world = World(corp)
    first, _ = world.start("bob", "1")
    _, found = world.start("bob", "1")
    first.cancel()
    corp.waiting.callback(None)
    assert found[0].subject.user.name == "bob"


def test_what_was_not_checked_is_not_counted():
    corp = Fake(bob="1")
    corp.away = True
    world = World(corp)
    for _ in range(20):
        assert isinstance(world.ask("bob", "1")[0], DirectoryAway)
    corp.away = False
    assert world.ask("bob", "1")[0].subject.user.name == "bob"


def test_too_many_checks_are_refused_politely():
    world = World()

    def full(_call):
        raise LoginsBusy

    world.threads.run = full
    assert isinstance(world.ask("alice", "x")[0], LoginsBusy)


def test_a_login_ends_with_its_password_its_user_or_its_directory():
    world = World(Fake())
    alice, stamp = Principal("alice"), stamp_of(HASH)
    assert world.it.good_stamp(alice, stamp)
    assert not world.it.good_stamp(alice, "")
    assert not world.it.good_stamp(Principal("nobody"), stamp)
    assert not world.it.good_stamp(Principal("locked"), stamp)
    assert world.it.good_stamp(Principal("bob", "corp"), "")
    assert not world.it.good_stamp(Principal("bob", "gone"), "")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "x" * 100_000])
def test_a_token_of_nobody_is_refused(token):
    world, found = World(), []
    Deferred.fromCoroutine(world.it.bearer(token)).addErrback(found.append)
    assert found[0].check(TokenRefused)


def test_nothing_shows_a_password():
    world = World(Fake(bob="1"))
    world.ask("alice", "alice password")
    assert "alice password" not in repr(vars(world.it)) + repr(vars(world.it._checks))
    assert PasswordHash(HASH).weak is False
    assert str(Cost(1, 2, 3)) == "m=1,t=2,p=3"
