"""The seam where users are checked, and what stands there while session server security is off."""

from typing import Protocol

from sesssrvr.admission.session_user import SessionUser
from sesssrvr.caller import Caller
from sesssrvr.pool import PoolKey
from verdigris.values import ANONYMOUS
from verdigris.wire import Claim, Login


class Authenticator(Protocol):
    """Decides who gets sessions and metadata."""

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
        """The user who may use a model or pool.

        Args:
            login: credentials, as they came.
            pool: which model or pool.
            model: that it runs; "" if it is not deployed.
            caller: the client.
            domain: by which the session was come by.
            location: where the client is, as it says itself.

        Raises:
            VerdigrisError: the user may not, or it cannot be found out.
        """

    def claim(self, body: Claim, model: str, caller: Caller) -> SessionUser:
        """The user who may claim a reservation.

        Raises:
            VerdigrisError: the claim does not prove one.
        """

    def may_resume(self, owner: SessionUser, user: SessionUser) -> bool:
        """Whether a session of one user may be used by another."""

    async def read(self, login: Login, pool: PoolKey, model: str, caller: Caller) -> None:
        """Refuse somebody who may not read the metadata of a model or pool.

        Raises:
            VerdigrisError: the user may not, or it cannot be found out.
        """


class AnyUser:
    """Lets every client in under the name it gives: session server security is off."""

    async def use(
        self,
        login: Login,
        pool: PoolKey,  # noqa: ARG002 - the seam's signature
        model: str,  # noqa: ARG002 - the seam's signature
        caller: Caller,  # noqa: ARG002 - the seam's signature
        *,
        domain: str = "",  # noqa: ARG002 - the seam's signature
        location: str = "",  # noqa: ARG002 - the seam's signature
    ) -> SessionUser:
        """The name it gives, or `anonymous`."""
        return SessionUser.claimed(login)

    def claim(self, body: Claim, model: str, caller: Caller) -> SessionUser:  # noqa: ARG002 - the seam's signature
        """The name it gives, or `anonymous`."""
        return SessionUser.claimed(body.login)

    def may_resume(self, owner: SessionUser, user: SessionUser) -> bool:
        """A session that was made under a name is for that name."""
        return str(owner) in ("", ANONYMOUS) or owner.is_also(user)

    async def read(self, login: Login, pool: PoolKey, model: str, caller: Caller) -> None:
        """Let every client read."""
