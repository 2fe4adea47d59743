"""Errors of users, groups and what they may do. 9135, 9136 and 9150 to 9163."""

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


@coded(9153, http=401, advice="Log in again, with `verdigris login` or at the same page.")
class TokenRefused(RequestError):
    """A token is not valid, has expired, or was made for something else."""

    text = "The token was not accepted: {why}."


@coded(
    9154,
    http=503,
    transient=True,
    advice="Log in again later; the log of the management server says what is wrong with the directory.",
)
class DirectoryAway(RequestError):
    """A directory of users does not answer, so that nobody whom only it knows can log in."""

    text = "Directory {directory} cannot be asked about users: {reason}."


@coded(9155, http=503, transient=True, advice="Log in again in a moment.")
class LoginsBusy(RequestError):
    """More passwords are waiting to be checked than a management server accepts."""

    text = "Too many logins are being checked."


@coded(
    9156,
    http=503,
    advice="See the log of the management server: its keys cannot be written to disk or to the store.",
)
class NoSigningKey(RequestError):
    """A management server has no key to sign logins with."""

    text = "Logins are not possible at this management server: it has no key to sign them with."


@coded(
    9136, http=401, advice="Log in with `verdigris login`, or send a token (Authorization: Bearer)."
)
class LoginRequired(RequestError):
    """The administration API was asked without a login."""

    text = "A login is required here."


@coded(
    9157,
    http=403,
    advice="Send the header X-CSRF-Token with the value that the login returned, or use a bearer token.",
)
class CsrfTokenWrong(RequestError):
    """A change was requested with a cookie and without the token that only our own pages have."""

    text = "The request has a session cookie and not the right X-CSRF-Token."


@coded(9158, http=403, advice="Send it to the other address of the administration API.")
class ReadOnlyAddress(RequestError):
    """A change was requested at an address that answers questions only."""

    text = "This address answers questions and changes nothing."


@coded(
    9159,
    http=403,
    effect="none",
    advice="Connect with TLS: give the client the installation's authorities (authorities.pem).",
)
class ChannelNotEncrypted(RequestError):
    """Session server security is on, and the connection is plain text (product facts 10.1)."""

    text = "Session server {server} checks users, and takes their credentials on encrypted connections only."


@coded(
    9160,
    http=403,
    effect="none",
    advice="Ask an administrator for the permission use (profile User, or a grant), or connect as a user who has it.",
)
class ConnectRefused(RequestError):
    """The user is known, and may not use the model or session pool: the words are those of message 2643."""

    text = (
        "User {user} at {location} was refused a connection to {name}. "
        "The user does not have the permission to use it{where}."
    )


@coded(
    9161,
    http=400,
    effect="none",
    advice="Send the password as PasswordText over HTTPS, or keep the user with a clear password in usersFile of the gateway.",
)
class DigestNotChecked(RequestError):
    """A UsernameToken with a PasswordDigest: checking it takes the clear password, which no directory has."""

    text = "A PasswordDigest cannot be checked here: users are those of the installation."


@coded(
    9162,
    http=503,
    effect="none",
    advice="Switch security on in installation.xml (<security/>), or name a usersFile in plugin-cfg.xml.",
)
class NobodyChecksUsers(RequestError):
    """The gateway is to ask its callers for credentials, which nothing here checks."""

    text = (
        "Credentials are required here, and neither the gateway nor a management server checks any."
    )


@coded(
    9163,
    http=503,
    effect="none",
    advice="Correct gatewayUser and gatewayPasswordFile in plugin-cfg.xml; the log of the gateway says what is wrong.",
)
class GatewayAccountRefused(RequestError):
    """The gateway's own account, under which it is to run a call, cannot be used."""

    text = "The gateway cannot run the call: its own account was not accepted."
