"""Records are cut from pages, pages are turned, and paging ends."""

import pytest

from sesssrvr.model import ProcedureCall, run_procedure
from sesssrvr.model.records import records
from sesssrvr.model.recordset import RecordField, Recordset
from sesssrvr.model.steps import Press
from sesssrvr.terminal.screen import Screen
from verdigris.errors import EntityNotReached, HostReportedError, TooManyPages


def screen(*lines, width=24):
    return Screen(len(lines), width, "".join(line.ljust(width) for line in lines))


def fields(*specs):
    return tuple(
        RecordField(f"F{n}", column, length, line) for n, (column, length, line) in enumerate(specs)
    )


def texts(recordset, shown):
    return [record.texts for record in records(recordset, shown)]


def test_every_line_is_a_record():
    one = Recordset("R", 2, 4, fields((1, 3, 1), (5, 4, 1)))
    assert texts(one, screen("head", "1   one", "2   two", "", "foot")) == [
        ("1", "one"),
        ("2", "two"),
        ("", ""),
    ]


def test_records_of_two_lines_stand_whole_or_not_at_all():
    one = Recordset("R", 1, 5, fields((1, 5, 1), (2, 5, 2)), lines_each=2)
    shown = screen("ALICE", " YORK", "BOB", " BATH", "CUT")
    assert texts(one, shown) == [("ALICE", "YORK"), ("BOB", "BATH")]


def test_records_begin_with_any_text_and_vary_in_length():
    one = Recordset(
        "R", 1, 5, fields((1, 5, 1), (7, 5, 2), (7, 5, 3)), delimiter="any-text", at_length=5
    )
    shown = screen("ALICE here", "      two", "      three", "BOB   here", "      two")
    assert texts(one, shown) == [("ALICE", "two", "three"), ("BOB", "two", "")]


def test_records_begin_with_any_number_or_a_text():
    shown = screen("  12 a", "     b", "  3  c", "TOTAL d")
    number = Recordset("R", 1, 4, fields((6, 3, 1)), delimiter="any-number", at_length=4)
    assert texts(number, shown) == [("a",), ("c",)]
    text = Recordset("R", 1, 4, fields((7, 1, 1)), delimiter="text", at_text="TOTAL")
    assert texts(text, shown) == [("d",)]


@pytest.mark.parametrize("delimiter", ["lines", "any-text", "any-number", "text"])
def test_a_page_where_no_record_begins_has_none(delimiter):
    empty = Recordset(
        "R", 2, 4, fields((1, 5, 1)), delimiter=delimiter, at_length=5, at_text="TOTAL"
    )
    assert not any(texts(empty, screen("THE TOTAL IS 5")))


def test_blocks_stand_side_by_side():
    one = Recordset("R", 1, 2, fields((1, 3, 1)), across=3, across_width=8)
    shown = screen("a1      b1      c1", "a2      b2")
    assert texts(one, shown) == [("a1",), ("a2",), ("b1",), ("b2",), ("c1",), ("",)]


def test_what_lies_beyond_the_screen_is_empty():
    one = Recordset("R", 1, 9, fields((20, 10, 1), (30, 4, 1)))
    assert texts(one, screen("abcdefghijklmnopqrstuvwxyz", width=26)) == [("tuvwxyz", "")]


# ---- paging ----------------------------------------------------------------------------------

PAGES = {
    "A": "A list p1\n1 one\n2 two",
    "A2": "A list p2\n3 three\n4 four",
    "A3": "A list p3\n5 five",
    "AE": "A list p3\n5 five\n6 six\nEND",
    "AX": "A list p3\n5 five\n6 six\n\nERR END of list",
    "X": "X flash",
}
TABLE = """<table name="T"><column name="No" type="integer"/><column name="Word"/>
  <procedure name="List" type="SELECT"><filter column="Word" rows="true"/>
    <output column="Word"/><output column="No"/><path><at entity="A">
      <read-records recordset="R"><field name="No" column="No"/><field name="Word" column="Word"/></read-records>
    </at></path></procedure></table>"""


@pytest.fixture
def listed(tiny, script):
    def make(
        keys, end='<end><text row="4" column="1">END</text></end>', limit=9, *, scroll=True, **call
    ):
        turn = '<ScrollPageDown timeout="3"><TransmitTerminalKey key="PF8"/></ScrollPageDown>'
        model = tiny(
            '<entity name="A"><signature><text row="1" column="1">A list</text></signature>'
            f'<recordset name="R" first-row="2" last-row="3" max-pages="{limit}">'
            '<field name="No" column="1" length="1"/><field name="Word" column="3" length="9"/>'
            f"{turn if scroll else ''}{end}</recordset>"
            '<error-pattern name="Err"><text row="5" column="1">ERR</text></error-pattern></entity>',
            TABLE,
        )
        host = script(PAGES, {(name, "PF8"): then for name, then in keys.items()}, "A")
        order = ProcedureCall("T", "List", **call)
        result = host.drive(run_procedure(model, host.screen, order, model.resolve()))
        turned = sum(isinstance(step, Press) for step in host.steps)
        return [word for word, _ in result.rows], turned

    return make


def test_pages_are_read_to_the_one_that_says_end(listed):
    words, turned = listed({"A": "X A2", "A2": "~A2 AE", "AE": "AE"})
    assert words == ["one", "two", "three", "four", "five", "six"]
    assert turned == 2


def test_a_blank_record_ends_it_without_turning_again(listed):
    assert listed({"A": "A2", "A2": "A3"}) == (["one", "two", "three", "four", "five"], 2)


def test_the_same_page_again_ends_it(listed):
    assert listed({"A": "A2", "A2": "A2"}) == (["one", "two", "three", "four"], 2)


def test_without_a_scroll_there_is_one_page(listed):
    assert listed({}, scroll=False) == (["one", "two"], 0)


def test_enough_rows_end_it(listed):
    assert listed({"A": "A2", "A2": "AE"}, max_rows=3) == (["one", "two", "three"], 1)
    assert listed({"A": "A2", "A2": "AE"}, max_rows=2) == (["one", "two"], 0)


def test_rows_that_are_filtered_out_do_not_count(listed):
    words, turned = listed(
        {"A": "A2", "A2": "AE"}, max_rows=1, filters={"Word": "FOUR"}, case_sensitive=False
    )
    assert (words, turned) == (["four"], 1)


def test_a_host_that_pages_for_ever_is_stopped(listed):
    with pytest.raises(TooManyPages, match="Recordset R did not end within 3 pages"):
        listed({"A": "A2", "A2": "A"}, limit=3)


def test_a_message_that_is_the_end_is_no_error(listed):
    end = '<end><text row="5" column="5">END of list</text></end>'
    assert listed({"A": "AX"}, end=end) == (["one", "two", "five", "six"], 1)
    with pytest.raises(HostReportedError, match="Err"):
        listed({"A": "AX"})


def test_a_page_that_does_not_come_is_told(listed):
    with pytest.raises(EntityNotReached, match=r"within 3 seconds in operation R\.ScrollPageDown"):
        listed({"A": "-"})
