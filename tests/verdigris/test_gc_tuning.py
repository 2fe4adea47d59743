"""What is there for good is not looked through again."""

import gc

import pytest

from verdigris.gc_tuning import YOUNG, settle


@pytest.fixture
def as_before():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("as_before")
def test_what_exists_is_frozen_and_later_rubbish_is_still_collected():
    settle()
    assert gc.get_freeze_count() > 1_000
    assert gc.get_threshold()[0] == YOUNG
    ring = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1
