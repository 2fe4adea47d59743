"""What open pages watch: one question for all, and only what has changed is told."""

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mgmtsrvr.console.watches import EVERY, MOST, Answer, Watched, Watches


SERVERS = Watched("ada", "/servers")


class Asked:
    """A question whose answers the test gives."""

    def __init__(self):
        self.waiting = []

    def __call__(self):
        self.waiting.append(Deferred())
        return self.waiting[-1]

    def answer(self, text, status=200):
        self.waiting.pop(0).callback(Answer(status, text))


def watching():
    clock, asked, heard = Clock(), Asked(), []
    watches = Watches(clock)
    return clock, watches, asked, heard


def test_equal_watches_cost_one_question_and_all_hear():
    clock, watches, asked, heard = watching()
    others = []
    watches.add(SERVERS, asked, heard.append)
    watches.add(SERVERS, asked, others.append)
    assert len(asked.waiting) == 1
    asked.answer(b"1")
    assert heard == others == [Answer(200, b"1")]
    clock.advance(EVERY)
    assert len(asked.waiting) == 1


def test_another_user_is_asked_for_apart():
    """Two users may see different things at one address."""
    _, watches, asked, heard = watching()
    watches.add(SERVERS, asked, heard.append)
    watches.add(Watched("bob", "/servers"), asked, heard.append)
    assert len(asked.waiting) == 2


def test_only_what_differs_is_told():
    clock, watches, asked, heard = watching()
    watches.add(SERVERS, asked, heard.append)
    for text in (b"1", b"1", b"2", b"2", b"1"):
        asked.answer(text)
        clock.advance(EVERY)
    assert [it.body for it in heard] == [b"1", b"2", b"1"]


def test_a_refusal_differs_from_an_answer_with_the_same_text():
    clock, watches, asked, heard = watching()
    watches.add(SERVERS, asked, heard.append)
    asked.answer(b"1")
    clock.advance(EVERY)
    asked.answer(b"1", 403)
    assert [it.status for it in heard] == [200, 403]


def test_a_question_without_an_answer_yet_is_not_asked_again():
    clock, watches, asked, heard = watching()
    watches.add(SERVERS, asked, heard.append)
    clock.advance(EVERY)
    clock.advance(EVERY)
    assert len(asked.waiting) == 1


def test_who_comes_later_hears_the_last_answer_at_once():
    _, watches, asked, heard = watching()
    watches.add(SERVERS, asked, lambda _: None)
    asked.answer(b"1")
    watches.add(SERVERS, asked, heard.append)
    assert heard == [Answer(200, b"1")]


def test_what_nobody_watches_is_not_asked_for():
    clock, watches, asked, heard = watching()
    end = watches.add(SERVERS, asked, heard.append)
    asked.answer(b"1")
    end()
    end()
    clock.advance(EVERY)
    assert (len(watches), asked.waiting, clock.getDelayedCalls()) == (0, [], [])


def test_a_question_that_fails_is_asked_again():
    clock, watches, asked, heard = watching()
    watches.add(SERVERS, asked, heard.append)
    asked.waiting.pop(0).errback(ZeroDivisionError("a defect"))
    clock.advance(EVERY)
    asked.answer(b"1")
    assert heard == [Answer(200, b"1")]


def test_there_are_not_more_than_there_may_be():
    _, watches, asked, heard = watching()
    for number in range(MOST):
        assert not watches.full
        watches.add(Watched("", str(number)), asked, heard.append)
    assert watches.full
