from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostemul.replay.recording import Expects, RecordingError, Sends, load, parse


def test_an_x3270_trace_is_its_reads_and_writes():
    recording = parse(
        "20241103 Trace started\n< 0x0   fffd\n< 0x2   28\n> 0x0   fffb28\n< BIND PLU-name\n"
        "< 0x0   f5c3ffef\n< 0x0   f1\n",
        "a.trc",
    )
    assert recording.steps == (
        Sends(b"\xff\xfd\x28"),
        Expects(b"\xff\xfb\x28"),
        Sends(b"\xf5\xc3\xff\xef"),
        Sends(b"\xf1"),
    )


def test_a_yaml_flow_keeps_hexadecimal_that_looks_like_a_number():
    recording = parse(
        "# a comment\n- !server {data: 00000000, delayMillis: 250}\n- !client {data: '74'}\n"
        "- !client {data: 1E5F}\n- !server\n  data: 0D00\n  delayMillis: 5\n",
        "a.yml",
    )
    assert recording.steps == (
        Sends(b"\0\0\0\0", 0.25),
        Expects(b"\x74"),
        Expects(b"\x1e\x5f"),
        Sends(b"\r\0", 0.005),
    )


def test_json_lines_of_both_makes():
    recording = parse(
        '{"dir":"in","seq":1,"hex":"fffd18"}\n\n{"dir":"out","seq":2,"hex":"fffb18"}\n'
        '{"ts":"2026-07-15T00:42:00.252Z","dir":"rx","hex":"ffef"}\n'
        '{"ts":"2026-07-15T00:42:00.300Z","dir":"tx","len":3,"masked":true}\n'
        '{"ts":"2026-07-15T00:42:01.300Z","dir":"rx","hex":"00"}\n',
        "a.jsonl",
    )
    assert recording.steps == (
        Sends(b"\xff\xfd\x18"),
        Expects(b"\xff\xfb\x18"),
        Sends(b"\xff\xef"),
        Expects(None),
        Sends(b"\0", 1.0),
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "a.x, line 1: neither"),
        ("hello", "line 1: neither"),
        ("- !server {data: XY}", "line 1: 'XY' is not hexadecimal"),
        ("- !client {data: ''}\n- !server {data: 00, delayMillis: soon}", "line 2: delayMillis"),
        ("- !other {data: 00}", "line 1: could not determine a constructor"),
        ("- !server [00]", "line 1: expected a mapping"),
        ("- !!python/object:os.system {}", "line 1: could not determine a constructor"),
        ("- {data: 00}", "must be !server or !client"),
        ("- !server {data: 00", "line 1"),
        ("- !client {data: 00}", "the host sends nothing"),
        ("> 0x0   00\n", "the host sends nothing"),
        ('{"dir":"in","hex":"00"}\n{"dir":', "line 2: not JSON"),
        ('{"dir":"sideways","hex":"00"}', "line 1: dir must be"),
        ('{"dir":"in","hex":"0"}', "line 1: '0' is not hexadecimal"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_with_its_line(content, problem):
    with pytest.raises(RecordingError) as caught:
        parse(content, "a.x")
    assert problem in str(caught.value)


@given(st.text(max_size=80))
def test_any_text_is_a_recording_or_refused(content):
    with suppress(RecordingError):
        parse(content, "x")


def test_every_given_recording_is_read(recordings):
    files = [path for ext in ("trc", "yml", "jsonl") for path in recordings.rglob(f"*.{ext}")]
    assert files
    for path in files:
        recording = load(path)
        assert recording.framed == (path.name != "tk4-welcome.jsonl"), path


def test_an_expectation_does_not_print_what_was_typed():
    assert "secret" not in repr(Expects(b"secret"))
