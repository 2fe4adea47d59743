"""Recording a real terminal at a real host, playing it back, and the fixtures users import."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from hostemul.pytest_plugin import HostProcess, _hosts, demo_bank, host_replay, order_host  # noqa: F401 - fixtures
from hostemul.replay.recording import Expects, Sends, load


pytestmark = pytest.mark.processes


def sign_on(tube):
    tube.do("Wait(5,InputField)")
    tube.do('String("TELLER001")')
    tube.do("Tab()")
    tube.do('String("BANK001")')
    return tube.press("Enter()")


def test_what_is_recorded_can_be_played_back(served, emulator, tmp_path):
    bank = served("bank", "--port", "0", "--motd-rate", "0")
    file = tmp_path / "sign-on.trc"
    tap = served(
        "record",
        "--listen",
        "0",
        "--host",
        f"127.0.0.1:{bank.port}",
        "--mask",
        "bank001",
        str(file),
    )
    first = sign_on(emulator(f"127.0.0.1:{tap.port}"))
    assert first[0][1:7] == "BNK010"
    tap.stop()
    steps = load(file).steps
    sent = b"".join(step.data for step in steps if isinstance(step, Expects))
    assert "TELLER001".encode("cp037") in sent
    assert "BANK001".encode("cp037") not in sent
    assert any(isinstance(step, Sends) for step in steps)
    again = HostProcess("replay", str(file), "--pace", "0")
    assert sign_on(emulator(f"127.0.0.1:{again.address[1]}")) == first
    again.stop()


def test_each_terminal_has_a_file_of_its_own(served, emulator, tmp_path):
    bank = served("bank", "--port", "0")
    file = tmp_path / "one.trc"
    tap = served("record", "--listen", "0", "--host", f"127.0.0.1:{bank.port}", str(file))
    for _ in range(2):
        emulator(f"127.0.0.1:{tap.port}").do("Wait(5,InputField)")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one-2.trc", "one.trc"]
    assert load(file).steps[0] == load(tmp_path / "one-2.trc").steps[0]


def test_a_host_that_is_not_there_ends_the_connection(served, tmp_path):
    tap = served("record", "--listen", "0", "--host", "127.0.0.1:1", str(tmp_path / "x.trc"))
    with socket.create_connection(("127.0.0.1", tap.port), 5) as line:
        line.settimeout(10)
        assert line.recv(1) == b""
    assert "cannot be reached" in tap.stop()


def test_a_file_that_cannot_be_written_is_told(served, tmp_path):
    with pytest.raises(RuntimeError, match=r"cannot write x\.trc: folder .*nowhere does not exist"):
        HostProcess.recording(("127.0.0.1", 1), tmp_path / "nowhere" / "x.trc")
    file = tmp_path / "y.trc"
    tap = served("record", "--listen", "0", "--host", "127.0.0.1:1", str(file))
    file.mkdir()
    with socket.create_connection(("127.0.0.1", tap.port), 5) as line:
        line.settimeout(10)
        assert line.recv(1) == b""
    assert "the recording cannot be written" in tap.stop()


def test_users_get_hosts_from_the_plugin(demo_bank, order_host, host_replay, tmp_path):  # noqa: F811 - fixtures
    trace = tmp_path / "hello.trc"
    trace.write_text("< 0x0   fffd28\n")
    with ThreadPoolExecutor() as starting:
        made = (
            starting.submit(demo_bank, "--seed", "7"),
            starting.submit(host_replay, trace),
            starting.submit(order_host, "--seed", "7"),
        )
        hosts = [one.result() for one in made]
    for address, option in zip(hosts, (0x28, 0x28, 0x27), strict=True):
        with socket.create_connection(address, 5) as line:
            line.settimeout(10)
            assert line.recv(3) == bytes((0xFF, 0xFD, option))


def test_a_host_that_does_not_start_says_why():
    with pytest.raises(RuntimeError, match="No such option"):
        HostProcess("bank", "--no-such-option")
