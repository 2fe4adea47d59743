"""Frames come out as they went in, however the bytes were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.link.framing import Pieces, TooLong


def joined(frames):
    return b"".join(len(one).to_bytes(4) + one for one in frames)


@given(st.lists(st.binary(max_size=40), max_size=8), st.data())
def test_however_the_bytes_are_cut_the_frames_are_the_same(frames, data):
    stream, pieces, found = joined(frames), Pieces(40), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += pieces.feed(stream[:cut])
        stream = stream[cut:]
    assert found == frames


def test_a_frame_that_is_too_long_is_refused_by_its_length_behind_those_before_it():
    pieces, found = Pieces(10), []
    with pytest.raises(TooLong) as caught:
        found.extend(pieces.feed(joined([b"ab", b"c" * 11])[:10]))
    assert found == [b"ab"]
    assert caught.value.length == 11
