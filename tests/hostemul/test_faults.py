# ruff: noqa: S311  luck, not secrets
from random import Random

import pytest

from hostemul.faults import DAMAGES, SEND, Faults, Verdict, garble, judge, unknown_due


def acts(faults, count=6):
    luck = Random(1)
    return [judge(faults, n, luck).act for n in range(1, count + 1)]


def test_without_faults_everything_is_sent_at_once():
    assert [judge(Faults(), n, Random(1)) for n in range(1, 100)] == [SEND] * 99


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (Faults(drop_after=2), ["send", "send", "drop", "drop"]),
        (Faults(drop_after=0), ["drop"] * 4),
        (Faults(stall_after=3), ["send", "send", "send", "stall"]),
        (Faults(stall_after=0), ["stall"] * 4),
        (Faults(drop_rate=1), ["drop"] * 4),
    ],
)
def test_faults_come_after_so_many_records(faults, expected):
    assert acts(faults, 4) == expected


def test_one_record_is_garbled():
    luck = Random(1)
    damage = [judge(Faults(garble_record=2), n, luck).damage for n in (1, 2, 3)]
    assert [bool(one) for one in damage] == [False, True, False]


def test_rates_are_kept_and_repeatable():
    luck = Random(3)
    verdicts = [judge(Faults(drop_rate=0.1, garble_rate=0.2), n, luck) for n in range(5000)]
    again = Random(3)
    assert verdicts == [
        judge(Faults(drop_rate=0.1, garble_rate=0.2), n, again) for n in range(5000)
    ]
    assert 400 < sum(v.act == "drop" for v in verdicts) < 600
    assert 780 < sum(bool(v.damage) for v in verdicts) < 1020
    assert {v.damage for v in verdicts if v.damage} == set(DAMAGES)


def test_delay_and_jitter_stay_in_their_range():
    luck = Random(1)
    delays = [judge(Faults(delay=0.5, jitter=0.2), n, luck).delay for n in range(200)]
    assert 0.5 <= min(delays) < max(delays) <= 0.7
    assert judge(Faults(delay=2), 1, luck) == Verdict("send", 2.0)


def test_the_unknown_screen_comes_once():
    assert [unknown_due(Faults(unknown_after=2), n) for n in range(1, 6)] == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert not unknown_due(Faults(), 1)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_garbled_record_is_another_and_no_valid_one(damage, display):
    record = bytes.fromhex("F5C3 114040 1DE8 C1C2C3")
    broken = garble(record, damage)
    assert broken != record
    with pytest.raises((AssertionError, IndexError)):
        display().show(broken)


def test_no_damage_leaves_the_record():
    assert garble(b"\xf5\xc3", "") == b"\xf5\xc3"
