"""Calls about the session itself: variables, logging level, locale, the client's state (product facts 9.3)."""

from typing import Literal

from verdigris.metadata import Value, Variable
from verdigris.wire.session_calls.call import SessionCall


LoggingLevel = Literal["LOG_ERRORS", "LOG_WARNINGS_AND_ERRORS", "LOG_ALL_MESSAGES"]
"""What a session server logs about a session (product facts 11.1)."""


class GetModelVariableNames(SessionCall[list[str]], frozen=True, tag="GetModelVariableNames"):
    """The names of the variables that clients may see."""


class GetModelVariables(SessionCall[dict[str, str | None]], frozen=True, tag="GetModelVariables"):
    """The values of variables; None for a secret one.

    Attributes:
        variables: their names; none is all that clients may read.
    """

    variables: tuple[str, ...] = ()


class SetModelVariables(SessionCall[None], frozen=True, tag="SetModelVariables"):
    """Variables set, all of them or none.

    Attributes:
        variables: names to values.
    """

    variables: dict[str, Value]


class GetVariableMetaData(SessionCall[Variable], frozen=True, tag="GetVariableMetaData"):
    """What the model says of a variable."""

    variable: str


class SetLoggingLevel(SessionCall[None], frozen=True, tag="SetLoggingLevel"):
    """What is logged about this session; never less than the server logs anyway.

    Attributes:
        level: LOG_ALL_MESSAGES logs every call, without its values.
    """

    level: LoggingLevel


class GetLoggingLevel(SessionCall[LoggingLevel], frozen=True, tag="GetLoggingLevel"):
    """What is logged about this session; LOG_WARNINGS_AND_ERRORS until it is set."""


class SetLocale(SessionCall[None], frozen=True, tag="SetLocale"):
    """The language of error messages.

    Attributes:
        locale: "en_us", the only one there is.
    """

    locale: str


class GetLocale(SessionCall[str], frozen=True, tag="GetLocale"):
    """The language of error messages."""


class SetClientState(SessionCall[None], frozen=True, tag="SetClientState"):
    """Texts kept with the session under names, through suspension and resumption, until it ends.

    Attributes:
        state: names to texts; None removes. At most 64 KiB in all.
    """

    state: dict[str, str | None]


class GetClientState(SessionCall[dict[str, str]], frozen=True, tag="GetClientState"):
    """Texts kept with the session.

    Attributes:
        names: whose; none is all. A name that is not kept is left out.
    """

    names: tuple[str, ...] = ()
