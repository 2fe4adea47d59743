"""A secret is masked however the network cuts it, and nothing else is held for long."""

from hypothesis import given
from hypothesis import strategies as st

from hostemul.tap.masker import MAX_WAITING, Masker


SECRETS = ("s3cret", "aab")
CODECS = ("latin-1", "utf-8", "cp037")


def run(chunks, secrets=SECRETS):
    masker = Masker(secrets, CODECS)
    out = [piece for at, (mark, data) in enumerate(chunks) for piece in masker.feed(at, mark, data)]
    return [*out, *masker.rest()]


def stream(pieces, mark):
    return b"".join(piece.data for piece in pieces if piece.mark == mark)


def test_a_secret_typed_byte_by_byte_with_its_echo_is_masked():
    chunks = []
    for byte in b"login s3cret\r":
        chunks += [(">", bytes((byte,))), ("<", bytes((byte,)))]
    out = run(chunks)
    for mark in "<>":
        assert stream(out, mark) == b"login ******\r"
    assert [piece.mark for piece in out] == [mark for mark, _ in chunks]


def test_a_secret_over_two_packets_in_the_hosts_code_page_is_masked():
    coded = b"\x7d\x40\x40\x11\x4c\x50" + "S3CRET".encode("cp037") + b"\xff\xef"
    for cut in range(1, len(coded)):
        out = run([(">", coded[:cut]), ("<", b"\xf5\xc3"), (">", coded[cut:])])
        assert stream(out, ">") == b"\x7d\x40\x40\x11\x4c\x50" + b"******\xff\xef"
        assert stream(out, "<") == b"\xf5\xc3"
        assert [piece.mark for piece in out] == [">", "<", ">"]


def test_what_cannot_be_a_secret_is_let_out_at_once():
    masker = Masker(SECRETS, CODECS)
    assert [piece.data for piece in masker.feed(0, ">", b"hello")] == [b"hello"]
    assert [*masker.feed(1, ">", b"s3")] == []
    assert [*masker.feed(2, "<", b"from the host")] == []
    assert [(p.when, p.data) for p in masker.feed(3, ">", b"x")] == [
        (1, b"s3"), (2, b"from the host"), (3, b"x"),
    ]  # fmt: skip


def test_the_beginning_of_a_secret_at_the_end_is_masked():
    assert stream(run([(">", b"user s3cre")]), ">") == b"user *****"
    assert stream(run([(">", b"user x")]), ">") == b"user x"


def test_what_waits_is_bounded():
    masker = Masker(SECRETS, CODECS)
    out = [*masker.feed(0, ">", b"s3c")]
    for at in range(100):
        out += masker.feed(at, "<", b"x" * 1000)
    assert stream(out, ">") == b"***"
    assert len(stream(out, "<")) > 100_000 - MAX_WAITING


def test_without_secrets_nothing_waits():
    assert [piece.data for piece in Masker((), CODECS).feed(0, ">", b"s3")] == [b"s3"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("<>"),
            st.lists(
                st.sampled_from([b"s", b"3", b"c", b"r", b"e", b"t", b"a", b"b", b"s3cret", b"aab"])
            ).map(b"".join),
        ),
        max_size=30,
    )
)
def test_however_it_is_cut(chunks):
    out = run(chunks)
    assert [(p.mark, len(p.data)) for p in out] == [(mark, len(data)) for mark, data in chunks]
    for mark in "<>":
        whole = b"".join(data for side, data in chunks if side == mark)
        got = stream(out, mark)
        assert b"s3cret" not in got
        assert b"aab" not in got
        assert all(one in (byte, 0x2A) for one, byte in zip(got, whole, strict=True))
        assert got.count(b"*") == 0 or b"s" in whole or b"a" in whole
