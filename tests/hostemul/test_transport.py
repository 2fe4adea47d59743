"""The bank's protocol over a transport in memory, by a terminal that shares no code with it."""

import logging

import pytest

from hostemul.faults import Faults
from hostemul.host import NEGOTIATE_WITHIN


@pytest.fixture
def at(bank, terminal):
    """A terminal at a bank with these options: (terminal, site)."""

    def connect(*, extended=True, codec="cp037", lu=b"", functions=b"\0\2\4", **options):
        site = bank(**options)
        made = terminal(site.terminal(), extended=extended, codec=codec, lu=lu, functions=functions)
        return made, site

    return connect


@pytest.mark.parametrize("extended", [True, False])
def test_a_terminal_signs_on_searches_pages_and_signs_off(at, extended):
    tube, site = at(extended=extended)
    assert tube.display.id == "BNK000"
    assert tube.display.text(2, 71, 8) == "BNKT0001"
    assert tube.sign_on().id == "BNK010"
    assert tube.key("ENTER", {(21, 33): "1"}).id == "BNK020"
    assert tube.key("ENTER", {(8, 26): "SMITH"}).text(22, 66, 11) == "MORE..."
    first = tube.display.text(7, 6, 72)
    assert tube.key("PF19").message == "I001 This is the first page"
    assert tube.key("PF8").text(4, 69, 10) == "  2 OF   4"
    assert tube.key("PF7").text(7, 6, 72) == first
    assert tube.key("ENTER", {(7, 3): "S"}).id == "BNK030"
    tube.key("PF12")
    assert tube.key("PF3").id == "BNK099"
    tube.key("PF3")
    assert tube.gone
    assert site.control.sign_ons == 1
    assert (site.control.keys, site.control.records) == (10, 10)


def test_an_orderly_end_unbinds_the_extended_session(at):
    tube, _ = at()
    tube.key("PF3")
    assert tube.events[-1] == "type 4"
    assert tube.gone


def test_the_bind_comes_before_the_first_screen(at):
    tube, _ = at()
    assert [header[0] for header in tube.headers] == [3, 0]


def test_the_lu_that_is_asked_for_is_on_the_screen(at):
    tube, site = at(lu=b"TERM42")
    assert tube.display.text(2, 71, 8) == "TERM42"
    tube.hang_up()
    assert not site.control.lines
    assert site.control.terminals.take("IBM-3278-2", "TERM42") == "TERM42"


@pytest.mark.parametrize("codec", ["cp037", "cp1047"])
def test_names_and_brackets_are_right_in_both_code_pages(at, codec):
    tube, site = at(codec=codec, codepage=codec)
    tube.sign_on()
    tube.key("ENTER", {(21, 33): "1"})
    tube.key("ENTER", {(8, 26): "müller"})
    assert tube.display.text(7, 15, 20) == "MÜLLER"
    number = next(
        str(account)
        for account in range(40000001, 40000100)
        if "[CONTACTLESS]" in site.bank.account(str(account)).bookings[-1].text
    )
    tube.key("PF12")
    tube.key("ENTER", {(21, 33): "2"})
    tube.key("ENTER", {(8, 26): number})
    assert tube.key("PF5").text(7, 25, 26) == "CARD PAYMENT [CONTACTLESS]"


def test_an_error_sounds_the_alarm(at):
    tube, _ = at()
    assert not tube.display.alarm
    tube.key("ENTER")
    assert (tube.display.alarm, tube.display.message[:4]) == (True, "E104")


def test_two_terminals_of_one_user(bank, terminal):
    site = bank()
    older, newer = terminal(site.terminal()), terminal(site.terminal())
    older.sign_on()
    assert newer.sign_on().id == "BNK010"
    assert older.key("ENTER").id == "BNK098"
    assert older.display.text(12, 33, 8) == "BNKT0002"


def test_a_lost_connection_signs_its_user_off(at):
    tube, site = at()
    tube.sign_on()
    assert site.control.sessions == 1
    tube.hang_up()
    assert not site.bank.users["TELLER001"].ticket
    assert site.control.sessions == 0


def test_a_bad_record_is_answered_with_the_screen_again(at):
    tube, site = at()
    before = list(tube.display.lines)
    tube.send(b"\0\0\0\0\0\x7d\x40\xff\xef")
    tube.pump()
    assert tube.display.lines == before
    assert len(tube.records) == 2
    assert site.control.refused_records == 1


def test_negative_responses_are_counted(at):
    tube, site = at()
    tube.send(b"\x02\0\x01\0\x01\0\xff\xef")
    tube.send(b"\x02\0\0\0\x02\0\xff\xef")
    assert site.control.refused_records == 1


@pytest.mark.parametrize("code", [b"\xff\xf4", b"\xff\xf5"])
def test_attn_and_sysreq_send_the_screen_again(at, code):
    tube, _ = at()
    tube.send(code)
    tube.pump()
    assert len(tube.records) == 2


@pytest.mark.parametrize("junk", [b"x" * 70000, b"\xff\xfa\x18" + b"x" * 2000])
def test_a_flood_ends_the_connection(at, junk):
    tube, _ = at()
    tube.send(junk)
    assert tube.gone


def test_a_client_that_never_negotiates_is_ended(bank, clock):
    from twisted.internet.testing import StringTransport  # noqa: PLC0415  only here

    protocol, transport = bank().terminal(), StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(b"GET / HTTP/1.1\r\n\r\n")
    clock.advance(NEGOTIATE_WITHIN - 1)
    assert not transport.disconnecting
    clock.advance(1)
    assert transport.disconnecting


def test_a_session_has_no_timers_left(at, clock):
    tube, _ = at(faults=Faults(delay=1))
    clock.advance(1)
    tube.pump()
    assert not clock.getDelayedCalls()
    tube.key("ENTER")
    assert clock.getDelayedCalls()
    tube.hang_up()
    assert not clock.getDelayedCalls()


# Faults


def test_a_delay_holds_each_screen_back(at, clock):
    tube, _ = at(faults=Faults(delay=0.3))
    assert not tube.records
    clock.advance(0.3)
    tube.pump()
    assert tube.display.id == "BNK000"


def test_the_connection_drops_after_so_many_screens(at):
    tube, site = at(faults=Faults(drop_after=2))
    assert tube.sign_on().id == "BNK010"
    tube.key("ENTER", {(21, 33): "1"})
    assert tube.transport.aborted
    assert len(tube.records) == 2
    assert site.control.records == 2


def test_a_stalled_host_takes_keys_and_says_nothing(at):
    tube, site = at(faults=Faults(stall_after=1))
    tube.sign_on()
    assert (len(tube.records), site.control.keys, tube.gone) == (1, 1, False)


def test_one_record_is_garbled_and_the_session_goes_on(at):
    tube, _ = at(faults=Faults(garble_record=2))
    tube.sign_on()
    assert (len(tube.records), tube.invalid) == (2, 1)
    assert tube.key("PA2").id == "BNK010"


def test_an_unknown_screen_gives_way_on_enter(at):
    tube, _ = at(faults=Faults(unknown_after=1))
    assert tube.sign_on().id == "SYS001"
    assert tube.key("ENTER").id == "BNK010"


# The control


def test_the_control_drops_all_connections(bank, terminal):
    site = bank()
    tubes = [terminal(site.terminal()) for _ in range(3)]
    assert site.control.drop_all() == 3
    assert all(tube.transport.aborted for tube in tubes)


def test_the_control_stalls_and_resumes(at):
    tube, site = at()
    site.control.stall()
    tube.sign_on()
    assert len(tube.records) == 1
    assert site.control.keys == 1
    site.control.resume()
    tube.pump()
    assert tube.display.id == "BNK010"


def test_a_delayed_record_is_held_by_a_stall_too(at, clock):
    tube, site = at(faults=Faults(delay=1))
    site.control.stall()
    clock.advance(2)
    tube.pump()
    assert not tube.records
    site.control.resume()
    tube.pump()
    assert tube.display.id == "BNK000"


def test_wishes_of_the_control_are_obeyed_once(at):
    tube, site = at()
    site.control.show_unknown_next()
    assert tube.sign_on().id == "SYS001"
    assert tube.key("ENTER").id == "BNK010"
    site.control.garble_next()
    tube.key("ENTER", {(21, 33): "1"})
    assert tube.invalid == 1
    assert tube.key("PA2").id == "BNK020"
    site.control.drop_next()
    tube.key("PF3")
    assert tube.gone


def test_faults_can_be_set_while_the_host_runs(at):
    tube, site = at()
    tube.sign_on()
    site.control.faults = Faults(drop_after=2)
    tube.key("ENTER", {(21, 33): "1"})
    assert tube.gone


def test_passwords_are_in_no_repr_and_no_log(at, caplog):
    caplog.set_level(logging.DEBUG)
    tube, site = at()
    tube.sign_on()
    text = f"{tube.protocol!r} {site!r} {site.control!r} {caplog.text}"
    assert "BANK001" not in text
    assert "TELLER001" in text


def test_the_counters_are_told(at):
    tube, site = at()
    tube.sign_on()
    assert repr(site.control) == "<Control serving, 1 sessions, 2 records sent>"
    assert site.control.connections == 1
