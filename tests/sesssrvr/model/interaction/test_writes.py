"""Writes that wait: for their entity to be reached, and for an operation to update them."""

import pytest

from tests.support.client_calls import Calls
from verdigris.wire import session_calls as calls


SCREENS = {"A": "A first\nname ____", "B": "B second\nname ____\nmore ____", "C": "C third"}
SIGN = '<signature><text row="1" column="1">{} </text></signature>'
KEY = '<TransmitTerminalKey key="{}"/>'
NAME = '<attribute name="Name" row="2" column="6" access="write"/>'
ENTITIES = (
    '<entity name="A">' + SIGN.format("A") + NAME
    + f'<operation name="On" destination="B" default="true">{KEY.format("Enter")}</operation></entity>',
    '<entity name="B" cache-writes="true">' + SIGN.format("B") + NAME
    + '<attribute name="More" row="3" column="6" access="write"/>'
    '<operation name="On" destination="C" default="true"><UpdateAttribute attribute="More"/>'
    f'<UpdateAttribute attribute="Name"/>{KEY.format("Enter")}</operation></entity>',
    '<entity name="C">' + SIGN.format("C") + "</entity>",
)  # fmt: skip


@pytest.fixture
def client(tiny, script):
    model = tiny(*ENTITIES)
    host = script(SCREENS, {("A", "Enter"): "B", ("B", "Enter"): "C"}, "A")
    return Calls(model, host, model.resolve())


@pytest.mark.session_call("SetAttributesDelayed", "SetCurrentEntity")
def test_a_delayed_attribute_is_written_at_an_entity_that_is_only_passed(client):
    client(calls.SetAttributesDelayed({"Name": "x"}, "B"), calls.SetCurrentEntity("C"))
    assert client.host.typed == {"2,6": "x"}
    assert client(calls.GetCurrentEntity()) == "C"


@pytest.mark.session_call("SetAttributes", "PerformEntityOperation")
def test_cached_writes_stay_until_an_operation_updates_them_in_its_order(client):
    client(calls.SetCurrentEntity("B"), calls.SetAttributes({"Name": "n"}))
    assert client.host.typed == {}
    client(calls.GetScreen(), calls.GetAttributes(), calls.SetAttributes({"More": "m"}, "b"))
    assert client.host.typed == {}
    assert client(calls.PerformEntityOperation("On")) == "C"
    assert list(client.host.typed.items()) == [("3,6", "m"), ("2,6", "n")]
