"""Models of character hosts: every command and wait against a program that draws with cursor keys.

Time is a number here: what the program sends comes after a delay, and a wait looks at each piece.
"""

import re
from types import SimpleNamespace

import pytest

from sesssrvr.hosts.terminal_vt import make_vt
from sesssrvr.model import ProcedureCall, go_to, load_model, run_procedure
from sesssrvr.model.records import Record, following
from sesssrvr.model.steps import Press, TimedOut, Type, Wait
from sesssrvr.terminal.screen import Run, Screen
from tests.support.runs import driven
from verdigris.errors import (
    AttributeNotFound,
    BadValue,
    ConfigurationError,
    EntityNotReached,
    HostReportedError,
    RecordNotFound,
    WaitTimedOut,
    WrongDestination,
)


SPACE = 'xmlns="urn:verdigris:model:1"'
A = '<entity name="A"><signature><text row="1" column="1">A </text></signature>{}</entity>'
B = '<entity name="B"><signature><text row="1" column="1">B </text></signature>{}</entity>'


def model(*entities, host='type="VT" model="VT220"', options="", table="", variables=""):
    files = {
        f"entities/{n}.xml": one.replace("<entity ", f"<entity {SPACE} ", 1).encode()
        for n, one in enumerate(entities)
    }
    if table:
        files["tables/T.xml"] = table.replace("<table ", f"<table {SPACE} ", 1).encode()
    main = (
        f'<model {SPACE} name="M" home="A"><host {host}>{options}</host>'
        f"<variables>{variables}</variables></model>"
    )
    return load_model({"model.xml": main.encode(), **files}).model


class Program:
    """A host: what it sends at each input, as pieces of (seconds later, text)."""

    def __init__(self, made, first, answer):
        self.model, self.answer = made, answer
        self.sent, self.due, self.now, self.steps = bytearray(), [], 0.0, []
        self.terminal = make_vt(made.host)(self._input)
        self.terminal.feed(first.encode())
        self.variables = made.resolve({})

    def _input(self, data):
        data = bytes(data).replace(b"\r\0", b"\r")  # RFC 854: CR NUL is a carriage return
        self.sent += data
        pieces = self.answer(data, self) or ()
        at = self.now
        for after, text in [(0, pieces)] if isinstance(pieces, str) else pieces:
            at += after
            self.due.append((at, text.encode()))

    def perform(self, step):
        self.steps.append(step)
        if isinstance(step, Wait):
            return self._wait(step)
        if isinstance(step, Press):
            self.terminal.key(step.key)
        elif isinstance(step, Type):
            assert (step.row, step.erase) == (0, False), "a VT's cursor is the host's"
            self.terminal.type(step.text)
        else:
            self.terminal.move_cursor(step.row, step.column)
        return self.terminal.screen()

    def _wait(self, step):
        end = self.now + step.seconds
        while True:
            screen = self.terminal.screen()
            holds = step.until(screen) and (not step.heard or self.terminal.heard(step.heard))
            after = self.due[0][0] if self.due else float("inf")
            if holds and self.now + step.quiet < min(after, end):
                self.now += step.quiet
                return screen
            if after > end:
                self.now = end
                return TimedOut(screen, step.seconds)
            self.now = max(self.now, after)
            self.terminal.feed(self.due.pop(0)[1])

    def drive(self, run):
        return driven(run, self.perform)

    def go(self, to="B"):
        return self.drive(go_to(self.model, self.terminal.screen(), to, self.variables))

    def call(self, procedure, filters=None, data=None, **more):
        order = ProcedureCall("", procedure, filters or {}, data or {}, **more)
        return self.drive(
            run_procedure(self.model, self.terminal.screen(), order, self.variables)
        ).rows


def drawn(name, *rest):
    """A screen that begins with its name."""
    return "\x1b[2J\x1b[H" + name + " " + "".join(rest)


def reach(commands, answer, first="A menu\r\n", more="", **how):
    """From A to B by these commands."""
    way = f'<operation name="Go" destination="B" default="true" timeout="2">{commands}</operation>'
    made = Program(model(A.format(more + way), B.format(""), **how), first, answer)
    made.go()
    return made


KEY = '<TransmitTerminalKey key="Enter"/>'


# ---- arrivals ------------------------------------------------------------------------------------


def test_an_arrival_is_believed_when_the_screen_has_stood_still():
    pieces = [(0.05, drawn("B", "half")), (0.14, "\x1b[2;1Hwhole"), (0.5, "much later")]
    made = reach(KEY, lambda data, _: pieces if data == b"\r" else ())
    assert "whole" in str(made.terminal.screen())
    assert "later" not in str(made.terminal.screen())
    assert made.now == pytest.approx(0.05 + 0.14 + 0.15)


def test_an_entity_says_how_long_its_host_needs():
    slow = B.replace('name="B"', 'name="B" quiet="0.6"').format("")
    way = f'<operation name="Go" destination="B" default="true">{KEY}</operation>'
    made = Program(
        model(A.format(way), slow), "A", lambda *_: [(0, drawn("B")), (0.5, "\x1b[2;1Hthe rest")]
    )
    made.go()
    assert "the rest" in str(made.terminal.screen())


def test_a_silent_host_is_told_with_what_was_awaited_and_what_is_still_shown():
    with pytest.raises(EntityNotReached) as caught:
        reach(KEY, lambda *_: ())
    said = str(caught.value)
    assert said.startswith("Entity B was not reached within 2 seconds in operation Go")
    assert "nearest to A (it is still shown: nothing has changed since the last key)" in said
    assert "A menu" in caught.value.details["screen"]


def test_a_host_that_never_stops_drawing_does_not_arrive():
    with pytest.raises(EntityNotReached):
        reach(KEY, lambda *_: [(0, drawn("B"))] + [(0.1, "\x1b[3;1H*")] * 100)


# ---- commands and waits, by the names of product facts 5.2 ---------------------------------------

ECHO = {
    "text": lambda data, _: data.decode(),
    "nothing": lambda *_: (),
}
WAITS = {  # a wait: what the program sends at the key; the words when it sends something else
    '<WaitForDisplayString row="3" column="5">Name</WaitForDisplayString>': (
        "\x1b[3;5HName", '"Name" at row 3 column 5'),
    "<WaitForDisplayString>漢字 ready</WaitForDisplayString>": ("\x1b[9;7H漢字 ready", '"漢字 ready"'),
    '<WaitForDisplayString row="2" column="1">漢字</WaitForDisplayString>': (
        "\x1b[2;1H漢字", '"漢字" at row 2 column 1'),
    "<WaitForCommString>gone by</WaitForCommString>": (
        "\x1b[2;1Hgone by\x1b[2;1H\x1b[K", 'the host to send "gone by"'),
    "<WaitForCommString>ärger</WaitForCommString>": ("ärger\r\x1b[K", 'the host to send "ärger"'),
    '<WaitForCursorAtLocation row="5" column="6"/>': ("\x1b[5;6H", "the cursor at row 5 column 6"),
    '<WaitForCursorNotAtLocation row="2" column="1"/>': (
        "\x1b[7;7H", "the cursor away from row 2 column 1"),
    '<WaitForCursorAtAttr attribute="Field"/>': ("\x1b[10;22H", "the cursor in attribute Field"),
    '<WaitForCursorAtRecordsetField recordset="List" field="Mark"/>': (
        "\x1b[6;1H1 one\x1b[6;1H", "the cursor in field Mark of recordset List"),
    "<WaitForUpdate/>": ("\x1b[12;1Hx", "a change of the screen"),
    '<WaitForUpdate row="12" column="1" length="3"/>': ("\x1b[12;3Hx", "a change at row 12"),
    "<WaitForNewHostScreen/>": ("\x1b[12;1Hx", "a new host screen"),
    '<WaitForCondition><look row="4" column="2" length="3" reverse="true"/></WaitForCondition>': (
        "\x1b[4;2H\x1b[7mabc\x1b[m", "reverse at row 4 column 2"),
    '<WaitForCondition><text row="4">ready</text><cursor row="4"/></WaitForCondition>': (
        "\x1b[4;9Hready", '"ready" in rows 4 to 4 and cursor at row 4'),
    '<WaitForMultipleEvents><WaitForDisplayString>ok</WaitForDisplayString>'
    '<WaitForCursorAtLocation row="9" column="3"/></WaitForMultipleEvents>': (
        "\x1b[9;1Hok", '"ok" and the cursor at row 9 column 3'),
    '<WaitForMultipleEvents mode="any"><WaitForDisplayString>ok</WaitForDisplayString>'
    '<WaitForCursorAtLocation row="9" column="3"/></WaitForMultipleEvents>': (
        "\x1b[9;3H", '"ok" or the cursor at row 9 column 3'),
}  # fmt: skip
PARTS = (
    '<attribute name="Field" row="10" column="20" length="5" access="write"/>'
    '<recordset name="List" first-row="6" last-row="8"><field name="Mark" column="1" length="2"/>'
    '<field name="What" column="3" length="9"/></recordset>'
)


@pytest.mark.parametrize("wait", WAITS)
def test_a_wait_lets_the_next_key_go_when_its_event_has_come(wait):
    event, _ = WAITS[wait]

    def answer(data, program):
        return [(0.3, event)] if data == b"\r" else drawn("B")

    made = reach(f'{KEY}{wait}<TransmitTerminalKey key="PF2"/>', answer, more=PARTS)
    assert bytes(made.sent) == b"\r\x1bOQ"
    assert made.now >= 0.3


@pytest.mark.parametrize("wait", WAITS)
def test_a_wait_ends_in_its_time_and_says_what_was_awaited(wait):
    _, words = WAITS[wait]
    bounded = re.sub(r"^<(\w+)", r'<\1 timeout="1.5"', wait)
    with pytest.raises(WaitTimedOut) as caught:
        reach(KEY + bounded, lambda *_: (), more=PARTS)
    said = str(caught.value)
    assert said.startswith("Timed out after 1.5 seconds in operation Go while waiting for")
    assert words in said


def test_silence_is_waited_for_and_a_host_that_goes_on_is_told():
    calm = '<WaitForHostSilence milliseconds="400" timeout="1.5"/><TransmitANSI>x</TransmitANSI>'

    def answer(data, _):
        return [(0.1, "."), (0.3, "."), (0.2, ".")] if data == b"\r" else drawn("B")

    made = reach(KEY + calm, answer)
    assert made.now == pytest.approx(0.6 + 0.4 + 0.15)
    with pytest.raises(WaitTimedOut, match=r"the host to be silent for 0\.4 seconds"):
        reach(KEY + calm, lambda *_: [(0.2, ".")] * 50)


def test_text_is_typed_where_the_host_has_put_the_cursor():
    commands = (
        '<TransmitANSI>go</TransmitANSI>'
        '<TransmitToLocation row="5" column="7">Smith</TransmitToLocation>'
        '<TransmitToOffset offset="720">York</TransmitToOffset>'
        '<TransmitTerminalKey key="Ctrl-X"/>'
    )  # fmt: skip
    asked = {b"go": [(0.5, "\x1b[5;7H")], b"Smith": [(0.5, "\x1b[10;1H")]}
    made = reach(commands, lambda data, _: asked.get(data, drawn("B")))
    assert bytes(made.sent) == b"goSmithYork\x18"
    with pytest.raises(WaitTimedOut, match="the cursor at row 5 column 7"):
        reach(commands, lambda *_: ())


def test_an_attribute_takes_what_fits_its_cells_and_no_control():
    part = '<attribute name="Field" row="2" column="1" length="4" access="write"/>'
    put = '<TransmitToAttr attribute="Field" variable="v"/>'
    ok = reach(
        put + KEY, lambda *_: drawn("B"), more=part, variables='<variable name="v" value="漢字"/>'
    )
    assert bytes(ok.sent) == "漢字\r".encode()
    with pytest.raises(BadValue, match="6 characters, the screen takes 4"):
        reach(put, lambda *_: (), more=part, variables='<variable name="v" value="漢字漢"/>')


def test_cached_writes_reach_the_host_in_the_order_of_the_operation():
    form = (
        '<entity name="A" cache-writes="true"><signature><text row="1" column="1">A </text></signature>'
        '<attribute name="Name" row="3" column="7" length="9" access="write"/>'
        '<attribute name="City" row="4" column="7" length="9" access="write"/>'
        '<operation name="Save" destination="B" default="true">'
        f'<TransmitANSI>n</TransmitANSI><UpdateAttribute attribute="Name"/>{KEY}'
        f'<UpdateAttribute attribute="City"/>{KEY}</operation></entity>'
    )
    table = """<table name="T"><column name="Name"/><column name="City"/>
      <procedure name="Add" type="INSERT" back="false"><data column="City"/><data column="Name"/><path>
        <at entity="A"><write attribute="City" data="City"/><write attribute="Name" data="Name"/>
          <perform operation="Save"/></at></path></procedure></table>"""
    asks = iter(["\x1b[3;1HName: ", "", "\x1b[4;1HCity: ", "", drawn("B")])
    made = Program(model(form, B.format(""), table=table), "A", lambda *_: next(asks))
    made.call("Add", data={"City": "York", "Name": "Smith"})
    assert bytes(made.sent) == b"nSmith\rYork\r"


def test_a_label_without_fields_is_followed_by_its_attribute():
    part = '<attribute name="City" label="漢 City :" read-variable="c" length="5"/>'
    shown = "A menu\r\n\r\n  漢 City : York\r\n"
    made = reach(KEY, lambda *_: drawn("B"), shown, more=part, variables='<variable name="c"/>')
    assert made.variables["c"] == "York"
    ends = model(A.format('<attribute name="City" label="City" access="write"/>'
                          '<operation name="Go" destination="B" default="true"><TransmitToAttr '
                          'attribute="City">x</TransmitToAttr></operation>'), B.format(""))  # fmt: skip
    made = Program(ends, "A\x1b[3;77HCity\x1b[2;1H", lambda *_: ())
    with pytest.raises(AttributeNotFound, match="ends its row"):
        made.go()


def test_a_secret_is_typed_and_is_nowhere_else():
    part = (
        '<attribute name="Password" row="2" column="1" length="20" access="write" secret="true"/>'
    )
    put = '<WriteVarToAttr attribute="Password" variable="pw"/>' + KEY
    secret = '<variable name="pw" value="S3CRET-word" secret="true"/>'

    def shows_it(data, _):
        return "\x1b[4;1Hyou typed S3CRET-word!" if data == b"\r" else ()

    with pytest.raises(WrongDestination) as caught:
        reach(put, shows_it, more=part, variables=secret)
    told = f"{caught.value}{caught.value.details}{caught.value.facts}"
    assert "S3CRET" not in told
    assert "you typed ***********!" in caught.value.details["screen"]
    invisible = "\x1b[2;1H\x1b[8mS3CRET-word\x1b[m"
    made = reach(KEY, lambda *_: drawn("B", invisible))
    assert "S3CRET" not in str(made.terminal.screen())


def test_a_secret_in_the_hosts_own_words_is_masked_there_too():
    part = (
        '<attribute name="Password" row="2" column="1" length="20" access="write" secret="true"/>'
        '<attribute name="Message" row="4" column="1" length="60"/><error-pattern name="E" '
        'message="Message"><text row="4" column="1">Wrong</text></error-pattern>'
    )
    put = '<WriteVarToAttr attribute="Password" variable="pw"/>' + KEY
    secret = '<variable name="pw" value="S3CRET-word" secret="true"/>'
    for shows, kind, said in (
        ("\x1b[4;1HWrong: s3cret? no, S3CRET-word", HostReportedError, "no, ***********"),
        ("\x1b[2J\x1b[HS3CRET-word", EntityNotReached, 'row 1 column 1 shows "**", not "'),
    ):
        with pytest.raises(kind) as caught:
            reach(
                put, lambda data, _, it=shows: it if data == b"\r" else (), more=part,
                variables=secret,
            )  # fmt: skip
        assert said in str(caught.value)
        assert "S3" not in f"{caught.value}{caught.value.details}{caught.value.facts}"


# ---- looks ---------------------------------------------------------------------------------------

LOOKING = Screen(
    3, 10, " " * 30, kind="VT",
    runs=(Run(2, 4, reverse=True), Run(6, 2, bold=True, reverse=True, foreground=1), Run(15, 1, bold=True)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("look", "matches", "difference"),
    [
        ('row="1" column="3" length="4" reverse="true"', True, ""),
        ('row="1" column="3" length="6" reverse="true"', True, ""),
        ('row="1" column="1" length="6" reverse="true"', False,
         "row 1 column 1 is plain, and should be reverse"),
        ('row="1" column="3" length="7" reverse="true"', False, "row 1 column 9 is plain, and should be reverse"),
        ('row="1" column="3" length="6" bold="false"', False,
         "row 1 column 7 is bold and reverse and foreground red, and should be not bold"),
        ('row="1" column="7" length="2" foreground="red" bold="true"', True, ""),
        ('row="1" column="7" foreground="9"', False,
         "row 1 column 7 is bold and reverse and foreground red, and should be foreground bright-red"),
        ('row="3" column="1" length="10" reverse="false" foreground="default"', True, ""),
        ('row="1" column="9" length="3" bold="false"', False, "row 1 column 9 is not on the screen"),
        ('row="4" column="1" bold="true"', False, "row 4 column 1 is not on the screen"),
        ('row="1" column="1" to-row="3" bold="true"', True, ""),
        ('row="2" column="6" to-row="9" to-column="6" bold="true"', True, ""),
        ('row="2" column="7" to-row="9" bold="true"', False,
         "nothing in rows 2 to 9, columns 7 to 9999 is bold"),
    ],
)  # fmt: skip
def test_characters_are_asked_what_they_look_like(look, matches, difference):
    made = model(f'<entity name="A"><signature><look {look}/></signature></entity>')
    (pattern,) = made.entities[0].signature
    assert pattern.matches(LOOKING) is matches
    assert (pattern.nearness(LOOKING) == 1) is matches
    if not matches:
        assert pattern.difference(LOOKING) == difference


# ---- lists ---------------------------------------------------------------------------------------


def listing(items, size=4, name="A"):
    """A program with a list of which `size` lines are shown; j and k move its bar, n pages."""
    state = SimpleNamespace(at=0, top=0, moves=0)

    def show():
        rows = items[state.top : state.top + size]
        return drawn(name) + "".join(
            f"\x1b[{n + 3};1H" + ("\x1b[7m" if state.top + n == state.at else "") + f"{one}\x1b[m"
            for n, one in enumerate(rows)
        )

    def answer(data, _):
        for key in data.decode():
            state.moves += 1
            step = {"j": 1, "k": -1}.get(key, 0)
            state.at = min(max(state.at + step, 0), len(items) - 1)
            state.top = min(max(state.top, state.at - size + 1), state.at)
            if key == "n":
                state.top = state.at = max(0, min(state.top + size, len(items) - size))
            if key == "h":
                state.top = state.at = 0
            if key == "d":
                del items[state.at]
        return show()

    return answer, show, state


LIST = """<recordset name="L" first-row="3" last-row="6"{}>
  <field name="What" column="1" length="9"/>{}</recordset>
  <operation name="Delete" destination="A"><TransmitANSI>d</TransmitANSI></operation>"""
BAR = '<bar column="1" reverse="true"/>'
LINES = (
    "<ScrollLineUp><TransmitANSI>k</TransmitANSI></ScrollLineUp>"
    "<ScrollLineDown timeout='1'><TransmitANSI>j</TransmitANSI></ScrollLineDown>"
)
PAGES = (
    "<ScrollHome><TransmitANSI>h</TransmitANSI></ScrollHome>"
    "<ScrollPageDown timeout='1'><TransmitANSI>n</TransmitANSI></ScrollPageDown>"
)
TABLE = """<table name="T"><column name="What" key="true"/>
  <procedure name="All" type="SELECT"><output column="What"/><path><at entity="A">
    <read-records recordset="L"><field name="What" column="What"/></read-records></at></path></procedure>
  <procedure name="Drop" type="DELETE"><filter column="What" required="true"/><path><at entity="A">
    <select-record recordset="L"><match field="What" filter="What"/></select-record>
    <perform operation="Delete"/></at></path></procedure></table>"""


def shelf(items, parts, attributes=' overlap="true"'):
    answer, show, state = listing(items)
    made = model(A.format(LIST.format(attributes, parts)), table=TABLE)
    return Program(made, show(), answer), state


@pytest.mark.parametrize("parts", [BAR + LINES, PAGES])
@pytest.mark.parametrize("count", [1, 3, 4, 5, 8, 9, 30])
def test_a_list_is_read_whole_by_lines_or_by_pages_that_overlap(count, parts):
    items = [f"item {n}" for n in range(count)]
    made, _ = shelf(list(items), parts)
    assert [row[0] for row in made.call("All")] == items
    made, _ = shelf(list(items), parts)
    assert len(made.call("All", max_rows=2)) == min(2, count)


def test_a_list_by_lines_is_read_whole_from_wherever_its_bar_stands():
    items = [f"item {n}" for n in range(9)]
    made, state = shelf(items, BAR + LINES)
    state.at = 1
    made._input(b"j")
    made.terminal.feed(made.due.pop()[1])
    assert [row[0] for row in made.call("All")] == items


def busy(items, seconds):
    """A program that answers each key so many seconds after the one before."""
    answer, show, _ = listing(items)

    def later(data, host):
        drawn_last = max((at for at, _ in host.due), default=host.now)
        return [(drawn_last - host.now + seconds, answer(data, host))]

    made = model(A.format(LIST.format(' overlap="true"', BAR + LINES)), table=TABLE)
    return Program(made, show(), later)


@pytest.mark.parametrize("count", [5, 9, 30])
def test_a_busy_host_that_moves_the_bar_step_by_step_loses_no_record(count):
    items = [f"item {n}" for n in range(count)]
    assert [row[0] for row in busy(items, 0.3).call("All")] == items


@pytest.mark.parametrize("wanted", [0, 2, 3, 7, 11])
def test_a_busy_host_has_its_bar_on_the_record_before_anything_is_done_to_it(wanted):
    items = [f"item {n}" for n in range(12)]
    busy(items, 0.3).call("Drop", {"What": f"item {wanted}"})
    assert [*items] == [f"item {n}" for n in range(12) if n != wanted]


def test_a_bar_that_stops_on_its_way_ends_the_call_with_what_was_awaited():
    keys = iter(range(99))
    items = [f"item {n}" for n in range(9)]
    answer, show, _ = listing(items)
    made = model(A.format(LIST.format(' overlap="true"', BAR + LINES)), table=TABLE)
    made = Program(made, show(), lambda data, host: answer(data, host) if next(keys) < 2 else ())
    with pytest.raises(EntityNotReached, match="the bar of L on its record 4"):
        made.call("All")


@pytest.mark.parametrize(
    ("before", "page", "left"),
    [
        ("aba", "abac", "c"), ("abcd", "cdef", "ef"), ("abcd", "efgh", "efgh"), ("abcd", "abcd", ""), ("abab", "abac", "ac"),
        ("baab", "aabc", "c"), ("abc", "bc", ""), ("", "abc", "abc"), ("abcd", "d", ""),
    ],
)  # fmt: skip
def test_the_longest_end_of_a_page_that_begins_the_next_is_the_same(before, page, left):
    def made(text):
        return tuple(Record(n, n, 0, (one,)) for n, one in enumerate(text))

    assert [one.texts[0] for one in following(made(before), made(page))] == [*left]


def test_wide_characters_are_found_and_counted_by_what_they_take():
    screen = Screen(2, 8, "漢\u200b a字\u200bb 漢\u200bc     ", kind="VT")
    assert [screen.find(text) for text in ("漢", "a字b", "b 漢c", "c", "no", " a")] == [
        0,
        3,
        6,
        10,
        -1,
        2,
    ]
    assert [screen.cells(0, n) for n in range(5)] == [0, 2, 3, 4, 6]
    assert screen.shown(1, 1, 4) == "漢 a字"
    assert screen.shown(1, 4, 3) == "a字b"
    assert screen.shown(2, 3, 99) == "c     "


@pytest.mark.parametrize("wanted", [0, 2, 3, 7, 11])
def test_the_bar_is_moved_to_the_record_wanted_from_wherever_it_stands(wanted):
    items = [f"item {n}" for n in range(12)]
    made, state = shelf(items, BAR + LINES)
    state.at = 2  # somebody has moved it
    made.terminal.feed(listing(items)[1]().encode())
    made._input(b"j")
    made.call("Drop", {"What": f"item {wanted}"})
    assert f"item {wanted}" not in items
    assert len(items) == 11


def test_a_list_whose_bar_cannot_be_seen_is_not_acted_on():
    items = ["one", "two", "three"]
    made, state = shelf(items, '<bar column="1" bold="true"/>' + LINES)
    with pytest.raises(RecordNotFound, match="the bar on the record found"):
        made.call("Drop", {"What": "two"})
    assert items == ["one", "two", "three"]
    assert state.moves == 0


def test_a_list_that_goes_on_into_another_ends_where_its_heading_changes():
    days = {"MON": ["a", "b", "c", "d", "e"], "TUE": ["x"]}
    shown = SimpleNamespace(day="MON", top=0)

    def show():
        rows = days[shown.day][shown.top : shown.top + 4]
        head = shown.day if shown.top == 0 else ""  # it scrolls away with the rest
        return drawn("A", head) + "".join(f"\x1b[{n + 3};1H{one}" for n, one in enumerate(rows))

    def answer(data, _):
        shown.top += 4
        if shown.top >= len(days[shown.day]):
            shown.day, shown.top = "TUE", 0
        return show()

    parts = (
        "<ScrollPageDown><TransmitANSI>n</TransmitANSI></ScrollPageDown>"
        '<end blank="false" changed="Day"/>'
    )
    whole = LIST.format("", parts) + '<attribute name="Day" row="1" column="3" length="5"/>'
    made = Program(model(A.format(whole), table=TABLE), show(), answer)
    assert [row[0] for row in made.call("All")] == ["a", "b", "c", "d", "e"]


# ---- what a kind of terminal does not have -------------------------------------------------------

SIGN = '<entity name="A"><signature><text row="1" column="1">A</text>{}</signature>{}</entity>'
DO = '<operation name="Go" destination="A">{}</operation>'
NOT_ON_A_VT = [
    ("", DO.format('<MoveCursor row="1" column="1"/>'), "only the host moves the cursor"),
    ("", DO.format('<ShiftCursor rows="1"/>'), "only the host moves the cursor"),
    ("", DO.format("<WaitForKeyboardEnabled/>"), "does not lock the keyboard"),
    ("", DO.format('<WaitForCursorAtTerminalField row="1" column="1"/>'), "has no fields"),
    ("", DO.format('<WaitForCursorNotAtTerminalField row="1" column="1"/>'), "has no fields"),
    ("", DO.format('<TransmitToLocation row="1" column="1" erase="true">x</TransmitToLocation>'),
     "does not erase by itself"),
    ("", DO.format('<TransmitToOffset offset="1" erase="true">x</TransmitToOffset>'), "does not erase by itself"),
    ("", DO.format("<WaitForMultipleEvents><WaitForKeyboardEnabled/><WaitForUpdate/>"
                   "</WaitForMultipleEvents>"), "does not lock the keyboard"),
    ("", DO.format('<WaitForCondition><inputs count="1"/></WaitForCondition>'), "has no fields"),
    ('<field row="1" column="1"/>', "", "has no fields"),
    ('<fields count="1"/>', "", "has no fields"),
    ('<one-of><inputs count="1"/><text row="1" column="1">x</text></one-of>', "", "has no fields"),
    ('<look row="1" column="1"/>', "", "needs at least one property"),
    ("", '<error-pattern name="E"><field row="1" column="1"/></error-pattern>', "has no fields"),
]  # fmt: skip
ONLY_ON_A_VT = [
    ("", DO.format("<WaitForCommString>x</WaitForCommString>"), "sends screens, not texts"),
    ('<look row="1" column="1" bold="true"/>', "", "has fields"),
    ("", ('<recordset name="R" first-row="1" last-row="2"><field name="F" column="1" length="1"/>'
          '<bar column="1" reverse="true"/></recordset>'), "has fields"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "signature", "rest", "problem"),
    [("VT", *one) for one in NOT_ON_A_VT]
    + [(kind, *one) for kind in ("3270", "5250") for one in ONLY_ON_A_VT],
)
def test_what_a_terminal_does_not_have_is_told_when_the_model_is_checked(
    kind, signature, rest, problem
):
    with pytest.raises(ConfigurationError, match=problem) as caught:
        model(SIGN.format(signature, rest), host=f'type="{kind}"')
    assert caught.value.code
    assert "entities/0.xml line 1: " in str(caught.value)


@pytest.mark.parametrize(("signature", "rest", "problem"), ONLY_ON_A_VT)
def test_it_is_fine_on_a_vt(signature, rest, problem):
    assert model(SIGN.format(signature, rest))


@pytest.mark.parametrize("kind", ["3270", "5250"])
@pytest.mark.parametrize(("signature", "rest", "problem"), NOT_ON_A_VT[:12])
def test_and_the_others_have_what_it_has_not(kind, signature, rest, problem):
    assert model(SIGN.format(signature, rest), host=f'type="{kind}"')


def test_a_text_the_host_has_sent_cannot_be_one_of_several_events():
    wait = "<WaitForMultipleEvents><WaitForCommString>x</WaitForCommString></WaitForMultipleEvents>"
    with pytest.raises(ConfigurationError, match="WaitForCommString"):
        model(SIGN.format("", DO.format(wait)))
