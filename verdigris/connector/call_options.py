"""Options of every call: credentials, model variables, timeouts, ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypedDict

from verdigris.connector.convert import Given
from verdigris.suggestion import did_you_mean
from verdigris.values import NOBODY, Credentials, Endpoint
from verdigris.wire import Login


class Options(TypedDict, total=False):
    """Keyword arguments that every call takes; each may be left out.

    Attributes:
        credentials: a Verdigris user with a password or token. A password goes to management servers
            alone, where the connector knows one and speaks TLS.
        model_variables: set when the session is opened; they win over pool and model values.
        connection_timeout: seconds to keep trying to get a session; 0 is one try only. By default
            the connector's (30, product facts 2.5).
        method_timeout: seconds a procedure may take, then error 2820. By default the connector's
            (30, product facts 9.3).
        request_id: the call's id in every log; made up if absent.
        location: where the client is, for message 2643; by default this machine's name.
        management_servers: instead of the connector's own.
    """

    credentials: Credentials
    model_variables: Mapping[str, Given]
    connection_timeout: float | None
    method_timeout: float | None
    request_id: str
    location: str
    management_servers: Sequence[Endpoint | str]


def login_of(credentials: Credentials) -> Login:
    """Credentials as they travel."""
    who = credentials
    return Login(who.user, who.password, who.token, who.on_behalf_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """The options of one call, defaults filled in."""

    credentials: Credentials = NOBODY
    model_variables: Mapping[str, Given] | None = None
    connection_timeout: float | None = None
    method_timeout: float | None = None
    request_id: str = ""
    location: str = ""
    management_servers: Sequence[Endpoint | str] = ()

    @classmethod
    def of(cls, given: Options) -> Self:
        """The options of these keyword arguments.

        Raises:
            TypeError: one of them is not an option of a call.
        """
        known = cls.__slots__
        for name in given:
            if name not in known:
                raise TypeError(
                    f"unknown option {name!r}{did_you_mean(name, known)}; "
                    f"the options of every call are {', '.join(known)}"
                )
        return cls(**given)


def address(text: Endpoint | str, default_port: int) -> Endpoint:
    """An address as it may be given.

    Raises:
        ValueError: the text is no address.
    """
    return text if isinstance(text, Endpoint) else Endpoint.parse(text, default_port)
