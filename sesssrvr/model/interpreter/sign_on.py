"""Sign-ons on screens: which operations are one, whose it is, and the error of a refused one.

Hosts revoke a user after a few wrong passwords, so that a refused sign-on is not an error like
others: the session server does not try it again soon (`sesssrvr.sessions.sign_on_guard`).
"""

from collections.abc import Callable, Iterable, Iterator

from sesssrvr.model import operation_commands as c
from sesssrvr.model.entity import Entity
from sesssrvr.model.names import find
from sesssrvr.model.operation import Operation
from sesssrvr.model.variables import USER_ID, Variable
from verdigris.errors import HostReportedError


class SignOnRefused(HostReportedError):
    """The host's message to a sign-on with a password; code 9404 to clients."""


def is_sign_on(entity: Entity, operation: Operation, variables: Iterable[Variable]) -> bool:
    """Whether the entity's operation needs, or types, a secret variable: a password."""
    typed = (name for one in operation.commands for name in _named(entity, one))
    named = (*operation.needs, *typed)
    known = tuple(variables)
    return any(found.secret for name in named if name and (found := find(known, name)) is not None)


def _named(entity: Entity, command: c.Command) -> Iterator[str]:
    """The variables whose values a command types."""
    if isinstance(command, (c.UpdateAttribute, c.DefaultValue)):
        attribute = find(entity.attributes, command.attribute)
        if attribute is not None:
            yield attribute.write_variable
    if isinstance(command, c.WriteVarToAttr):
        yield command.variable
    given = getattr(command, "given", None)  # of every command that types
    if isinstance(given, c.InputText):
        yield given.variable


def user_of(
    variables: Iterable[Variable], value: Callable[[str], str], needs: Iterable[str] = ()
) -> str:
    """The user of a sign-on; "" if no variable holds one.

    Args:
        variables: the model's.
        value: gives a variable's value.
        needs: the variables that the sign-on needs, if it says so.
    """
    known = tuple(variables)
    mapped = (one.name for one in known if one.setting == "host-user")
    for name in (*needs, *mapped, USER_ID):
        found = find(known, name)
        if found is not None and not found.secret and (user := value(name)):
            return user
    return ""


def refused(problem: HostReportedError, user: str) -> SignOnRefused:
    """The error of a sign-on that the host's message has refused."""
    message = problem.facts.get("message", "")
    words = f"{message} (user {user})" if user else message
    return SignOnRefused({**problem.details, "user": user}, message=words)
