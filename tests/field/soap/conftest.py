"""A gateway in memory for what people met in the field, on both request paths."""

import json

import pytest

from tests.support.gateway import in_memory, soap_message, takes
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.metadata import Column, Model, Procedure, Table, Variable
from verdigris.wire import Rows


NS = "urn:xmlns:attachmate:vhi-ws:Field"
COLUMNS = (
    Column(name="Name", max_length=20),
    Column(name="Number", type="integer", minimum="1", maximum="99999999"),
    Column(name="Whole", type="integer"),
    Column(name="Amount", type="decimal"),
    Column(name="Day", type="date", minimum="2020-01-01", maximum="2030-12-31"),
    Column(name="AnyDay", type="date"),
)
NAMES = tuple(column.name for column in COLUMNS)
FIELD = Model(
    name="Field",
    digest="1",
    tables=(
        Table(
            name="Things",
            columns=COLUMNS,
            procedures=(
                Procedure(name="Show", kind="select", filters=takes(*NAMES), outputs=NAMES),
                Procedure(name="Change", kind="update", filters=takes("Number!"), data=takes("Name", "Day")),
            ),
        ),
    ),
    variables=(Variable(name="userID"),),
)  # fmt: skip


class Desk:
    """A client of the gateway: what it sends by SOAP and REST, and what the gateway called then."""

    def __init__(self, running):
        self.running = running

    @property
    def filters(self):
        return self.running.caller.last.filters

    @property
    def calls(self):
        return self.running.caller.calls

    def soap(self, filters, *, version="1.1", operation="show", **headers):
        body = f'<{operation} xmlns="{NS}"><{operation}Filters>{filters}</{operation}Filters></{operation}>'
        headers.setdefault("Content_Type", "text/xml; charset=utf-8")
        return self.post(soap_message(body, version=version), **headers)

    def post(self, message, **headers):
        return self.running.post(message, "/vhi-ws/model/Field", **headers)

    def rest(self, body, operation="show", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers.setdefault("Content_Type", "application/json")
        return self.running.post(data, f"/vhi-rs/model/Field/{operation}", **headers)


@pytest.fixture
def start():
    """Start a gateway that serves a model: `start(model, setting=...)`."""
    started = []

    def make(model=FIELD, **settings):
        running = in_memory(PluginConfig(**settings))
        running.deploy(model)
        running.caller.reply = Rows(tuple((c.name, c.type) for c in COLUMNS), [])
        started.append(running)
        return Desk(running)

    yield make
    for running in started:
        running.services.stop()


@pytest.fixture(params=["compiled", "spyne"])
def desk(request, start):
    return start(request_path=request.param)
