"""Messages about users: who somebody is, and whether they may use a model or pool. See docs/reference/protocol.md."""

from typing import Literal

from verdigris.wire.message_parts import Kind, Login, Message, SessionSecurity


class LogIn(Message, frozen=True, array_like=True, tag=24):
    """Request to exchange a password for a token, so that no session server sees it. Answer: `LoginToken`.

    Attributes:
        location: where the client is.
    """

    login: Login
    location: str = ""


class LoginToken(Message, frozen=True, array_like=True, tag=25):
    """A token that proves a login.

    Attributes:
        token: "" where no session server checks users: nothing was checked.
        seconds: how long it is good for.
    """

    token: str = ""
    seconds: float = 0.0


class IdentifyCaller(Message, frozen=True, array_like=True, tag=26):
    """Question of a gateway: who sends it this request (decision 0262)? Answer: `CallerIs`.

    Failures are 9131, 9137, 9153, 9154 and 9155.

    Attributes:
        login: what the caller has sent: a password, or a token of a login or an OpenID Connect issuer.
        location: where the caller is: wrong passwords are counted by it.
    """

    login: Login
    location: str = ""


class CallerIs(Message, frozen=True, array_like=True, tag=27):
    """The caller of a gateway, and of which services it may be told.

    Attributes:
        name, directory: of the user; "" where the installation has security off: nothing was checked.
        token: given for a password: a login that management and session servers take; "" for a token.
        metadata: for each right to read metadata the model and the pool it is limited to, "" for any.
    """

    name: str = ""
    directory: str = ""
    token: str = ""
    metadata: tuple[tuple[str, str], ...] = ()


class Authenticate(Message, frozen=True, array_like=True, tag=46):
    """Question of a session server: who is this, and may they do that here (product facts 2.3, step 11)?

    Answer: `UserIs`, or failure 9130, 9131, 9135, 9137, 9153, 9154 or 9155.

    Attributes:
        permission: what is to be permitted, for the model or pool.
        model: of the pool or model.
        domain: by which the session was come by, "" for none.
        location: where the client is.
    """

    login: Login
    permission: Literal["use", "metadata"]
    kind: Kind
    name: str
    model: str
    domain: str = ""
    location: str = ""


class UserIs(Message, frozen=True, array_like=True, tag=47):
    """A user who may do what was asked, by name and directory."""

    name: str
    directory: str


class SetSecurity(Message, frozen=True, array_like=True, tag=77):
    """Session server security has changed, or keys of tokens have. Answer: `Done`."""

    security: SessionSecurity
