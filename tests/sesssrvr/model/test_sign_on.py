"""A refused sign-on is known as one, and says whose it was."""

import pytest

from sesssrvr.model import Variable
from sesssrvr.model import operation_commands as c
from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.model.interpreter.sign_on import is_sign_on, refused, user_of
from sesssrvr.model.operation import Operation
from verdigris.errors import HostReportedError


VARIABLES = (
    Variable("userID"),
    Variable("password", secret=True),
    Variable("clerk", setting="host-user"),
    Variable("amount"),
)
FROM_PASSWORD = c.InputText(variable="Password")


@pytest.mark.parametrize(
    ("needs", "commands", "wanted"),
    [
        (("userID", "password"), (), True),
        (("PASSWORD",), (), True),
        ((), (c.TransmitToAttr("Password", FROM_PASSWORD),), True),
        ((), (c.WriteVarToAttr("password", "Password"),), True),
        ((), (c.UpdateAttribute("Password"),), True),
        ((), (c.DefaultValue("Password", c.InputText()),), True),
        (("userID", "amount"), (), False),
        ((), (c.ReadVarFromAttr("Hint", "password"),), False),
        ((), (c.TransmitToAttr("Amount", c.InputText(text="password")),), False),
        ((), (), False),
    ],
)
def test_an_operation_that_needs_or_types_a_password_is_a_sign_on(needs, commands, wanted):
    operation = Operation("Go", "B", commands=commands, needs=needs)
    entity = Entity("A", attributes=(Attribute("Password", write_variable="password"),))
    assert is_sign_on(entity, operation, VARIABLES) is wanted


@pytest.mark.parametrize(
    ("values", "needs", "wanted"),
    [
        ({"userID": "BOB", "password": "x"}, ("userID", "password"), "BOB"),
        ({"clerk": "ANN", "userID": "BOB"}, ("password",), "ANN"),
        ({"userID": "BOB"}, (), "BOB"),
        ({"password": "x"}, ("password",), ""),
    ],
)
def test_the_user_is_the_one_the_sign_on_needs_or_the_hosts_or_the_predefined(
    values, needs, wanted
):
    assert user_of(VARIABLES, lambda name: values.get(name, ""), needs) == wanted


def test_the_error_keeps_its_number_and_names_the_user():
    error = refused(HostReportedError({"name": "Bad"}, message="E101 not valid"), "BOB")
    assert (error.code, str(error)) == (9404, "The host reported: E101 not valid (user BOB)")
    assert error.details == {"name": "Bad", "user": "BOB"}
