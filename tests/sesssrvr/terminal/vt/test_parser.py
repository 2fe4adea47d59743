"""Where control functions begin and end."""

import pytest

from sesssrvr.terminal.vt.parser import (
    MAX_PARAMETERS,
    MAX_STRING,
    RULES,
    TABLE,
    Parser,
    State,
)


class Recorder:
    """Writes down what a parser drives."""

    def __init__(self):
        self.vt52 = self.halted = False
        self.events = []

    def write(self, text):
        last = self.events[-1] if self.events else ("",)
        if last[0] == "write":
            self.events[-1] = ("write", last[1] + text)
        else:
            self.events.append(("write", text))

    def execute(self, char):
        self.events.append(("execute", char))

    def escape(self, key):
        self.events.append(("escape", key))
        self.vt52 = self.vt52 and key != "<"

    def sequence(self, key, raw):
        self.events.append(("sequence", key, raw))
        self.vt52 = self.vt52 or (key, raw) == ("?l", "2")

    def device_control(self, key, raw, data):
        self.events.append(("string", key, raw, data))

    def place(self, row, column):
        self.events.append(("place", row, column))


def events(*pieces):
    recorder, parser = Recorder(), Parser()
    for piece in pieces:
        assert parser.feed(piece, recorder) == len(piece)
    return recorder.events


PARSED = {
    "text": ("héllo", [("write", "héllo")]),
    "controls": ("a\r\nb", [("write", "a"), ("execute", "\r"), ("execute", "\n"), ("write", "b")]),
    "a sequence": ("\x1b[1;2H", [("sequence", "H", "1;2")]),
    "marker and intermediates": ("\x1b[?1$p", [("sequence", "?$p", "1")]),
    "subparameters": ("\x1b[4:3m", [("sequence", "m", "4:3")]),
    "8-bit introducer": ("\x9b5n", [("sequence", "n", "5")]),
    "a control inside a sequence": ("\x1b[1\r;2H", [("execute", "\r"), ("sequence", "H", "1;2")]),
    "a control inside an escape sequence": ("\x1b\n(B", [("execute", "\n"), ("escape", "(B")]),
    "DEL inside a sequence": ("\x1b[1\x7f;2H", [("sequence", "H", "1;2")]),
    "CAN aborts": ("\x1b[1;2\x18H", [("write", "H")]),
    "SUB aborts": ("\x1b(\x1aB", [("write", "B")]),
    "ESC begins again": ("\x1b[1\x1b[2J", [("sequence", "J", "2")]),
    "a C1 control aborts": ("\x1b[1\x84H", [("execute", "\x84"), ("write", "H")]),
    "a character that belongs in no sequence is drawn": ("\x1b[1éH", [("write", "éH")]),
    "the first of those behind the table": ("\x1b[1\xa1H", [("write", "\xa1H")]),
    "a marker in the wrong place": ("\x1b[1?2Hx", [("write", "x")]),
    "parameters behind intermediates": ("\x1b[1 2qx", [("write", "x")]),
    "three intermediates": ("\x1b[ !#qx", [("sequence", "", ""), ("write", "x")]),
    "three in an escape sequence": ("\x1b#!#8", [("escape", "")]),
    "an escape sequence": ("\x1b7", [("escape", "7")]),
    "with intermediates": ("\x1b#8\x1b%G", [("escape", "#8"), ("escape", "%G")]),
    "two ESC": ("\x1b\x1b7", [("escape", "7")]),
    "too many parameters": ("\x1b[" + "1;" * MAX_PARAMETERS + "Hx", [("write", "x")]),
    "as many as are allowed": (
        "\x1b[" + "1" * MAX_PARAMETERS + "H",
        [("sequence", "H", "1" * MAX_PARAMETERS)],
    ),
    "a device control string": ("\x1bP1$qm\x1b\\", [("string", "$q", "1", "m"), ("escape", "\\")]),
    "its 8-bit form": ("\x90$qm\x9c", [("string", "$q", "", "m")]),
    "with a marker": ("\x1bP?1zab\x9c", [("string", "?z", "1", "ab")]),
    "aborted": ("\x1bP$qm\x18x", [("write", "x")]),
    "aborted by a C1 control": ("\x1bP$qm\x85x", [("execute", "\x85"), ("write", "x")]),
    "controls are data in it": ("\x1bP$qa\x07\nb\x9c", [("string", "$q", "", "a\x07\nb")]),
    "malformed": ("\x1bP1?2qm\x9cx", [("write", "x")]),
    "its parameters too long": ("\x1bP" + "1" * 999 + "qm\x9cx", [("write", "x")]),
    "OSC up to BEL": ("\x1b]0;title\x07x", [("write", "x")]),
    "OSC up to ST": ("\x1b]0;tïtle\x1b\\x", [("escape", "\\"), ("write", "x")]),
    "PM, APC, SOS up to ST": (
        "\x1b^a\x07b\x9c\x1b_c\x9c\x1bXd\x9cx",
        [("write", "x")],
    ),
    "VT52 address": ("\x1b[?2l\x1bY!#", [("sequence", "?l", "2"), ("place", 1, 3)]),
    "VT52 address with a control inside": (
        "\x1b[?2l\x1bY\n!#",
        [("sequence", "?l", "2"), ("execute", "\n"), ("place", 1, 3)],
    ),
    "VT52 has no sequences": (
        "\x1b[?2l\x1b[H",
        [("sequence", "?l", "2"), ("escape", "["), ("write", "H")],
    ),
    "out of VT52": (
        "\x1b[?2l\x1b<\x1b[H",
        [("sequence", "?l", "2"), ("escape", "<"), ("sequence", "H", "")],
    ),
}


@pytest.mark.parametrize(("given", "expected"), PARSED.values(), ids=PARSED.keys())
def test_a_stream_is_read_as(given, expected):
    assert events(given) == expected


@pytest.mark.parametrize(("given", "expected"), PARSED.values(), ids=PARSED.keys())
def test_the_table_alone_reads_it_the_same(given, expected):
    """Character by character no regular expression sees more than the table does."""
    assert events(*given) == expected


def test_every_state_has_a_rule_for_every_character():
    assert set(TABLE) == set(RULES) | {State.GROUND}
    assert {len(row) for row in TABLE.values()} == {0xA1}


def test_a_long_string_keeps_its_beginning_only():
    (found,) = events("\x1bP$q" + "x" * 3 * MAX_STRING + "\x9c")
    assert found == ("string", "$q", "", "x" * MAX_STRING)
    assert events("\x1bP$q", *["xy\n" * 1000] * 9, "\x9c")[0][3].startswith("xy\n" * 1000)
    assert len(events("\x1bP$q", *["xy\n" * 1000] * 9, "\x9c")[0][3]) == MAX_STRING


def test_a_halted_parser_says_how_far_it_has_read():
    class Halting(Recorder):
        def escape(self, key):
            super().escape(key)
            self.halted = True

    recorder = Halting()
    assert Parser().feed("ab\x1b%Gcd", recorder) == 5
    parser = Parser()
    assert parser.feed("ab\x1b\x00%Gcd", recorder) == 6
    assert recorder.events[-1] == ("escape", "%G")
