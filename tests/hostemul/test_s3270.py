"""The bank and the recordings by hand, as it were: Debian's s3270 over a real socket."""

import re

import pytest

from hostemul.bank.layout import draw
from hostemul.bank.screens import LAYOUTS


pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    ("prefix", "codepage"), [("", "cp037"), ("N:", "cp037"), ("", "cp1047"), ("N:", "cp1047")]
)
def test_a_teller_signs_on_searches_transfers_and_signs_off(served, emulator, prefix, codepage):
    host = served("bank", "--port", "0", "--motd-rate", "0", "--codepage", codepage)
    assert re.fullmatch(r"hostemul bank listening on 127\.0\.0\.1:\d+", host.ready)
    tube = emulator(f"{prefix}127.0.0.1:{host.port}", "-codepage", codepage)
    tube.do("Wait(5,InputField)")
    shown = tube.screen()
    assert shown == draw(LAYOUTS["BNK000"], {"date": "2026-03-02", "terminal": "BNKT0001"}, " ")
    extended = tube.do("Query(Tn3270eOptions)")
    assert any("BIND-IMAGE" in line for line in extended) == (not prefix)

    tube.do('String("TELLER001")')
    tube.do("Tab()")
    tube.do('String("BANK001")')
    assert "BANK001" not in "".join(tube.screen())
    assert tube.press("Enter()")[0][1:7] == "BNK010"

    tube.do('String("1")')
    tube.press("Enter()")
    tube.do('String("smith")')
    assert "PAGE   1 OF   4" in tube.press("Enter()")[3]
    assert "PAGE   2 OF   4" in tube.press("PF(8)")[3]
    third = tube.press("PF(8)")
    assert tube.press("PF(8)")[21][65:76] == "END OF LIST"
    assert tube.press("PF(7)") == third
    chosen = third[8][5:11]
    tube.type(9, 3, "S")
    assert tube.press("Enter()")[3][25:31] == chosen
    tube.type(14, 3, "S")
    account = tube.press("Enter()")
    assert (account[0][1:7], account[5][25:31]) == ("BNK041", chosen)
    assert tube.press("PF(5)")[0][1:7] == "BNK050"

    tube.press("PF(12)")
    tube.do('String("3")')
    tube.press("Enter()")
    tube.type(8, 26, "40000002")
    tube.type(10, 26, "40000004")
    tube.type(12, 26, "150")
    assert "E307" not in tube.press("Enter()")[22]
    tube.do('String("Y")')
    result = tube.press("Enter()")
    assert (result[0][1:7], result[9][25:40].strip()) == ("BNK062", "8,278.95")
    assert tube.press("Enter()")[0][1:7] == "BNK010"
    assert tube.press("PF(3)")[0][1:7] == "BNK099"
    tube.do("PF(3)", fails=True)
    tube.do("Wait(5,Disconnect)")
    assert "Traceback" not in host.stop()


def test_brackets_and_names_are_seen_in_code_page_1047(served, emulator):
    host = served("bank", "--port", "0", "--motd-rate", "0", "--codepage", "cp1047")
    tube = emulator(f"127.0.0.1:{host.port}", "-codepage", "cp1047")
    tube.do("Wait(5,InputField)")
    tube.do('String("TELLER001")')
    tube.do("Tab()")
    tube.do('String("BANK001")')
    tube.press("Enter()")
    tube.do('String("1")')
    tube.press("Enter()")
    tube.do('String("müller")')
    assert tube.press("Enter()")[6][14:20] == "MÜLLER"
    tube.press("PF(12)")
    tube.do('String("2")')
    tube.press("Enter()")
    tube.do('String("40003147")')
    tube.press("Enter()")
    assert any("[CONTACTLESS]" in line for line in tube.press("PF(5)"))


@pytest.mark.parametrize(("lu", "seen"), [("GOOD", "GOOD"), ("BAD,GOOD", "GOOD")])
def test_an_lu_is_asked_for_and_the_next_one_after_a_refusal(served, emulator, lu, seen):
    host = served("bank", "--port", "0", "--reject-lu", "BAD")
    tube = emulator(f"{lu}@127.0.0.1:{host.port}")
    tube.do("Wait(5,InputField)")
    assert tube.do("Query(LuName)") == [seen]
    assert tube.screen()[1][70:78].strip() == seen


def test_an_invalid_record_is_refused_by_s3270_and_the_session_goes_on(served, emulator):
    host = served("bank", "--port", "0", "--motd-rate", "0", "--garble-record", "2")
    tube = emulator(f"127.0.0.1:{host.port}", "-clear", "aidWait")
    tube.do("Wait(5,InputField)")
    tube.do("Enter()")
    tube.do("Wait(1,Unlock)", fails=True)
    tube.do("Reset()")
    tube.do("Clear()")
    tube.do("Wait(5,InputField)")
    assert "E104" in tube.screen()[22]


def test_a_given_trace_is_shown_by_s3270(served, emulator, traces):
    host = served(
        "replay", str(traces / "x3270" / "numeric.trc"), "--port", "0", "--patience", "0.2"
    )
    tube = emulator(f"127.0.0.1:{host.port}")
    tube.do("Wait(5,InputField)")
    assert "This is the read-only field at the top of the screen." in tube.screen()[0]


@pytest.mark.parametrize("name", ["login.yml", "login-with-multiple-flash-screen.yml"])
def test_a_given_flow_is_answered_by_s3270(served, emulator, traces, name):
    host = served("replay", str(traces / "rte-tn3270" / name), "--port", "0", "--pace", "0.1")
    tube = emulator(f"N:127.0.0.1:{host.port}")
    tube.do("Wait(5,InputField)")
    for _ in range(50):
        if "ENTER USERID" in tube.screen()[0]:
            break
        tube.do("Wait(1,Output)", fails=True)
    tube.do('String("testusr")')
    tube.do("Enter()", fails=True)
    for _ in range(50):
        if any("TSO/E LOGON" in line for line in tube.screen()):
            break
        tube.do("Wait(1,Output)", fails=True)
    assert any("TSO/E LOGON" in line for line in tube.screen())


def test_a_host_that_grants_more_than_s3270_asks_for_is_adapted(served, emulator, traces):
    """s3270 4.1 does not know contention resolution, which this host grants."""
    file = traces / "dm3270" / "sscplu-login.yml"
    host = served("replay", str(file), "--port", "0", "--pace", "0")
    tube = emulator(f"127.0.0.1:{host.port}")
    for _ in range(50):
        if any(line.strip() for line in tube.screen()):
            break
        tube.do("Wait(1,Output)", fails=True)
    assert tube.do("Query(ConnectionState)") == ["connected-sscp"]
    assert "ENTER APPLICATION NAME:" in "".join(tube.screen())


def test_bare_json_lines_are_shown_by_s3270(served, emulator, traces):
    host = served("replay", str(traces / "ts5250" / "tk4-welcome.jsonl"), "--port", "0")
    tube = emulator(f"127.0.0.1:{host.port}")
    tube.do("Wait(5,InputField)")
    assert any("TK4-" in line for line in tube.screen())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("bank", "--codepage", "cp9999"), "unknown encoding: cp9999"),
        (("bank", "--drop-rate", "2"), "0<=x<=1"),
        (("bank", "--port", "99999"), "0<=x<=65535"),
        (("replay", "pyproject.toml"), "pyproject.toml, line "),
        (("replay", "no-such-file"), "does not exist"),
    ],
)
def test_a_bad_argument_is_told_and_nothing_starts(served, arguments, said):
    host = served(*arguments)
    assert host.ready == ""
    errors = host.ended()
    assert said in errors
    assert "Traceback" not in errors


def test_a_port_in_use_is_told(served):
    first = served("bank", "--port", "0")
    second = served("bank", "--port", str(first.port))
    assert f"port {first.port}" in second.ended()
    assert second.process.returncode == 1
