"""A toy host with a terminal and a program for it: three screens, a script of answers."""

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.model import HostSettings, ProcedureResult
from sesssrvr.model.steps import Press, TimedOut, Type, Wait
from sesssrvr.terminal.contract import Terminal
from sesssrvr.terminal.screen import Screen
from verdigris import metadata
from verdigris.errors import (
    EntityNotReached,
    HostDataError,
    OperatorError,
    UnknownProcedure,
    UnknownVariable,
)


# ---- a host in memory, a terminal and a model for it -----------------------------------------


class ToyTerminal(Terminal):
    """Shows what the host sent last; keys send `KEY:typed`. A host line `READY` is negotiation."""

    ready = False
    faults = ()

    def __init__(self, write):
        self.write = write
        self.text = ""
        self.typed = ""
        self.refuse = ""
        self.faults = []

    @property
    def fault_count(self):
        return len(self.faults)

    def feed(self, data):
        if data == b"READY":
            self.ready = True
            return False
        if data == b"\xff":
            self.faults.append(HostDataError(stream="toy", problem="rubbish", offset=0))
            return False
        if data == b"\xfe":
            raise ZeroDivisionError
        self.text = data.decode()
        return True

    def screen(self):
        return Screen(24, 80, self.text.ljust(24 * 80)[: 24 * 80], connected=self.ready)

    def type(self, text):
        if self.refuse:
            raise OperatorError(problem=self.refuse)
        self.typed += text

    def move_cursor(self, row, column):
        pass

    def key(self, name):
        if name != "EraseEOF":
            typed, self.typed = self.typed, ""
            self.write(f"{name}:{typed}".encode())


class ToyHost:
    """A business on toy screens: LOGON, HOME, ROWS. `script` maps a sent line to what happens."""

    def __init__(self, reactor):
        self.reactor = reactor
        self.calls = []  # every connection, dead ones too
        self.sent = []
        self.script = {}
        self.first = b"LOGON"
        self.refuse = None
        self.auto = True

    def open_now(self):
        return [call for call in self.calls if call.alive]

    def connect(self, factory):
        if self.refuse is not None:
            return fail(self.refuse)
        call = ToyCall(self, factory)
        self.calls.append(call)
        done = Deferred()
        self.reactor.callLater(0, lambda: done.called or done.callback(call.begin()))
        return done


class ToyCall(StringTransport):
    """One connection to the toy host."""

    def __init__(self, host, factory):
        super().__init__()
        self.host = host
        self.factory = factory
        self.alive = True

    def begin(self):
        self.protocol = self.factory.buildProtocol(None)
        self.protocol.makeConnection(self)
        if self.host.auto:
            self.host.reactor.callLater(0, self.say, b"READY")
            self.host.reactor.callLater(0, self.say, self.host.first)
        return self.protocol

    def say(self, data):
        if self.alive:
            self.protocol.dataReceived(data)

    def write(self, data):
        line = data.decode()
        self.host.sent.append(line)
        answer = self.host.script.get(line) or self.host.script.get(line.split(":")[0])
        if answer is None:
            home = line in ("Enter:ops", "Enter:jane") or line.startswith("PF3")
            answer = b"HOME" if home else b"ROWS 1 2 3"
        if callable(answer):
            answer(self)
        else:
            self.host.reactor.callLater(0.01, self.say, answer)

    def drop(self, reason="the host hung up"):
        if self.alive:
            self.alive = False
            self.protocol.connectionLost(Failure(ConnectionLost(reason)))

    def loseConnection(self):  # noqa: N802 - Twisted's name
        if self.alive:
            self.alive = False
            self.host.reactor.callLater(0, self.protocol.connectionLost, Failure(ConnectionDone()))

    abortConnection = loseConnection  # noqa: N815 - Twisted's name


class ToyHosts:
    """Reaches the toy host."""

    def __init__(self, host):
        self.host = host

    def endpoint(self, settings, seconds, *, tls):
        return self.host

    def terminal(self, settings):
        return TerminalFactory(ToyTerminal)


class ToyProgram:
    """A model of the toy host: signs on as variable `user`, home HOME, one procedure Search."""

    name = "M"
    home = "HOME"

    def host(self, values):
        return HostSettings(host="toy", port=23, connect_timeout=20.0)

    def account(self, values):
        return None

    def metadata(self, version, namespace):
        return metadata.Model(name="M", version=version, namespace=namespace, digest="d1")

    def resolve(self, client, pool):
        for name in {**client, **pool}:
            if name not in ("user", "color"):
                raise UnknownVariable(model="M", variable=name, action="set")
        return {"user": "ops", "color": "red", **pool, **client}

    def change(self, values, client):
        self.resolve(client, {})
        values.update(client)

    def readable(self, values):
        return dict(values)

    def rests(self, screen, entity):
        return self.entity(screen) == "HOME"

    def arrived(self, screen, values):
        pass

    def entity(self, screen):
        return screen.characters.split()[0] if screen.characters.strip() else ""

    def picture(self, screen, values, secrets):
        return str(screen)

    def secret_texts(self, screen):
        return ()

    def _wait(self, entity, seconds=5.0):
        def holds(screen):
            return self.entity(screen) == entity

        answer = yield Wait(holds, seconds, f"entity {entity}")
        if isinstance(answer, TimedOut):
            actual = self.entity(answer.screen) or "nothing"
            raise EntityNotReached(
                {"screen": str(answer.screen)},
                entity=entity,
                seconds=answer.seconds,
                operation="walk",
                nearest=actual,
                difference="the first word",
            )
        return answer

    def start(self, screen, values, entity):
        yield from self._wait("LOGON", 10.0)
        yield Type(values["user"], 1, 1, erase=True)
        yield Press("Enter")
        return (yield from self._wait("HOME", 10.0))

    def go_to(self, screen, values, entity):
        if self.entity(screen) != "HOME":
            yield Press("PF3")
            screen = yield from self._wait("HOME")
        return screen

    def writes(self, call):
        return True

    def perform(self, screen, call, values):
        if call.procedure != "Search":
            raise UnknownProcedure(model="M", procedure=call.procedure, table=call.table)
        yield Type(str(call.filters.get("name", "x")), 2, 2)
        yield Press("Enter")
        screen = yield from self._wait("ROWS", 50.0)
        rows = tuple((int(word),) for word in screen.characters.split()[1:])
        return ProcedureResult((("Id", "integer"),), rows, path=("HOME", "ROWS"))
