"""gzip both ways: bounded when it comes, on request when it goes."""

import gzip
import zlib

import pytest

from gateway.http.body import accepts_gzip, compressed, decompressed
from verdigris.errors import BadRequest, TooLarge, UnsupportedWrapping


def test_each_coding_is_unpacked():
    data = b"<x/>" * 100

    assert decompressed(data, "", 10) == data
    assert decompressed(data, " Identity", 10) == data
    assert decompressed(gzip.compress(data), "gzip", 400) == data
    assert decompressed(gzip.compress(data), "X-GZIP", 400) == data
    assert decompressed(zlib.compress(data), "deflate", 400) == data


def test_a_bomb_stops_one_byte_beyond_the_limit():
    bomb = gzip.compress(bytes(50_000_000))

    with pytest.raises(TooLarge):
        decompressed(bomb, "gzip", 1_000_000)
    assert decompressed(gzip.compress(b"12345"), "gzip", 5) == b"12345"
    with pytest.raises(TooLarge):
        decompressed(gzip.compress(b"123456"), "gzip", 5)


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "compress", "zstd"])
def test_other_codings_are_refused(coding):
    with pytest.raises(UnsupportedWrapping):
        decompressed(b"x", coding, 10)


@pytest.mark.parametrize(
    "data", [b"", b"no gzip", gzip.compress(b"x" * 50)[:-3], gzip.compress(b"x") + b"rest"]
)
def test_what_is_no_whole_gzip_is_refused(data):
    with pytest.raises(BadRequest):
        decompressed(data, "gzip", 1_000)


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5, *", True),
        ("GZIP ; q=1.0", True),
        ("gzip;q=0", False),
        ("gzip;q=.", False),
        ("deflate, br", False),
        ("", False),
        ("gzipped", False),
    ],
)
def test_gzip_is_given_only_to_those_that_take_it(header, takes):
    assert accepts_gzip(header) is takes


def test_pieces_become_one_gzip():
    assert gzip.decompress(b"".join(compressed(b"a", iter([b"b", b"c"])))) == b"abc"
