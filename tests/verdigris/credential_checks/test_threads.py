"""Threads for checks: few, bounded, and never in the way of the end."""

import threading

import pytest
from twisted.internet import reactor

from verdigris.credential_checks.threads import CheckThreads
from verdigris.errors import LoginsBusy


@pytest.mark.sockets
def test_results_and_errors_come_back_to_the_event_loop(on_reactor):
    threads = CheckThreads(reactor, 2, 10, "checks")

    async def go():
        here = threading.current_thread()
        there = await threads.run(threading.current_thread)
        assert threading.current_thread() is here
        assert there.daemon
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)

    on_reactor(go)
    threads.stop()


@pytest.mark.sockets
def test_no_more_run_or_wait_than_may(on_reactor):
    threads, gate, most, running = (
        CheckThreads(reactor, 2, 3, "checks"),
        threading.Event(),
        [0],
        [0],
    )
    lock = threading.Lock()

    def job():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        gate.wait(10)
        with lock:
            running[0] -= 1

    async def go():
        done = []
        while running[0] < 2:
            if len(done) < 2:
                done.append(threads.run(job))
        done += [threads.run(job) for _ in range(3)]
        with pytest.raises(LoginsBusy):
            threads.run(job)
        assert repr(threads) == "<CheckThreads 'checks' [2 busy, 3 wait]>"
        gate.set()
        for one in done:
            await one
        await threads.run(job)

    on_reactor(go)
    assert most[0] == 2
    threads.stop()
