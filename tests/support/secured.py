"""A session server and a management server's users, in memory, with session server security on."""

from types import SimpleNamespace

from twisted.internet.task import Clock

from mgmtsrvr.access.session_access import SessionUser, target_of
from sesssrvr.admission.admission import Admission
from sesssrvr.admission.security_in_force import SecurityInForce
from sesssrvr.admission.user_checks import UserChecks
from sesssrvr.pool import PoolKey, PoolSettings
from tests.support.access import Access, users_xml
from tests.support.session_server import Front
from verdigris.config.installation import Installation, InstallationSecurity, LoadDomain
from verdigris.errors import ConnectionLost
from verdigris.identity import Part, Role
from verdigris.rights import Permission, Principal, Subject
from verdigris.wire import Hello, Reserve, UserIs


GRANTS = """
<profile name="User"><user name="alice"/></profile>
<grant permission="use metadata" pool="P"><user name="bob"/></grant>
<grant permission="use" model="M" domain="retail"><user name="carol"/></grant>
<grant permission="use metadata" model="Other"><user name="dave"/></grant>"""
"""alice may use everything, bob the pool P, carol the model M by the domain retail, dave another model."""

EVERYBODY = ("alice", "bob", "carol", "dave")


class Management:
    """What a session server asks, answered by the users of `access`."""

    def __init__(self, access):
        self.access = access
        self.asked = []
        self.away = False

    async def ask(self, body, request_id, seconds):
        self.asked.append(body)
        if self.away:
            raise ConnectionLost(peer="m1", reason="killed")
        sessions = self.access.sessions
        user = await sessions.identify(body.login, body.location)
        target = target_of(body.kind, body.name, body.model, body.domain)
        permission = Permission(body.permission)
        sessions.require(user, permission, target, name=body.name, location=body.location)
        return UserIs(*user.subject.user)


class Secured:
    """The session server vs1 with the model M and the pool P, and the management server m1.

    Args:
        folder: of the test.
        more: further pools.
    """

    def __init__(self, folder, *more):
        self.clock = Clock()
        (folder / "m1").mkdir()
        self.access = Access(self.clock, folder / "m1", users_xml(*EVERYBODY, inside=GRANTS))
        self.access.installation = Installation(
            "inst", domains=(LoadDomain("retail"),), security=InstallationSecurity(session_servers=True)
        )  # fmt: skip
        self.access.logins._installation = "inst"
        self.in_force = SecurityInForce(folder)
        self.tell()
        self.management = [Management(self.access)]
        me = Hello("session server", "vs1", "inst", "boot1")
        self.checks = UserChecks(
            me, self.in_force, lambda: self.management, self.clock, lambda: self.time, b"k" * 16
        )
        pool = PoolSettings(PoolKey("pool", "P"), "M", 3, maximum_idle=3)
        self.front = Front(
            pool, *more, users=Admission(self.in_force, self.checks), clock=self.clock
        )

    @property
    def time(self):
        """Seconds since 1970, of all servers."""
        return self.access.time

    def tell(self, name="m1"):
        """The management server says what session server security is to be."""
        self.in_force.take(name, self.access.sessions.of_server("vs1"))

    def client(self, *, secured=True, role=None):
        """A client with a link of its own; with a role, a part that has proved it."""
        made = self.front.client()
        made.there.address = "192.0.2.7:5000"
        made.there._trust.secured = secured
        if role:
            made.there._trust.part = Part("inst", Role(role), "gw1")
        return made

    def reserve(self, user="alice", name="P", domain="retail", on_behalf_of=""):
        """What a management server gives a client: session, claim, token."""
        kind = "model" if name == "M" else "pool"
        management = self.front.client()
        granted = management.ask(Reserve(kind, name, user, "pc7", domain), request=f"q{self.front.count}")  # fmt: skip
        return SimpleNamespace(
            session=granted.session,
            claim=granted.claim,
            token=self.sign(granted.session, user, name, domain, on_behalf_of=on_behalf_of),
        )

    def sign(self, session, user="alice", name="P", domain="retail", *, on_behalf_of="", server="vs1", model="M", access=None):  # fmt: skip
        """A right to a session, as the management server signs it."""
        kind = "model" if name == "M" else "pool"
        who = SessionUser(Subject(Principal(user)), on_behalf_of)
        target = target_of(kind, name, model, domain)
        return (access or self.access).sessions.sign(who, server, session, "q", target)
