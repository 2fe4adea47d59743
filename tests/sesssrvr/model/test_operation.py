"""An operation ends where it should, or says in time and in words what came instead."""

from dataclasses import replace

import pytest

from sesssrvr.model import go_to, start
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.run_operation import MAX_INTERMEDIATES, perform
from sesssrvr.model.steps import Press, SetCursor, Type, Wait
from verdigris.errors import (
    EntityNotReached,
    HostConnectionLost,
    HostReportedError,
    NoRoute,
    OperatorError,
    UnknownScreen,
    WaitTimedOut,
    WrongDestination,
)


SCREENS = {
    "A": "A menu\n\nname ____\nsecret ________",
    "B": "B list",
    "C": "C notice",
    "D": "D detail",
    "E": "E fatal\nALL IS LOST",
    "X": "X nobody knows",
    "A!": "A menu\nERR no such name\nname ____\nsecret ________",
    "B!": "B list\nERR at B",
}
SIGN = '<signature><text row="1" column="1">{} </text></signature>'
ERROR = (
    '<attribute name="Message" row="2" column="5" length="20"/>'
    '<error-pattern name="Err" message="Message"><text row="2" column="1">ERR</text></error-pattern>'
)


def entity(name, inside="", more=""):
    return f'<entity name="{name}" {more}>{SIGN.format(name)}{inside}</entity>'


def operation(inside, destination="B", more=""):
    return f'<operation name="Go" destination="{destination}" default="true" {more}>{inside}</operation>'


ENTER = '<TransmitTerminalKey key="Enter"/>'


GO = operation(ENTER)


@pytest.fixture
def run(tiny, script):
    """Goes from A to B by an operation, at a host that answers Enter with these screens."""

    def make(answers, go=GO, variables="", values=None, others=None, keys=None):
        model = tiny(
            entity("A", ERROR + '<attribute name="Name" row="3" column="6" access="write"/>'
                   '<attribute name="Pass" row="4" column="8" access="write" secret="true"/>' + go),
            entity("B", ERROR),
            entity("C", others or operation(ENTER)),
            "D",
            entity("E", '<attribute name="Text" row="2" column="1" length="20"/>', 'error="true" message="Text"'),
            variables=variables,
        )  # fmt: skip
        host = script(
            SCREENS, {("A", "Enter"): answers, ("C", "Enter"): answers, **(keys or {})}, "A"
        )
        host.model, host.variables = model, model.resolve(pool=values or {})
        host.go = lambda to="B": host.drive(go_to(model, host.screen, to, host.variables))
        return host

    return make


@pytest.mark.parametrize(
    "answers",
    ["B", "~B =B B", "~A B", "X B", "X X B", "A B", "C B", "D B", "A X D B"],
    ids=[
        "at once",
        "locked first",
        "still locked",
        "unknown flash",
        "two",
        "own",
        "C",
        "D",
        "many",
    ],
)
def test_flashes_on_the_way_are_passed(run, answers):
    host = run(answers)
    assert host.go().text(1, 1, 6) == "B list"
    assert host.waited == 0


def test_silence_ends_in_time_and_names_everything(run):
    host = run("-", operation(ENTER, more='timeout="7"'))
    with pytest.raises(EntityNotReached) as caught:
        host.go()
    assert str(caught.value) == (
        "Entity B was not reached within 7 seconds in operation Go; the screen is nearest to A "
        "(it is shown, but the keyboard is locked)."
    )
    assert host.waited == 7
    assert caught.value.details["path"] == ("A",)
    assert caught.value.details["entity"] == "A"
    assert caught.value.details["screen"].startswith("A menu")


def test_an_unknown_screen_is_told_with_the_nearest_entity(run):
    with pytest.raises(EntityNotReached, match=r'row 1 column 1 shows "X ", not') as caught:
        run("X").go()
    assert "X nobody knows" in caught.value.details["screen"]
    assert caught.value.details["entity"] == ""


def test_a_known_entity_that_stays_is_a_wrong_destination(run):
    host = run("D")
    with pytest.raises(WrongDestination, match=r"ended at entity D, which .* \(B\)"):
        host.go()
    assert host.waited == 0.5


def test_its_own_entity_that_stays_is_a_wrong_destination_at_the_deadline(run):
    host = run("A")
    with pytest.raises(WrongDestination, match="ended at entity A"):
        host.go()
    assert host.waited == 5


def test_an_alternate_is_an_arrival_and_the_way_goes_on_from_there(run):
    host = run("C", operation('<alternate entity="C"/>' + ENTER), keys={("C", "Enter"): "B"})
    assert host.go().text(1, 1, 1) == "B"


def test_an_intermediate_does_its_action_and_the_wait_goes_on(run):
    go = operation('<intermediate entity="C" operation="Go"/>' + ENTER)
    host = run("C", go, keys={("C", "Enter"): "X B"})
    host.go()
    assert [step.key for step in host.steps if isinstance(step, Press)] == ["Enter", "Enter"]


def test_an_intermediate_without_action_only_waits_on(run):
    host = run("C X B", operation('<intermediate entity="C"/>' + ENTER))
    host.go()
    assert sum(isinstance(step, Press) for step in host.steps) == 1
    with pytest.raises(EntityNotReached, match="nearest to C"):
        run("C -", operation('<intermediate entity="C"/>' + ENTER)).go()


def test_intermediates_in_a_circle_end(run):
    go = operation('<intermediate entity="C" operation="Go"/>' + ENTER)
    host = run("C", go, keys={("C", "Enter"): "C"})
    with pytest.raises(EntityNotReached):
        host.go()
    assert sum(isinstance(step, Press) for step in host.steps) == MAX_INTERMEDIATES + 2


@pytest.mark.parametrize("answers", ["A!", "~A A!", "X A!", "B!"])
def test_an_error_message_is_what_the_host_reported(run, answers):
    host = run(answers)
    with pytest.raises(HostReportedError) as caught:
        host.go()
    assert str(caught.value).startswith("The host reported: ")
    assert "ERR" not in str(caught.value)
    assert host.waited == 0


@pytest.mark.parametrize(
    "go", [operation(ENTER), operation('<error-destination entity="E"/>' + ENTER)]
)
def test_an_error_entity_is_what_the_host_reported(run, go):
    host = run("E", go)
    with pytest.raises(HostReportedError, match="ALL IS LOST") as caught:
        host.go()
    assert caught.value.details["path"] == ("A", "E")
    assert host.waited == 0


def test_an_error_destination_of_one_operation_is_no_error_elsewhere(run):
    with pytest.raises(HostReportedError, match="reported: D"):
        run("D", operation('<error-destination entity="D"/>' + ENTER)).go()
    run("D", operation(ENTER, "D")).go("D")


def test_no_route_is_told(run):
    with pytest.raises(NoRoute, match="No route leads from entity A to entity D"):
        run("B").go("D")


def test_going_in_circles_ends(run):
    host = run("C", operation('<alternate entity="C"/>' + ENTER), others=operation(ENTER, "A"),
               keys={("C", "Enter"): "A"})  # fmt: skip
    with pytest.raises(NoRoute):
        host.go()


def test_a_run_that_starts_on_an_unknown_screen_says_so(run):
    host = run("B")
    host._show("X")
    with pytest.raises(UnknownScreen, match="none of the model's entities; the nearest is"):
        host.go()
    assert host.waited == 5


def test_a_new_session_waits_for_its_first_screen(run):
    host = run("B")
    host._show("X")
    host.due = ["X", "A"]
    host.drive(start(host.model, host.screen, host.variables, "B"))
    assert host.name == "B"
    host._show("X")
    with pytest.raises(UnknownScreen):
        host.drive(start(host.model, host.screen, host.variables))
    assert host.waited == 30


def test_a_screen_of_no_connection_is_nothing(run):
    host = run("B")
    host.screen = host.screen.__class__(6, 40, host.screen.characters, connected=False)
    with pytest.raises(UnknownScreen, match="the terminal is not connected"):
        host.go()


@pytest.mark.parametrize("at", range(1, 5))
def test_a_host_that_is_lost_at_any_step_is_told_with_the_path(run, at):
    host = run("B", operation('<TransmitToAttr attribute="Name">x</TransmitToAttr>' + ENTER))
    host.fail[at] = HostConnectionLost(host="h", reason="gone")
    with pytest.raises(HostConnectionLost) as caught:
        host.go()
    assert "path" in caught.value.details


def test_a_refused_keystroke_is_told_with_the_screen(run):
    host = run("B")
    host.fail[2] = OperatorError(problem="numeric field")
    with pytest.raises(OperatorError) as caught:
        host.go()
    assert caught.value.details["screen"].startswith("A menu")


# ---- commands --------------------------------------------------------------------------------


def commands(run, text, answers="B", **more):
    """The steps of an operation with these commands, without the waits."""
    host = run(answers, operation(text + ENTER), **more)
    host.go()
    return [step for step in host.steps if not isinstance(step, Wait)][:-1]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ('<MoveCursor row="2" column="3"/>', [SetCursor(2, 3)]),
        ('<ShiftCursor rows="-3" columns="-6"/>', [SetCursor(6, 40)]),
        ("<TransmitANSI>ab</TransmitANSI>", [Type("ab")]),
        ('<TransmitANSIEncrypted variable="password"/>', [Type("SESAME", secret=True)]),
        ('<TransmitToLocation row="3" column="6" erase="true">x</TransmitToLocation>', [Type("x", 3, 6, erase=True)]),
        ('<TransmitToLocationEncrypted row="3" column="6">x</TransmitToLocationEncrypted>', [Type("x", 3, 6, secret=True)]),
        ('<TransmitToOffset offset="85">x</TransmitToOffset>', [Type("x", 3, 6)]),
        ('<TransmitToOffsetEncrypted offset="85">x</TransmitToOffsetEncrypted>', [Type("x", 3, 6, secret=True)]),
        ('<TransmitToAttr attribute="Name">x</TransmitToAttr>', [Type("x", 3, 6, erase=True)]),
        ('<TransmitToAttr attribute="name"></TransmitToAttr>', [Type("", 3, 6, erase=True)]),
        ('<WriteVarToAttr attribute="Pass" variable="password"/>', [Type("SESAME", 4, 8, erase=True, secret=True)]),
        ('<WriteVarToAttr attribute="Name" variable="password"/>', None),
        ('<DefaultValue attribute="Name">x</DefaultValue>', [Type("x", 3, 6, erase=True)]),
        ('<TransmitToAttr attribute="Name">x</TransmitToAttr><DefaultValue attribute="Name">y</DefaultValue>', [Type("x", 3, 6, erase=True)]),
        ('<UpdateAttribute attribute="Name"/>', []),
        ("<checkOperationConditions/>", []),
        ('<WaitMS milliseconds="20"/><Wait seconds="0.5"/>', []),
        ("<WaitForKeyboardEnabled/>", []),
        ('<WaitForHostSilence milliseconds="100"/>', []),
        ('<WaitForCursorAtAttr attribute="Name"/>', []),
        ('<WaitForCursorAtLocation row="3" column="6"/>', []),
        ('<WaitForCursorNotAtLocation row="3" column="7"/>', []),
        ('<WaitForCursorAtTerminalField row="3" column="8"/>', []),
        ('<WaitForCursorNotAtTerminalField row="4" column="8"/>', []),
        ('<WaitForDisplayString row="1" column="3">menu</WaitForDisplayString>', []),
        ("<WaitForDisplayString>menu</WaitForDisplayString>", []),
        ('<WaitForCondition><text row="1" column="3">menu</text><inputs count="2"/></WaitForCondition>', []),
        ("<WaitForMultipleEvents><WaitForKeyboardEnabled/><WaitForDisplayString>menu</WaitForDisplayString></WaitForMultipleEvents>", []),
        ('<WaitForMultipleEvents mode="any"><WaitForDisplayString>no</WaitForDisplayString><WaitForKeyboardEnabled/></WaitForMultipleEvents>', []),
        ('<TransmitTerminalKey key="Tab"/>', [Press("Tab")]),
    ],
)  # fmt: skip
def test_commands_become_steps(run, text, steps):
    if steps is None:
        from verdigris.errors import BadValue  # noqa: PLC0415 - the value is longer than the field

        with pytest.raises(BadValue, match="6 characters, the screen takes 4"):
            commands(run, text, values={"password": "SESAME"})
        return
    assert commands(run, text, values={"password": "SESAME"}) == steps


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '<WaitForDisplayString timeout="3">gone</WaitForDisplayString>',
            '3 seconds .* for "gone"',
        ),
        (
            '<WaitForCursorAtLocation row="1" column="1"/>',
            "5 seconds .* the cursor at row 1 column 1",
        ),
        ('<WaitForCursorNotAtTerminalField row="3" column="6"/>', "the cursor away from row 3"),
        ('<WaitForCondition><text row="1" column="1">B</text></WaitForCondition>', '"B" at row 1'),
        ("<WaitForUpdate/>", "a change of the screen"),
        ('<WaitForUpdate row="1" column="1" length="4"/>', "a change at row 1"),
        ("<WaitForNewHostScreen/>", "a new host screen"),
    ],
)
def test_waits_that_end_without_their_condition_say_what_was_awaited(run, text, words):
    with pytest.raises(WaitTimedOut, match=words) as caught:
        commands(run, text)
    assert "operation Go" in str(caught.value)
    assert "screen" in caught.value.details


def test_keys_in_the_middle_are_waited_for(run):
    text = (
        '<TransmitTerminalKey key="PF1"/><WaitForNewHostScreen/><WaitForUpdate row="2"/>'
        '<TransmitToAttr attribute="Name">x</TransmitToAttr>'
    )
    # PF1 brings the same entity with a text in row 2; typing waits for the unlock by itself.
    keys = {("A", "PF1"): "~A A!", ("A!", "Enter"): "B"}
    steps = commands(run, text, keys=keys)
    assert steps == [Press("PF1"), Type("x", 3, 6, erase=True)]


def test_typing_into_a_locked_keyboard_waits_and_then_says_so(run):
    text = '<TransmitTerminalKey key="PF1"/><TransmitToAttr attribute="Name">x</TransmitToAttr>'
    with pytest.raises(WaitTimedOut, match="the host to unlock the keyboard"):
        commands(run, text, keys={("A", "PF1"): "~A"})


def test_conditions_are_checked_again_when_asked(run):
    text = '<TransmitTerminalKey key="PF1"/><WaitForKeyboardEnabled/><checkOperationConditions/>'
    for comes, error in (("A!", HostReportedError), ("D", WrongDestination), ("X", UnknownScreen)):
        with pytest.raises(error):
            commands(run, text, keys={("A", "PF1"): comes})


def test_variables_are_read_from_attributes(run):
    host = run("B", operation('<ReadVarFromAttr attribute="Message" variable="said"/>' + ENTER),
               variables='<variable name="said"/>', keys={("A!", "Enter"): "B"})  # fmt: skip
    host._show("A!")
    host.go()
    assert host.variables["SAID"] == "no such name"
    assert host.variables["cursorPosition"] == "1,1"


def test_secrets_are_nowhere_in_what_is_told(run):
    go = operation(
        '<WriteVarToAttr attribute="Pass" variable="password"/>'
        '<TransmitToLocation row="5" column="1" variable="password"/>' + ENTER
    )
    host = run("-", go, values={"password": "SESAME"})
    with pytest.raises(EntityNotReached) as caught:
        host.go()
    assert "SESAME" in str(host.screen)  # the host would show it: a model that types it in the open
    told = f"{caught.value!r} {caught.value.details} {host.steps!r} {host.variables!r}"
    assert "SESAME" not in told
    assert "******" in caught.value.details["screen"]


def test_only_an_unlock_since_the_key_is_an_answer(run):
    """The counter tells it, not the lock: Reset frees the keyboard without the host."""
    host = run("B", operation(ENTER + '<TransmitTerminalKey key="Reset"/>'))
    at_a, reset = host.screen, replace(host.screen, unlocks=5)
    going = go_to(host.model, at_a, "B", host.variables)
    assert isinstance(next(going), Wait)
    assert going.send(at_a) == Press("Enter")
    assert going.send(replace(reset, locked=True)) == Press(
        "Reset"
    )  # unlocked twice before the key
    wait = going.send(reset)
    host._show("B")
    assert not wait.until(replace(host.screen, unlocks=5))
    assert wait.until(replace(host.screen, unlocks=6))
    going.close()


def test_a_connection_lost_in_an_operation_names_it_and_its_destination(bank, desk):
    """A sign-off on the way to a home entity ends the connection: the caller learns what was done."""
    at = desk()
    variables = bank.resolve({"userID": "TELLER001", "password": "BANK001"})
    at.drive(start(bank, at.screen, variables))
    menu = bank.entity("MainMenu")
    off = next(one for one in menu.operations if one.destination == "SignOn" or "Off" in one.name)
    context = Context(bank, at.screen, variables)

    def gone(step):
        raise HostConnectionLost(host="bank", reason="the host closed the connection")

    at.perform = gone
    with pytest.raises(HostConnectionLost) as caught:
        at.drive(perform(context, menu, off))
    said = f"in operation {off.name} from MainMenu to {off.destination}"
    assert str(caught.value).endswith(f"the host closed the connection {said}.")
