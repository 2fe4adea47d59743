"""Permits for sessions: what is asked of a user before and after a session is allocated, and what is listed.

Law (tests/mgmtsrvr/test_session_permits.py): where the domain's session servers check users, nobody
gets a session without credentials and the permission `use` for what the session runs; a refusal is
never a 2643. A pool may run different models on different servers: what counts is the one of the
server that granted.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from mgmtsrvr.access import SessionAccess, SessionUser
from mgmtsrvr.access.session_access import refusal, target_of
from mgmtsrvr.registry import Registry
from verdigris.errors import CredentialsRequired
from verdigris.identity import Role
from verdigris.link import Incoming, Link
from verdigris.rights import ActTarget, Permission
from verdigris.wire import Allocate, Login, Offer, Offers, WatchOffers


NO_LOGIN: Final = Login()


class SessionPermits:
    """The permits of one management server.

    Args:
        registry: the session servers and what they have.
        sessions: gives session server security; None where the installation has security off.
    """

    def __init__(self, registry: Registry, sessions: Callable[[], SessionAccess | None]) -> None:
        self._registry = registry
        self._sessions = sessions

    def __repr__(self) -> str:
        return f"<SessionPermits {self._sessions()!r}>"

    @property
    def _in_force(self) -> SessionAccess:
        found = self._sessions()
        assert found is not None  # noqa: S101 - somebody has been identified by it
        return found

    # ---- sessions ------------------------------------------------------------------------------

    async def identify(self, call: Incoming, wanted: Allocate) -> SessionUser | None:
        """Who wants a session; None where users are not checked.

        Raises:
            CredentialsRequired: a user has to be named.
            VerdigrisError: see `SessionAccess.identify`.
        """
        sessions = self._sessions()
        if sessions is None or not self._registry.installation.checks_users_of(wanted.domain):
            return None
        return await sessions.identify(wanted.login, location_of(call.link, wanted.location))

    def require_some(self, user: SessionUser, wanted: Allocate) -> None:
        """Refuse somebody who may not use what is wanted on any server.

        Raises:
            ConnectRefused: the user may not.
        """
        sessions = self._in_force
        models = self._models(wanted)
        if any(sessions.may(user, Permission.USE, _target(wanted, it)) for it in models):
            return
        # Nothing is known of the pool: whoever may use something learns that nobody has it.
        if models or not sessions.may_somewhere(user, Permission.USE):
            raise refusal(user, wanted.name, wanted.domain, wanted.location)

    def token(
        self, user: SessionUser, wanted: Allocate, server: str, session: str, request_id: str
    ) -> str:
        """The token for a session that was granted.

        Raises:
            ConnectRefused: the user may not use the model that the server's pool runs.
            NoSigningKey: tokens cannot be signed.
        """
        model = self._registry.server(server).model_of(wanted.kind, wanted.name)
        target = _target(wanted, model)
        self._in_force.require(
            user, Permission.USE, target, name=wanted.name, location=wanted.location
        )
        return self._in_force.sign(user, server, session, request_id, target)

    def _models(self, wanted: Allocate) -> set[str]:
        """The models that are run under a name."""
        found = {
            it.model_of(wanted.kind, wanted.name) for it in self._registry.servers.values()
        } - {""}
        return found or ({wanted.name} if wanted.kind == "model" else set())

    # ---- lists ---------------------------------------------------------------------------------

    async def reader(self, call: Incoming, body: WatchOffers) -> SessionUser | None:
        """Who asks for the list of models and pools; None where all of it is shown.

        Parts that prove who they are see all: they show their own callers what those may see.

        Raises:
            CredentialsRequired: a user has to be named.
            VerdigrisError: see `SessionAccess.identify`.
        """
        sessions = self._sessions()
        if sessions is None or call.link.part is not None:
            return None
        if not self._registry.installation.checks_some_users:
            return None
        if body.login == NO_LOGIN:
            raise CredentialsRequired(where="to list models and session pools")
        return await sessions.identify(body.login, location_of(call.link, ""))

    def mark(self, user: SessionUser) -> str:
        """What changes when a user may see other things."""
        return self._in_force.mark(user)

    def shown(self, user: SessionUser, offers: Offers) -> Offers:
        """What somebody may know of."""
        open_ones = self._open_offers()
        listed = tuple(
            (offer, addresses)
            for offer, addresses in offers.offers
            if (offer.kind, offer.name) in open_ones or self._may_know(user, offer)
        )
        return replace(offers, offers=listed, revision=f"{offers.revision}-{self.mark(user)}")

    def _may_know(self, user: SessionUser, offer: Offer) -> bool:
        target = target_of(offer.kind, offer.name, offer.model, "")
        return self._in_force.may(user, Permission.METADATA, target)

    def _open_offers(self) -> set[tuple[str, str]]:
        """What session servers have that do not check users."""
        checks = self._registry.installation.checks_users
        return {
            (offer.kind, offer.name)
            for server in self._registry.servers.values()
            if not checks(server.name)
            for offer in server.offers or ()
        }


def _target(wanted: Allocate, model: str) -> ActTarget:
    return target_of(wanted.kind, wanted.name, model, wanted.domain)


def location_of(link: Link, said: str) -> str:
    """Where a client is: a gateway of this installation is believed where its own clients are."""
    is_gateway = link.part is not None and link.part.role is Role.GATEWAY
    return said if is_gateway and said else link.address.rpartition(":")[0]
