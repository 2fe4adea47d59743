"""A reader of the log that stops reading; it stopped a gateway after 633 lines of its access log."""

import os
import time

import pytest

from verdigris.stalled_output import MOST, StalledOutput, output_to


@pytest.fixture
def pipe():
    read, write = os.pipe()
    yield read, write
    os.close(read)


def lines(count, first=0):
    return [f"line {n} {'x' * 100}\n" for n in range(first, first + count)]


def read_until(fd, last):
    found = b""
    end = time.monotonic() + 20
    while last not in found and time.monotonic() < end:
        found += os.read(fd, 1 << 20)
    return found.decode()


def test_lines_are_written_at_once_while_they_are_read(pipe):
    read, write = pipe
    out = StalledOutput(write)
    for line in lines(100):
        out.write(line)

    assert os.read(read, 1 << 20).decode() == "".join(lines(100))
    assert out._thread is None
    os.close(write)


def test_a_reader_that_stops_holds_up_nobody_and_gets_what_waits_in_order(pipe):
    """pipe(7): a pipe takes 64 KB, and then a write blocks."""
    read, write = pipe
    out = StalledOutput(write)
    written = lines(2_000)
    for line in written:
        out.write(line)

    assert read_until(read, b"line 1999 ") == "".join(written)
    assert out.drain(10)


def test_lines_beyond_what_may_wait_are_dropped_and_counted(pipe):
    read, write = pipe
    out = StalledOutput(write)
    for line in lines(30_000):
        out.write(line)
    assert out._size <= MOST

    found = read_until(read, b"line 8000 ")
    assert found.startswith("".join(lines(8_000)))
    while not out.drain(0.01):
        os.read(read, 1 << 20)
    out.write("after\n")
    text = read_until(read, b"after\n")

    assert "lines of the log were dropped: its reader did not read\n" in text
    assert text.endswith("after\n")


def test_a_closed_output_is_an_error_of_the_line_only(pipe):
    _, write = pipe
    out = StalledOutput(write)
    os.close(write)
    with pytest.raises(OSError, match="Bad file"):
        out.write("x" * 10)


def test_a_stream_without_a_descriptor_is_written_to_itself():
    class Text:
        pass

    text = Text()
    assert output_to(text) is text
