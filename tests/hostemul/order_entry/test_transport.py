"""The host over a transport in memory, by a 5250 terminal."""

import logging

import pytest

from hostemul.faults import Faults
from hostemul.host import NEGOTIATE_WITHIN
from sesssrvr.terminal.tn5250 import SignOn


def test_a_clerk_signs_on_pages_looks_and_signs_off(desk):
    it = desk()
    assert it.id == "ORD000"
    assert it.text(2, 70, 10) == "QPADEV0001"
    assert it.screen.field_at(it.screen.offset(8, 44)).hidden
    assert it.sign_on() == "ORD010"
    assert it.key("Enter", (19, 15, "1")) == "ORD020"
    assert it.text(21, 72, 7) == "More..."
    assert it.key("PageDown") == "ORD020"
    assert it.text(9, 6, 7) == "500013"
    assert it.key("Enter", (9, 3, "5")) == "ORD031"
    assert it.text(20, 29, 13) == "5,412.70"
    assert it.key("F12") == "ORD020"
    assert it.text(9, 6, 7) == "500013"
    assert it.key("F3") == "ORD010"
    assert it.key("Enter", (19, 15, "90")) == "ORD099"
    it.key("F3")
    assert it.gone
    assert it.site.control.sign_ons == 1
    assert it.terminal.fault_count == 0


def test_an_error_is_only_a_message_and_loses_nothing(desk):
    it = desk()
    it.sign_on()
    it.key("Enter", (19, 15, "2"))
    before = it.screen.unlocks
    it.key("Enter", (4, 29, "1003"), (5, 29, "spring"), (6, 29, "2026-13-01"))
    assert it.message == "ORD2010 Date 2026-13-01 not valid"
    assert it.screen.unlocks == before + 1
    assert it.cursor == (6, 29)
    assert it.text(5, 29, 12) == "SPRING"
    it.terminal.type("2026-04-01")
    assert it.message == ""
    it.key("Enter", (9, 2, "sh1410"), (9, 12, "7"))
    assert it.id == "ORD041"
    assert it.text(16, 29, 13) == "26.95"


def test_the_wide_list_has_132_columns(desk):
    it = desk(model="IBM-3477-FC")
    it.sign_on()
    it.key("Enter", (19, 15, "1"))
    assert it.key("F11") == "ORD021"
    assert (it.screen.rows, it.screen.columns) == (27, 132)
    assert it.text(22, 105, 13) == "290.00"
    it.key("Enter", (22, 3, "9"))
    assert it.message == "ORD2007 Option 9 not valid"
    assert it.key("F11") == "ORD020"
    assert (it.screen.rows, it.screen.columns) == (24, 80)


def test_names_are_right_in_other_code_pages(desk):
    it = desk(host={"codepage": "cp273"}, codepage="cp273")
    it.sign_on()
    it.key("Enter", (19, 15, "1"))
    it.key("Enter", (4, 17, "1014"))
    assert it.text(9, 32, 20) == "NORTHQUAY MÜLLER"


def test_numbers_are_adjusted_by_the_terminal(desk):
    it = desk()
    it.sign_on()
    it.key("Enter", (19, 15, "1"))
    it.key("Enter", (5, 17, "180"))
    assert it.message == ""
    assert it.text(5, 17, 6) == "000180"


def test_a_device_name_is_given_taken_and_freed(desk, site):
    at = site()
    first = desk(at, device_names=["VERDI01"])
    assert (first.text(2, 70, 10), first.terminal.lu_name) == ("VERDI01", "VERDI01")
    assert first.terminal.application == "HARBOUR"
    second = desk(at, device_names=["VERDI01", "VERDI02"])
    assert second.terminal.lu_name == "VERDI02"
    third = desk(at, device_names=["VERDI01"])
    assert third.text(2, 70, 10) == "QPADEV0001"
    first.protocol.connectionLost()
    assert at.control.terminals.take("IBM-3179-2", "VERDI01") == "VERDI01"


def test_a_device_that_is_not_to_be_had_is_refused_in_words(desk):
    it = desk(host={"reject_devices": ["BAD"]}, device_names=["BAD"])
    assert "8902" in it.terminal.refusal
    assert it.gone


def test_an_automatic_sign_on_leads_to_the_menu(desk):
    it = desk(sign_on=SignOn("CLERK02", "ORDER02", "clear"))
    assert it.id == "ORD010"
    assert it.text(2, 7, 10) == "CLERK02"
    assert it.site.control.sign_ons == 1
    wrong = desk(sign_on=SignOn("CLERK02", "NO", "clear"))
    assert wrong.id == "ORD000"
    assert wrong.message == "ORD1001 User or password not correct"


def test_a_terminal_without_new_environ_is_served(desk):
    assert desk(new_environ=False).id == "ORD000"


def test_attn_shows_the_screen_again(desk):
    it = desk()
    it.sign_on()
    it.key("Attn")
    assert it.id == "ORD010"


@pytest.mark.parametrize("damage", ["cut", "address", "command"])
def test_an_invalid_record_is_refused_and_attn_goes_on(desk, damage, monkeypatch):
    it = desk()
    it.sign_on()
    monkeypatch.setattr("hostemul.host.DAMAGES", (damage,))
    it.site.control.garble_next()
    it.key("Enter", (19, 15, "1"))
    assert it.id == "ORD010"
    assert it.screen.locked
    assert it.terminal.fault_count == 1
    assert it.site.control.refused_records == 1
    it.key("Attn")
    assert it.id == "ORD020"


def test_faults_on_purpose(desk, clock):
    slow = desk(host={"faults": Faults(delay=2.0)})
    assert slow.screen.characters.strip() == ""
    clock.advance(2)
    slow.pump()
    assert slow.id == "ORD000"
    assert desk(host={"faults": Faults(drop_after=0)}).wire.aborted
    strange = desk(host={"faults": Faults(unknown_after=0)})
    assert strange.id == "SYS001"
    assert strange.key("Enter") == "ORD000"
    held = desk()
    held.site.control.stall()
    held.sign_on()
    assert held.id == "ORD000"
    held.site.control.resume()
    held.pump()
    assert held.id == "ORD010"


def test_who_does_not_negotiate_is_let_go(site, clock, caplog):
    caplog.set_level(logging.INFO)
    from twisted.internet.testing import StringTransport  # noqa: PLC0415  only here

    protocol, wire = site().terminal(), StringTransport()
    protocol.makeConnection(wire)
    clock.advance(NEGOTIATE_WITHIN)
    assert wire.disconnecting


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfc\x18", b"\xff\xfa\x18\0IBM-3278-2\xff\xf0", b"\xff\xfe\x19"],
)
def test_another_kind_of_terminal_is_let_go(site, data):
    from twisted.internet.testing import StringTransport  # noqa: PLC0415  only here

    protocol, wire = site().terminal(), StringTransport()
    protocol.makeConnection(wire)
    protocol.dataReceived(data)
    assert wire.disconnecting


@pytest.mark.parametrize(
    "record", [b"", b"\x00\x0a\x12\xa0\0\0\x04\0\0\x00", b"\x00\x0d\x12\xa0\0\0\x04\0\0\x00\x01\x01\x99",
               b"\x00\x10\x12\xa0\0\0\x04\0\0\x00\x01\x01\xf1\xc1\x11\x05"],
)  # fmt: skip
def test_a_bad_record_ends_at_most_its_own_session(desk, record):
    it = desk()
    other = desk(it.site)
    it.protocol.dataReceived(record + b"\xff\xef")
    it.pump()
    assert it.gone or it.id == "ORD000"
    assert other.sign_on() == "ORD010"
