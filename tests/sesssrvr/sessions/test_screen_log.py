"""The screens a procedure passes are told to whoever asks, and to nobody else."""

import pytest
from twisted.internet.task import Clock

from sesssrvr.sessions.screen_log import MOST, ScreenLog
from verdigris.wire import Login, Open, Perform, Run


def ran(front, watch):
    it = front()
    client = it.client()
    search = Perform("", "T", "Search", {"name": "smith"}, {}, watch=watch)
    return client.ask(Run(Open("model", "M", Login(), {}), search)).answer


def test_nobody_who_did_not_ask_is_told_of_screens(front):
    assert ran(front, "").screens == ()


def test_times_come_without_pictures(front):
    (passed,) = ran(front, "times").screens
    assert passed.entity == "ROWS"
    assert passed.screen == ""


def test_screens_are_pictures_with_their_entity_and_moment(front):
    answer = ran(front, "screens")
    (passed,) = answer.screens
    assert "ROWS 1 2 3" in passed.screen
    assert 0 <= passed.milliseconds <= answer.milliseconds


@pytest.fixture
def screens_seen():
    return ScreenLog("screens", lambda screen: f"E{screen}", str, Clock())


def test_the_same_screen_twice_in_a_row_is_one(screens_seen):
    for screen in "aabba":
        screens_seen.add(screen)
    assert [it.screen for it in screens_seen.passed] == ["a", "b", "a"]


def test_of_very_many_screens_the_first_and_the_last_are_kept(screens_seen):
    for number in range(1_000):
        screens_seen.add(number)
    kept = [it.screen for it in screens_seen.passed]
    assert len(kept) == MOST
    assert kept[: MOST // 2] == [str(n) for n in range(MOST // 2)]
    assert kept[-MOST // 2 :] == [str(n) for n in range(1_000 - MOST // 2, 1_000)]
