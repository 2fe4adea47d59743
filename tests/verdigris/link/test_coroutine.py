"""The outcome of a job is told exactly once, whatever its coroutine does."""

from contextvars import ContextVar, copy_context

import pytest
from twisted.internet.defer import CancelledError, Deferred, fail, succeed

from verdigris.link.coroutine import Job


@pytest.fixture
def begun():
    """Start a coroutine; the list its outcomes go to, and the job."""

    def start(work):
        told = []
        job = Job(work, told.append)
        job.start()
        return told, job

    return start


async def waiting(*deferreds):
    return [await one for one in deferreds]


def test_what_waits_for_nothing_ends_at_once(begun):
    told, _ = begun(waiting(succeed(1), succeed(2)))
    assert told == [[1, 2]]


def test_a_result_arrives_after_every_wait(begun):
    first, second = Deferred(), Deferred()
    told, _ = begun(waiting(first, second))
    first.callback("a")
    assert not told
    second.callback("b")
    assert told == [["a", "b"]]


def test_an_error_of_a_wait_is_thrown_where_it_is_awaited(begun):
    async def brave(wait):
        try:
            await wait
        except LookupError:
            return "caught"

    wait = Deferred()
    told, _ = begun(brave(wait))
    wait.errback(KeyError("x"))
    assert told == ["caught"]


@pytest.mark.parametrize("at_once", [True, False])
def test_an_error_nobody_catches_is_the_outcome(begun, at_once):
    wait, problem = Deferred(), KeyError("x")
    told, _ = begun(waiting(fail(problem) if at_once else wait))
    if not at_once:
        wait.errback(problem)
    assert told == [problem]


def test_cancelling_ends_the_wait_under_way(begun):
    cancelled = []
    told, job = begun(waiting(succeed(1), Deferred(cancelled.append)))
    job.cancel()
    [error] = told
    assert isinstance(error, CancelledError)
    assert len(cancelled) == 1
    job.cancel()
    assert len(told) == 1


def test_one_that_does_not_mind_being_cancelled_goes_on(begun):
    async def stubborn(wait, further):
        try:
            await wait
        except CancelledError:
            return await further

    further = Deferred()
    told, job = begun(stubborn(Deferred(), further))
    job.cancel()
    assert not told
    further.callback(7)
    assert told == [7]


def test_waiting_for_something_other_than_a_deferred_is_an_error(begun):
    class Odd:
        def __await__(self):
            yield "odd"

    told, _ = begun(waiting(Odd()))
    assert isinstance(told[0], TypeError)


MARK = ContextVar("mark", default="elsewhere")


@pytest.mark.parametrize(("kept", "seen"), [(True, "at the start"), (False, "elsewhere")])
def test_with_a_context_every_step_runs_in_it(kept, seen):
    async def look(wait):
        await wait
        return MARK.get()

    told, wait = [], Deferred()
    here = copy_context()
    here.run(MARK.set, "at the start")
    Job(look(wait), told.append, here if kept else None).start()
    wait.callback(None)
    assert told == [seen]
