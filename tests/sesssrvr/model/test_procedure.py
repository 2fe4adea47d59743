"""Procedures: what happens on the way, when nothing matches, and when the host misbehaves."""

import pytest

from sesssrvr.model import ProcedureCall, go_to, run_procedure
from sesssrvr.model.interpreter import procedure as engine
from sesssrvr.model.steps import Press, Type
from verdigris.errors import (
    BadHostValue,
    EntityNotReached,
    HostConnectionLost,
    HostError,
    RecordNotFound,
    TooLarge,
    UnknownProcedure,
    WrongDestination,
)


SCREENS = {
    "A": "A menu\nname ____\nid   ____",
    "B": "B list\n_ 1 one\n_ 2 two",
    "C": "C detail\nvalue 1,50\nold ____",
    "D": "D detail\nvalue ab",
}
SIGN = '<signature><text row="1" column="1">{} </text></signature>'
KEY = '<TransmitTerminalKey key="{}"/>'
ENTITIES = (
    '<entity name="A">'
    + SIGN.format("A")
    + '<attribute name="Name" row="2" column="6" access="write"/>'
    '<attribute name="Id" row="3" column="6" access="write"/>'
    f'<operation name="Find" destination="B">{KEY.format("Enter")}</operation>'
    '<operation name="Show" destination="C"><alternate entity="D"/>'
    f"{KEY.format('PF1')}</operation></entity>",
    '<entity name="B">' + SIGN.format("B") + '<recordset name="R" first-row="2" last-row="3">'
    '<field name="Mark" column="1" length="1" access="write"/><field name="No" column="3" length="1"/>'
    '<field name="Word" column="5" length="5"/></recordset>'
    f'<operation name="Pick" destination="C">{KEY.format("Enter")}</operation>'
    f'<operation name="Back" destination="A" default="true">{KEY.format("PF3")}</operation></entity>',
    '<entity name="C">'
    + SIGN.format("C")
    + '<attribute name="Value" row="2" column="7" length="6" format="0,00"/>'
    '<attribute name="Old" row="3" column="5" access="write" blank="spaces"/>'
    f'<operation name="Save" destination="A">{KEY.format("PF5")}</operation>'
    f'<operation name="Back" destination="A" default="true">{KEY.format("PF3")}</operation></entity>',
    '<entity name="D">'
    + SIGN.format("D")
    + '<attribute name="Value" row="2" column="7" length="6"/>'
    f'<operation name="Back" destination="A" default="true">{KEY.format("PF3")}</operation></entity>',
)
COLUMNS = """<column name="No" type="integer"/><column name="Word"/><column name="Name"/>
  <column name="Value" type="decimal"/><column name="Pin" secret="true"/>"""
KEYS = {
    ("A", "Enter"): "B", ("B", "Enter"): "C", ("A", "PF1"): "C",
    ("B", "PF3"): "A", ("C", "PF3"): "A", ("D", "PF3"): "A", ("C", "PF5"): "A",
}  # fmt: skip
READ = '<at entity="C"><read attribute="Value" column="Value"/></at>'


@pytest.fixture
def call(tiny, script):
    """Calls procedure P, made of these elements, at the scripted host."""

    def make(kind, parameters, path, filters=None, data=None, keys=None, host=None, **more):
        procedure = f'<procedure name="P" type="{kind}">{parameters}{path}</procedure>'
        other = more.pop("other", "")
        model = tiny(*ENTITIES, f'<table name="T">{COLUMNS}{procedure}{other}</table>')
        host = host or script(SCREENS, {**KEYS, **(keys or {})}, "A")
        order = ProcedureCall("T", "P", filters or {}, data or {}, **more)
        make.host, make.model = host, model
        return host.drive(run_procedure(model, host.screen, order, model.resolve()))

    return make


def typed(host):
    return [step for step in host.steps if isinstance(step, Type)]


def pressed(host):
    return [step.key for step in host.steps if isinstance(step, Press)]


FILTERED = '<filter column="Name"/><filter column="No"/><output column="Value"/>'
WRITE = (
    """<path><at entity="A"><write attribute="Name" filter="Name"/>
  <write attribute="Id" filter="No"{}/><perform operation="Show"/></at>"""
    + READ
    + "</path>"
)


def test_filters_are_typed_and_absent_ones_erase_what_is_there(call):
    result = call("SELECT", FILTERED, WRITE.format(""), {"Name": "ada"})
    assert typed(call.host) == [Type("ada", 2, 6, erase=True), Type("", 3, 6, erase=True)]
    assert result.rows == (("1.50",),)
    assert result.path == ("A", "C", "A")


def test_absent_ones_can_be_kept(call):
    call("SELECT", FILTERED, WRITE.format(' absent="keep"'), {"name": "ada"})
    assert typed(call.host) == [Type("ada", 2, 6, erase=True)]


def test_data_that_is_absent_is_kept_and_spaces_erase_where_the_model_says_so(call):
    parameters = '<filter column="Name"/><data column="Word"/>'
    path = """<path><at entity="A"><write attribute="Name" filter="Name"/><perform operation="Show"/></at>
      <at entity="C"><write attribute="Old" data="Word"/><perform operation="Save"/></at></path>"""
    assert call("UPDATE", parameters, path, {"Name": "x"}).affected == 1
    assert typed(call.host) == [Type("x", 2, 6, erase=True)]
    call("UPDATE", parameters, path, {"Name": "x"}, {"Word": ""})
    assert typed(call.host)[1] == Type("    ", 3, 5)


BRANCH = """<path><at entity="A"><perform operation="Show"/></at>
  <branch><at entity="C"><read attribute="Value" column="Value"/></at>
  <at entity="D"><read attribute="Value" column="Word"/></at></branch></path>"""


def test_a_branch_does_what_fits_the_arrival(call):
    outputs = '<output column="Value"/><output column="Word"/>'
    assert call("SELECT", outputs, BRANCH).rows == (("1.50", None),)
    assert call("SELECT", outputs, BRANCH, keys={("A", "PF1"): "D"}).rows == ((None, "ab"),)


def test_a_branch_without_the_arrival_is_told(call):
    path = f'<path><at entity="A"><perform operation="Show"/></at><branch>{READ}</branch></path>'
    with pytest.raises(WrongDestination, match=r"ended at entity D, .* \(C\)"):
        call("SELECT", '<output column="Value"/>', path, keys={("A", "PF1"): "D"})


def test_what_the_host_shows_has_to_fit_the_column(call):
    path = """<path><at entity="A"><perform operation="Show"/></at>
      <branch><at entity="D"><read attribute="Value" column="No"/></at></branch></path>"""
    with pytest.raises(
        BadHostValue, match='shows "ab" for column No, which is not a valid integer'
    ) as caught:
        call("SELECT", '<output column="No"/>', path, keys={("A", "PF1"): "D"})
    assert caught.value.details["entity"] == "D"


def test_filters_are_outputs_too(call):
    result = call("SELECT", FILTERED + '<output column="Name"/>', WRITE.format(""), {"Name": "ada"})
    assert result.rows == (("1.50", "ada"),)


PICK = """<path><at entity="A"><perform operation="Find"/></at><at entity="B">
  <select-record recordset="R"><match field="No" filter="No"/><write field="Mark">S</write></select-record>
  <perform operation="Pick"/></at>{}</path>"""


def test_a_record_is_marked(call):
    result = call(
        "SELECT", '<filter column="No"/><output column="Value"/>', PICK.format(READ), {"No": 2}
    )
    assert result.rows == (("1.50",),)
    assert typed(call.host) == [Type("S", 3, 1, erase=True)]


def test_no_record_is_no_rows_to_a_select_and_an_error_to_all_else(call):
    result = call(
        "SELECT", '<filter column="No"/><output column="Value"/>', PICK.format(READ), {"No": 9}
    )
    assert result.rows == ()
    assert call.host.name == "A"
    with pytest.raises(RecordNotFound, match="Recordset R contains no matching record"):
        call("DELETE", '<filter column="No"/>', PICK.format(""), {"No": 9})


def test_a_result_is_not_lost_when_the_way_back_is(call):
    result = call("SELECT", FILTERED, WRITE.format(""), {"Name": "x"}, keys={("C", "PF3"): "-"})
    assert result.rows == (("1.50",),)


def test_a_procedure_goes_home_first(call, script):
    host = script(SCREENS, KEYS, "B")
    call("SELECT", FILTERED, WRITE.format(""), {"Name": "x"}, host=host)
    assert pressed(host) == ["PF3", "PF1", "PF3"]


def test_secret_values_are_masked_wherever_they_show(call):
    parameters = '<filter column="Pin"/><output column="Value"/>'
    path = f'<path><at entity="A"><write attribute="Name" filter="Pin"/><perform operation="Show"/></at>{READ}</path>'
    with pytest.raises(EntityNotReached) as caught:
        call("SELECT", parameters, path, {"Pin": "4711"}, keys={("A", "PF1"): "-"})
    assert "4711" not in f"{caught.value.details} {call.host.steps}"
    assert "name ****" in caught.value.details["screen"]


def test_unknown_procedures_are_told(call):
    call(
        "SELECT",
        '<output column="Value"/>',
        f'<path><at entity="A"><perform operation="Show"/></at>{READ}</path>',
    )
    with pytest.raises(UnknownProcedure, match="Model Tiny has no procedure Q in table T"):
        next(run_procedure(call.model, call.host.screen, ProcedureCall("T", "Q"), {}))


COMPOUND = """<filter column="Name"/><output column="No"/><output column="Value"/><compound>
  <step procedure="List"/><step procedure="One"><pass filter="No" from-output="No"/></step></compound>"""
OTHER = f"""<procedure name="List" type="SELECT"><output column="No"/><path><at entity="A"><perform operation="Find"/></at>
  <at entity="B"><read-records recordset="R"><field name="No" column="No"/></read-records></at></path></procedure>
  <procedure name="One" type="SELECT"><filter column="No" required="true"/><output column="Value"/>
  <path><at entity="A"><write attribute="Id" filter="No"/><perform operation="Show"/></at>{READ}</path></procedure>"""
JOIN = COMPOUND.replace('<filter column="Name"/>', "")


def test_a_compound_procedure_runs_once_for_each_row(call):
    assert call("SELECT", JOIN, "", other=OTHER).rows == ((1, "1.50"), (2, "1.50"))
    assert call("SELECT", JOIN, "", other=OTHER, max_rows=1).rows == ((1, "1.50"),)
    assert len(typed(call.host)) == 1


def test_compound_runs_are_bounded(call, monkeypatch):
    monkeypatch.setattr(engine, "MAX_RUNS", 2)
    with pytest.raises(TooLarge, match="2 runs of subprocedures"):
        call("SELECT", JOIN, "", other=OTHER)


def test_a_compound_update_counts_what_it_wrote(call):
    parameters = """<data column="Word"/><compound><step procedure="List"/>
      <step procedure="Set"><pass filter="No" from-output="No"/><pass data="Word" from-data="Word"/></step></compound>"""
    other = (
        OTHER
        + """<procedure name="Set" type="UPDATE"><filter column="No"/><data column="Word"/><path>
      <at entity="A"><write attribute="Id" filter="No"/><perform operation="Show"/></at>
      <at entity="C"><write attribute="Old" data="Word"/><perform operation="Save"/></at></path></procedure>"""
    )
    result = call("UPDATE", parameters, "", data={"Word": "new"}, other=other)
    assert (result.affected, result.rows) == (2, ())
    assert [step.text for step in typed(call.host)] == ["1", "new", "2", "new"]


# ---- a host that misbehaves at each step -----------------------------------------------------

FAULTS = {
    "silent": lambda control: control.stall(),
    "unknown screen": lambda control: control.show_unknown_next(),
    "garbled record": lambda control: control.garble_next(),
    "hangs up": lambda control: control.drop_next(),
}
ORDERS = {
    "Transfer": ({"FromAccount": 40000002}, {"ToAccount": 40000004, "Amount": "1"}, 4),
    "TransactionList": ({"AccountNumber": 40000004}, {}, 5),
    "CustomerFromList": ({"LastName": "SMITH", "Number": 100366}, {}, 4),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("procedure", "at"), [(p, n) for p in ORDERS for n in range(1, ORDERS[p][2] + 1)]
)
def test_a_host_that_misbehaves_at_any_step_ends_in_a_clear_error(
    teller, bank, fault, procedure, at
):
    filters, data, steps = ORDERS[procedure]
    desk = teller.desk
    key, count = desk.terminal.key, 0

    def counted(name):
        nonlocal count
        if name != "EraseEOF":
            count += 1
            if count == at:
                FAULTS[fault](desk.site.control)
        key(name)

    perform = desk.perform
    desk.perform = lambda step: (
        (counted(step.key), desk.screen)[1] if isinstance(step, Press) else perform(step)
    )
    error, result = None, None
    try:
        result = teller(procedure, filters, data)
    except HostError as raised:
        error = raised
    if error is None:  # the result was there already, or the damage did not show
        assert result.affected or result.rows
        assert at == steps or fault == "garbled record"
    else:
        assert error.code >= 9301
        assert error.details["path"][0] == "MainMenu"
        assert "BANK001" not in str(error.details)
    assert desk.waited <= 20
    if fault in ("unknown screen", "silent"):
        desk.site.control.resume()
        desk.pump()
    if fault == "silent":
        desk.drive(go_to(bank, desk.screen, "MainMenu", teller.variables))


def test_nothing_is_done_twice_after_a_connection_is_lost(teller):
    teller.desk.site.control.drop_next()
    with pytest.raises(HostConnectionLost):
        teller("Transfer", {"FromAccount": 40000002}, {"ToAccount": 40000004, "Amount": "1"})
    assert teller.desk.site.control.keys == 2  # the sign-on and the first key
