"""What systemd is told: sd_notify(3)."""

import os
import socket

import pytest
from twisted.internet.task import Clock

from verdigris.link.service_manager import ServiceManager


@pytest.fixture
def sent():
    return []


@pytest.fixture
def manager(sent):
    def make(watchdog=0, address="/run/x"):
        return ServiceManager(address, watchdog, lambda to, data: sent.append((to, data)))

    return make


def test_ready_and_stopping_are_told_with_the_ready_line(manager, sent):
    one = manager()
    one.ready("gateway listening on 127.0.0.1:9680", Clock())
    one.stopping()
    assert sent == [
        ("/run/x", b"READY=1\nSTATUS=gateway listening on 127.0.0.1:9680"),
        ("/run/x", b"STOPPING=1"),
    ]


def test_signs_of_life_come_twice_in_the_time_asked_for_and_go_on_while_draining(manager, sent):
    clock, one = Clock(), manager(watchdog=30_000_000)
    one.ready("up", clock)
    for _ in range(3):
        clock.advance(15)
    one.stopping()
    clock.advance(15)
    assert [data for _, data in sent].count(b"WATCHDOG=1") == 5


def test_nothing_is_sent_without_a_service_manager(manager, sent):
    one = manager(watchdog=30_000_000, address="")
    one.ready("up", Clock())
    one.stopping()
    assert sent == []


def test_processes_of_a_process_do_not_speak_for_it():
    given = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}  # fmt: skip
    assert repr(ServiceManager.of(given)) == "<ServiceManager /run/x watchdog 30000000 us>"
    assert given == {"HOME": "/"}
    other = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}
    assert "watchdog 0 us" in repr(ServiceManager.of(other))


@pytest.mark.sockets
@pytest.mark.parametrize("abstract", [False, True])
def test_the_message_is_a_datagram(tmp_path, abstract):
    name = f"\0verdigris-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name)
        systemd.settimeout(10)
        ServiceManager(name.replace("\0", "@"), 0).ready("up", Clock())
        assert systemd.recv(1000) == b"READY=1\nSTATUS=up"
    ServiceManager(name.replace("\0", "@"), 0).stopping()  # nobody listens: that harms nobody
