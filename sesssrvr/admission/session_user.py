"""Who has a session."""

from dataclasses import dataclass

from verdigris.rights import Principal
from verdigris.values import ANONYMOUS
from verdigris.wire import Login


@dataclass(frozen=True, slots=True)
class SessionUser:
    """The user of a session.

    Attributes:
        user: who it is: proved where users are checked, otherwise what the client said.
        on_behalf_of: for whom the user acts, by the user's own word; "" for nobody else.
        domain: by which the session was come by, "" for none.
    """

    user: Principal
    on_behalf_of: str = ""
    domain: str = ""

    @classmethod
    def claimed(cls, login: Login) -> "SessionUser":
        """Whoever a client says it is; nothing is checked."""
        return cls(Principal(login.user or ANONYMOUS), login.on_behalf_of)

    def __str__(self) -> str:
        return str(self.user)

    @property
    def words(self) -> str:
        """The user, and on whose behalf, for logs."""
        return f"{self} on behalf of {self.on_behalf_of}" if self.on_behalf_of else str(self)

    def is_also(self, other: "SessionUser") -> bool:
        """Whether both are one user, who acts for the same person."""
        return (self.user, self.on_behalf_of) == (other.user, other.on_behalf_of)


NO_USER = SessionUser(Principal(""))
"""Of a session that nobody has."""
