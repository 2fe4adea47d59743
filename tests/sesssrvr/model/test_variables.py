"""The client's value beats the pool's, and that beats the model's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesssrvr.model.variables import PREDEFINED, Variable, Variables, readable, resolve_variables
from verdigris.errors import UnknownVariable


MODEL = (
    *PREDEFINED,
    Variable("branch", "north"),
    Variable("fixed", "f", write=False),
    Variable("inner", "i", hidden=True),
)
VALUES = st.none() | st.text(max_size=4)


@given(st.text(max_size=4), VALUES, VALUES)
def test_precedence(model, pool, client):
    values = resolve_variables(
        (Variable("v", model),),
        client={} if client is None else {"V": client},
        pool={} if pool is None else {"v": pool},
    )
    assert values["v"] == next(one for one in (client, pool, model) if one is not None)


def test_the_predefined_ones_are_always_there():
    assert set(resolve_variables(MODEL)) >= {"cursorPosition", "userID", "password"}


@pytest.mark.parametrize("name", ["fixed", "inner", "cursorPosition", "nobody"])
def test_clients_set_only_what_they_may(name):
    with pytest.raises(
        UnknownVariable, match=f"Model M has no variable {name} that a client may set"
    ):
        resolve_variables(MODEL, client={name: "x"}, model="M")


def test_pools_set_whatever_the_model_has():
    assert resolve_variables(MODEL, pool={"FIXED": "x", "inner": "y"})["fixed"] == "x"
    with pytest.raises(UnknownVariable):
        resolve_variables(MODEL, pool={"nobody": "x"})


def test_clients_read_only_what_they_may():
    values = resolve_variables(MODEL, pool={"password": "SESAME"})
    assert readable(MODEL, values) == {
        "cursorPosition": "",
        "userID": "",
        "branch": "north",
        "fixed": "f",
    }


def test_no_repr_tells_a_value():
    values = Variables({"password": "SESAME"})
    assert repr(values) == "<Variables password>"
    assert repr(Variable("pin", "SESAME", secret=True)) == "<Variable pin secret>"


def test_names_are_compared_in_any_case():
    values = Variables({"userID": "a"})
    values["USERID"] = "b"
    assert dict(values) == {"userID": "b"}
    del values["userid"]
    assert len(values) == 0


def test_a_variable_can_be_the_device_name(tiny):
    model = tiny("A", variables='<variable name="lu" value="LU1" setting="device-name"/>')
    host = model.host_for(model.resolve({"lu": "LU7"}), host="h", port=99)
    assert (host.lu, host.host, host.port) == ("LU7", "h", 99)


def test_metadata_hides_what_is_hidden(bank, tiny):
    shown = bank.metadata("2026-03-02 10:00")
    names = {variable.name: variable for variable in shown.variables}
    assert names["password"].secret
    assert names["password"].default == ""
    assert shown.version == "2026-03-02 10:00"
    assert shown.digest == bank.metadata("later").digest
    assert shown.digest != bank.metadata("later", "urn:other").digest
    assert shown.find("calccostloan")[1].filters[2].column == "AmtToBorrow"
    other = tiny("A", variables='<variable name="v" hidden="true"/>')
    assert "v" not in {variable.name for variable in other.metadata().variables}
