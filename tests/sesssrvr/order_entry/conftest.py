"""The session server in memory with the OrderEntry model and the order host."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from hostemul.order_entry.testing import make_orders
from sesssrvr.model import build_package, read_folder
from verdigris.wire import Deploy, Deployed, Login, Open, Perform, Run


EXAMPLE = Path(__file__).parents[3] / "examples" / "OrderEntry"


@pytest.fixture(scope="session")
def order_package():
    return build_package(read_folder(EXAMPLE))


@pytest.fixture
def served(bank_front, order_package):
    """A server whose sessions reach an order host; its pool is filled."""

    def make(options=None, model=None, **limits):
        it = bank_front(**limits)
        it.bank.site = make_orders(it.clock, **(options or {}))
        client = it.client()
        assert isinstance(client.ask(Deploy(model or order_package)), Deployed)
        it.go(2)
        return SimpleNamespace(front=it, client=client, book=it.bank.site.book, control=it.control)

    return make


@pytest.fixture
def perform(served):
    """Call a procedure through the pool; the rows as dictionaries, or the error."""
    at = served()

    def call(procedure, filters=None, data=None, kind="pool", variables=None, **more):
        name = "OrderPool" if kind == "pool" else "OrderEntry"
        order = Perform("", "", procedure, filters or {}, data or {}, **more)
        answer = at.client.ask(Run(Open(kind, name, Login(), variables or {}), order))
        if isinstance(answer, Exception):
            raise answer
        names = [name for name, _ in answer.answer.columns]
        return SimpleNamespace(
            rows=[dict(zip(names, row, strict=True)) for row in answer.answer.rows], ran=answer
        )

    call.at = at
    return call
