"""Errors of users, groups and what they may do. 9135, 9136 and 9150 to 9159."""

from verdigris.errors._registry import coded
from verdigris.errors.request import RequestError


@coded(
    9135,
    http=403,
    advice="Ask an administrator for the permission, or log in as a user who has it.",
)
class NotPermitted(RequestError):
    """The user is known, and does not have the permission that the act needs."""

    text = "User {user} does not have the permission {permission}{target}."


@coded(9150, http=404, advice="Correct the name; `verdigris user list` lists the users.")
class UnknownUser(RequestError):
    """No such native user, or the built-in user `admin`, which cannot be removed."""

    text = "There is no user named {user} that could be changed."


@coded(9151, http=404, advice="Correct the name; `verdigris group list` lists the groups.")
class UnknownGroup(RequestError):
    """No such native group."""

    text = "There is no group named {group}."


@coded(9152, http=409, advice="Choose another name. Upper and lower case do not make a difference.")
class NameInUse(RequestError):
    """A user or group of this name exists."""

    text = "There is a {kind} named {name} already."
