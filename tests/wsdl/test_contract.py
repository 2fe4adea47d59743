"""What is published, under which names, and what is refused for which reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from verdigris.metadata import Column, Model, Parameter, Procedure, Table, Variable
from wsdl import SOAP11, contract_of, default_namespace, document, envelope_schema


def model(*procedures, columns=("A", "B"), variables=()):
    made = tuple(c if isinstance(c, Column) else Column(name=c) for c in columns)
    return Model(
        name="M",
        tables=(Table(name="T", columns=made, procedures=procedures),),
        variables=tuple(Variable(name=v) for v in variables),
    )


def select(name, *, filters=(), outputs=("A",)):
    return Procedure(
        name=name,
        kind="select",
        outputs=outputs,
        filters=tuple(Parameter(column=f) for f in filters),
    )


def contract(made):
    return contract_of(made, namespace="urn:t")


def published(*procedures, **more):
    return [operation.name for operation in contract(model(*procedures, **more)).operations]


def refused(*procedures, **more):
    return [(r.name, r.reason) for r in contract(model(*procedures, **more)).refused]


def test_an_operation_is_the_procedure_with_its_first_letter_lowered(everything):
    made = contract(everything)

    assert [o.name for o in made.operations] == ["search", "all", "open", "change", "close"]
    assert repr(made) == "<Contract 'Every-Thing' urn:t [5 operations, 0 refused]>"


def test_blocks_follow_the_kind_of_the_procedure(everything):
    made = {o.name: o for o in contract(everything).operations}

    blocks = {name: (bool(o.filters), bool(o.data), bool(o.outputs)) for name, o in made.items()}
    assert blocks == {
        "search": (True, False, True),
        "all": (False, False, True),
        "open": (False, True, False),
        "change": (True, True, False),
        "close": (True, False, False),
    }


def test_both_first_letters_lead_to_an_operation(everything):
    called = contract(everything).called()

    assert called["Search"] is called["search"]
    assert "SEARCH" not in called


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("9lead", "'9lead' is not an XML name"),
        ("a b", "'a b' is not an XML name"),
        ("x$", "'x$' is not an XML name"),
        ("", "'' is not an XML name"),
        ("a:b", "'a:b' is not an XML name"),
        ("Environment", "its name environment collides with environment of every service"),
        (
            "GetModelVariables",
            "its name getModelVariables collides with getModelVariables of every service",
        ),
        (
            "WsResourceCreateResponse",
            "its name wsResourceCreateResponse collides with wsResourceCreateResponse of every service",
        ),
        ("ProcessString", "its name processString collides with processString of every service"),
        ("Good", "its name good collides with good of procedure T.Good"),
        ("gOOD", "its name gOOD collides with good of procedure T.Good"),
        ("GoodResponse", "its name goodResponse collides with goodResponse of procedure T.Good"),
        ("GoodRow", "its name goodRow collides with goodRow of procedure T.Good"),
    ],
)
def test_a_name_that_cannot_be_published_refuses_one_operation(name, reason):
    assert refused(select("Good"), select(name), select("Other")) == [(f"T.{name}", reason)]
    assert published(select("Good"), select(name), select("Other")) == ["good", "other"]


@pytest.mark.parametrize(
    "name", ["self", "Class", "Attributes", "Customize", "__init__", "with-dash", "Größe"]
)
def test_names_that_only_look_dangerous_are_published(name):
    assert len(published(select(name))) == 1


def test_a_column_that_cannot_be_an_element_refuses_its_operations_only():
    assert refused(select("Good"), select("Bad", filters=("No $",)), columns=("A", "No $")) == [
        ("T.Bad", "its column 'No $' is not an XML name")
    ]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (Column(name="A", type="integer", minimum="x"), "'x' is not a valid integer"),
        (Column(name="A", type="integer", minimum="5", maximum="4"), "5 is more than 4"),
        (Column(name="A", type="decimal", minimum="1.5", maximum="1.25"), "1.5 is more than 1.25"),
        (Column(name="A", type="date", maximum="2026-02-30"), "'2026-02-30' is not a valid date"),
        (Column(name="A", min_length=3, max_length=2), "at least 3 and at most 2 characters"),
    ],
)
def test_bounds_that_contradict_themselves_refuse_the_operation(column, reason):
    assert refused(select("Good", filters=("A",)), columns=(column,)) == [
        ("T.Good", f"the bounds of its column A are wrong: {reason}")
    ]


def test_a_column_that_is_not_there_refuses_the_operation():
    assert refused(select("Good", outputs=("Z",))) == [("T.Good", "table T has no column Z")]


def test_a_variable_that_cannot_be_an_element_is_left_out():
    made = contract(model(select("Good"), variables=("ok", "not ok")))

    assert [v.name for v in made.variables] == ["ok"]
    assert [r.name for r in made.refused] == ["variable not ok"]


def test_default_namespaces_of_every_release():
    assert default_namespace("model", "M", "M") == "urn:xmlns:attachmate:vhi-ws:M"
    assert default_namespace("pool", "P", "M") == "urn:xmlns:attachmate:vhi-ws:M"
    assert default_namespace("model", "M", "M", form="7.0") == "urn:xmlns:attachmate:vhi-ws:model:M"
    assert (
        default_namespace("pool", "P", "M", form="7.0") == "urn:xmlns:attachmate:vhi-ws:session:P"
    )
    assert default_namespace("pool", "P", "M", prefix="urn:x:") == "urn:x:M"


NAMES = st.text(st.sampled_from("aAbB9-. $é:"), max_size=4)


@given(st.lists(NAMES, max_size=8), st.lists(NAMES, min_size=1, max_size=4))
def test_whatever_the_names_the_rest_can_be_published(procedures, columns):
    made = contract(
        model(
            *(select(p, filters=(columns[0],), outputs=tuple(columns)) for p in procedures),
            columns=columns,
        )
    )

    assert len(made.operations) + len(made.refused) == len(procedures)
    envelope_schema(made, SOAP11)
    etree.fromstring(document(made, "http://h"))
