"""The document of public keys."""

import pytest

from verdigris.config.token_keys import EMPTY, document, parse
from verdigris.errors import ConfigurationError
from verdigris.tokens import PublicKey, SigningKey


ONE = PublicKey("ms1", SigningKey(b"1" * 32).public, 1_800_000_000, 1_800_086_400)
TWO = PublicKey("ms2", SigningKey(b"2" * 32).public, 1_800_000_001, 1_800_086_401)


def test_what_is_written_is_read():
    assert parse(document([ONE, TWO])) == {ONE.id: ONE, TWO.id: TWO}
    assert document([TWO, ONE]) == document([ONE, TWO])
    assert parse(EMPTY) == parse(document([])) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        document([ONE]).replace(b"public=", b"private="),
        document([ONE]).replace(b'since="2027', b'since="27'),
        document([ONE]).replace(ONE.raw.hex().encode(), b"abc"),
        document([ONE, TWO]).replace(TWO.raw.hex().encode(), ONE.raw.hex().encode()),
    ],
)
def test_what_is_wrong_is_refused(data: bytes):
    with pytest.raises(ConfigurationError):
        parse(data)
