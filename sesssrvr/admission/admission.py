"""Admission as session server security stands at the moment: users are checked, or any is let in."""

from sesssrvr.admission.authenticator import AnyUser, Authenticator
from sesssrvr.admission.security_in_force import SecurityInForce
from sesssrvr.admission.session_user import SessionUser
from sesssrvr.caller import Caller
from sesssrvr.pool import PoolKey
from verdigris.wire import Claim, Login


class Admission:
    """An `Authenticator` that is one of two.

    Args:
        in_force: which of them.
        checks: while session server security is on.
    """

    def __init__(self, in_force: SecurityInForce, checks: Authenticator) -> None:
        self._in_force = in_force
        self._checks = checks
        self._any: Authenticator = AnyUser()

    def __repr__(self) -> str:
        return f"<Admission by {self._now!r}>"

    @property
    def _now(self) -> Authenticator:
        return self._checks if self._in_force.checks_users else self._any

    async def use(
        self,
        login: Login,
        pool: PoolKey,
        model: str,
        caller: Caller,
        *,
        domain: str = "",
        location: str = "",
    ) -> SessionUser:
        """See `Authenticator.use`."""
        return await self._now.use(login, pool, model, caller, domain=domain, location=location)

    def claim(self, body: Claim, model: str, caller: Caller) -> SessionUser:
        """See `Authenticator.claim`."""
        return self._now.claim(body, model, caller)

    def may_resume(self, owner: SessionUser, user: SessionUser) -> bool:
        """See `Authenticator.may_resume`."""
        return self._now.may_resume(owner, user)

    async def read(self, login: Login, pool: PoolKey, model: str, caller: Caller) -> None:
        """See `Authenticator.read`."""
        await self._now.read(login, pool, model, caller)
