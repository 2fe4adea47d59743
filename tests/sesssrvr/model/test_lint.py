"""What experience says about models, each as one sentence at one place."""

import pytest

from sesssrvr.model import load_model
from verdigris.errors import ConfigurationError


ENTER = '<TransmitTerminalKey key="Enter"/>'
SIGN = '<signature><text row="1" column="1">{} </text></signature>'


def entity(name, inside="", more="", sign=SIGN):
    return f'<entity name="{name}" {more}>{sign.format(name)}{inside}</entity>'


def go(to, name="Go", inside=ENTER, more='default="true"'):
    return f'<operation name="{name}" destination="{to}" {more}>{inside}</operation>'


def found(*entities, tables="", screens=None):
    """Findings of a small model, without those about missing captures."""
    text = f'<model xmlns="urn:verdigris:model:1" name="T" home="A">{"".join(entities)}{tables}</model>'
    files = {"model.xml": text.encode()}
    files |= {f"screens/{name}.txt": shown.encode() for name, shown in (screens or {}).items()}
    try:
        problems = load_model(files).warnings
    except ConfigurationError as error:
        problems = error.problems
    return [str(one) for one in problems if "no captured screen" not in str(one)]


A, B = entity("A", go("B")), entity("B", go("A"))


def test_a_sound_model_has_no_findings():
    assert found(A, B) == []


def test_an_entity_without_a_capture_is_told():
    text = f'<model xmlns="urn:verdigris:model:1" name="T" home="A">{entity("A")}</model>'
    assert [str(one) for one in load_model({"model.xml": text.encode()}).warnings] == [
        "model.xml:1: warning: entity A has no captured screen"
    ]


def test_a_signature_that_is_not_unique_is_an_error():
    twin = entity("C", sign='<signature><text row="1" column="1">A</text></signature>')
    told = found(A, B, twin, screens={"A": "3 10\n|A here|"})
    assert (
        "model.xml:1: error: the signature is not unique: screen screens/A.txt is A and C" in told
    )


def test_a_capture_that_is_not_its_entity_is_an_error():
    said = found(A, B, screens={"A.2": "3 10\n|X here|"})
    assert said == [
        'screens/A.2.txt: error: the captured screen is not recognised as A: row 1 column 1 shows "X ", not "A "'
    ]


def test_a_capture_of_nobody_is_a_warning():
    assert found(A, B, screens={"Z": "3 10\n|A here|"}) == [
        "screens/Z.txt: warning: there is no entity Z"
    ]


def test_entities_nobody_reaches_are_told_but_the_first_screen():
    first = entity("F", go("A"))
    assert found(A, B, first) == []
    assert found(A, B, first, entity("G", go("A"))) == [
        "model.xml:1: warning: no operation leads from A to entity F",
        "model.xml:1: warning: no operation leads from A to entity G",
    ]
    assert found(A, B, entity("E", go("A"), 'error="true"')) == []


def test_operations_without_a_way_back_are_told():
    assert found(A, entity("B")) == [
        "model.xml:1: warning: operation Go leads to B, and no default operations lead from there back to A"
    ]


def test_attributes_that_are_not_on_the_capture_are_errors():
    shown = {"A": "3 20\nfield 1 1 20 protected\nfield 2 6 4\n|A screen|\n|Name|"}
    for attribute, said in (
        (
            'label="Nmae"',
            'Attribute X of entity A is not on the screen: the label "Nmae" is not shown.',
        ),
        ('row="9" column="1"', "row 9 column 1 is outside 3 x 20"),
        (
            'row="1" column="3" access="write"',
            "attribute X is writable, but its field is protected",
        ),
        (
            'row="2" column="6" length="9" access="write"',
            "attribute X has 9 characters, its field 4",
        ),
    ):
        (one,) = found(
            entity("A", f'<attribute name="X" {attribute}/>' + go("B")), B, screens=shown
        )
        assert said in one
    good = '<attribute name="X" label="Name" access="write"/>'
    assert found(entity("A", good + go("B")), B, screens=shown) == []


def test_recordsets_that_do_not_fit_the_screen_are_errors():
    field = '<field name="F" column="8" length="9"/>'
    inside = f'<recordset name="R" first-row="2" last-row="4">{field}</recordset>' + go("B")
    assert found(entity("A", inside), B, screens={"A": "3 10\n|A here|"}) == [
        "model.xml:1: error: field F runs over the edge of the screen",
        "model.xml:1: error: row 4 is below the screen",
    ]


def test_cached_writes_without_update_are_told():
    (one,) = found(entity("A", go("B"), 'cache-writes="true"'), B)
    assert "what was written does not reach the screen" in one


def test_secrets_in_the_model_are_told():
    typed = "<TransmitANSIEncrypted>SESAME</TransmitANSIEncrypted>"
    (one,) = found(entity("A", go("B", inside=typed + ENTER)), B)
    assert "use a secret variable" in one
    assert "SESAME" not in one


PROCEDURE = '<table name="T"><column name="C"/><procedure name="P" type="SELECT" {}><output column="C"/><path>{}</path></procedure></table>'
READ = '<read attribute="X" column="C"/>'
X = '<attribute name="X" row="1" column="1" length="4"/>'


@pytest.mark.parametrize(
    ("more", "path", "said"),
    [
        ("", f'<at entity="D">{READ}</at>', "no route leads from A to D"),
        ('home="D"', f'<at entity="D">{READ}</at>', None),
        ('home="D"', f'<at entity="B"/><at entity="D">{READ}</at>', "no route leads from D to B"),
        ("", f'<at entity="A"><perform operation="To"/></at><at entity="D">{READ}</at>', "no route leads back from D to A"),
        ('back="false"', f'<at entity="A"><perform operation="To"/></at><at entity="D">{READ}</at>', None),
        ("", f'<at entity="A"><perform operation="Go"/></at><branch><at entity="A"/><at entity="B">{READ}</at></branch>', "A is not an arrival of the operation before it (B)"),
    ],
)  # fmt: skip
def test_procedures_without_a_route_are_told(more, path, said):
    entities = (
        entity("A", X + go("B") + go("D", "To", more="")),
        entity("B", X + go("A")),
        entity("D", X),
    )
    told = found(*entities, tables=PROCEDURE.format(more, path))
    told = [one for one in told if "operation To leads" not in one]
    assert (told == []) if said is None else any(said in one for one in told), told


# ---- what is read from captured screens --------------------------------------------------------

USERS = '<attribute name="Users" row="2" column="{}" length="{}"/>'
READS = """<table name="T"><column name="Users" type="integer"/>
  <procedure name="P" type="SELECT"><output column="Users"/>
  <path><at entity="A"><read attribute="Users" column="Users"/></at></path></procedure></table>"""
SHOWN = {"A": "3 20\n|A|\n|Users: 125 at 9:00|"}


def test_an_area_that_cuts_a_word_is_told_with_what_it_reads():
    cut = entity("A", USERS.format(9, 2) + go("B"))
    assert found(cut, B, screens=SHOWN) == [
        'model.xml:1: warning: Users begins inside "125" on screens/A.txt: it reads "25"'
    ]
    cut = entity("A", USERS.format(8, 2) + go("B"))
    assert found(cut, B, screens=SHOWN) == [
        'model.xml:1: warning: Users ends inside "125" on screens/A.txt: it reads "12"'
    ]
    assert found(entity("A", USERS.format(8, 3) + go("B")), B, screens=SHOWN) == []


def test_areas_that_touch_cut_nothing():
    both = USERS.format(8, 1) + '<attribute name="Rest" row="2" column="9" length="2"/>'
    assert found(entity("A", both + go("B")), B, screens=SHOWN) == []


def test_a_record_field_that_cuts_a_word_is_told():
    rows = """<recordset name="R" first-row="2" last-row="3"><field name="N" column="1" length="3"/></recordset>"""
    told = found(entity("A", rows + go("B")), B, screens=SHOWN)
    assert told == [
        'model.xml:1: warning: R.N ends inside "Users" on screens/A.txt: it reads "Use"'
    ]


def test_a_number_column_over_text_is_told():
    wrong = entity("A", USERS.format(1, 5) + go("B"))
    told = found(wrong, B, tables=READS, screens=SHOWN)
    assert [one.partition("warning: ")[2] for one in told] == [
        'integer column Users reads "Users" from Users on screens/A.txt'
    ]


def test_a_column_longer_than_the_place_it_is_typed_into_is_told():
    place = '<attribute name="Name" row="2" column="1" length="5" access="write"/>'
    table = """<table name="T"><column name="Name" max-length="20"/>
      <procedure name="P" type="UPDATE" sql="false"><data column="Name"/>
      <path><at entity="A"><write attribute="Name" data="Name"/></at></path></procedure></table>"""
    told = found(entity("A", place + go("B")), B, tables=table, screens=SHOWN)
    assert [one.partition("warning: ")[2] for one in told] == [
        "column Name takes 20 characters, Name on entity A holds 5"
    ]
    short = table.replace("20", "5")
    assert found(entity("A", place + go("B")), B, tables=short, screens=SHOWN) == []


def test_an_attribute_over_the_end_of_the_screen_is_an_error():
    over = '<attribute name="Line" row="3" column="1" length="21"/>'
    assert found(entity("A", over + go("B")), B, screens=SHOWN) == [
        "model.xml:1: error: attribute Line has 21 characters, the screen ends after 20"
    ]
