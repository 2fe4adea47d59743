"""Who may use the session server: the seam where credentials are checked.

Every `Open`, `Claim` and `Resume` passes here before it gets a session. In this version
every user is admitted; credentials are never logged.
"""

from typing import Protocol

from verdigris.values import ANONYMOUS
from verdigris.wire import Kind, Login


class Authenticator(Protocol):
    """Decides on a login."""

    async def admit(self, login: Login, kind: Kind, name: str) -> str:
        """The user's name, for messages and lists.

        Raises:
            VerdigrisError: the user may not have a session of this model or pool.
        """


class AnyUser:
    """Admits everybody under the name they give."""

    async def admit(self, login: Login, kind: Kind, name: str) -> str:  # noqa: ARG002 - the seam's signature
        """The name they give, or `anonymous`."""
        return login.user or ANONYMOUS
