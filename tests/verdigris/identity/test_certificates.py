"""Certificates of parts: when they are valid."""

import datetime as dt

import pytest

from tests.support.identities import NOW, Identities


@pytest.mark.parametrize("hours", [1, -2, -14])
def test_a_new_certificate_is_valid_for_a_machine_whose_clock_is_wrong(hours):
    """Such as one that has local time for UTC; parts are given new certificates at any time."""
    bank = Identities("bank")
    made = bank.material("session-server", "vs1", now=NOW)
    assert not [*made.warnings(NOW + dt.timedelta(hours=hours))]
