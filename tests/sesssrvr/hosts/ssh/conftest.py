"""Fixtures of an SSH host in memory."""

import pytest
from twisted.conch.interfaces import ISession
from twisted.logger import globalLogPublisher
from twisted.python.components import registerAdapter

from tests.support.ssh_host import (
    KEYS,
    PASSWORD,
    Host,
    Says,
    Shell,
    User,
    Visit,
    text_of,
)


@pytest.fixture
def host():
    """An SSH server with two host keys and one user, clerk."""
    made = Host()
    made.startFactory()
    yield made
    made.stopFactory()


@pytest.fixture(scope="session", autouse=True)
def _adapters():
    registerAdapter(lambda user: Shell(user.host), User, ISession)


@pytest.fixture
def visit(host):
    """Makes a visit at the host; options are those of the model."""

    def make(at=None, tampered=None, **options):
        where = (lambda: host.buildProtocol(None)) if at is None else at
        options = {"ssh_host_key": host.pin, "password": PASSWORD, **options}
        it = Visit(where, tampered, **options)
        host.clock = it.clock
        return it

    return make


@pytest.fixture
def says():
    """Makes a host that says one thing."""
    return Says


@pytest.fixture
def keys():
    """Private keys of the user, as text."""
    return {name: text_of(key) for name, key in KEYS.items()}


@pytest.fixture
def password():
    """The user's password."""
    return PASSWORD


@pytest.fixture
def logged():
    """Everything that is logged during a test, as text."""
    found = []

    def observe(event):
        found.append(repr(event) + str(event.get("log_format")))

    globalLogPublisher.addObserver(observe)
    yield found
    globalLogPublisher.removeObserver(observe)
