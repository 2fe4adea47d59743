"""The file of logins: one token for each administration API, readable by its owner alone.

Law (tests/verdigris/cli/test_login.py): the file is 0600 and its folder 0700; one that others can read is
not used. A token is sent over TLS or within this machine, never in clear over a network.
"""

import json
import os
import stat
from pathlib import Path
from typing import Final

import msgspec

from verdigris.config.atomic import write_file
from verdigris.errors import CannotRead, CannotWrite


VARIABLE: Final = "VERDIGRIS_LOGINS"
"""Names another file."""


class SavedLogin(msgspec.Struct, frozen=True):
    """A login at one administration API.

    Attributes:
        user: the user's name.
        token: to send.
        expires: ISO 8601 in UTC.
        authorities: PEM of the authorities that the server is checked against; "" for the system's.
    """

    user: str
    token: str
    expires: str
    authorities: str = ""

    def __repr__(self) -> str:
        return f"<SavedLogin {self.user!r} token=hidden>"


class SavedLogins(msgspec.Struct, frozen=True):
    """All logins of a person.

    Attributes:
        logins: by the URL of the API.
        latest: the URL of the latest login, which commands use unless they are told another.
    """

    logins: dict[str, SavedLogin] = {}
    latest: str = ""


def location() -> Path:
    """Where the file is."""
    if said := os.environ.get(VARIABLE):
        return Path(said)
    home = os.environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "verdigris" / "logins.json"


def read_logins() -> SavedLogins:
    """The logins of the file; none if there is no file.

    Raises:
        CannotRead: others can read it, or it is damaged.
    """
    file = location()
    try:
        data = file.read_bytes()
        mode = file.stat().st_mode
    except FileNotFoundError:
        return SavedLogins()
    except OSError as problem:
        raise CannotRead(file=file, reason=problem.strerror or str(problem)) from None
    if os.name == "posix" and stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise CannotRead(file=file, reason="other users can read it: chmod 600, and log in again")
    try:
        return msgspec.json.decode(data, type=SavedLogins)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        reason = "it is damaged: remove it, and log in again"
        raise CannotRead(file=file, reason=reason) from None


def write_logins(logins: SavedLogins) -> None:
    """Replace the file.

    Raises:
        CannotWrite: it stays as it was.
    """
    file = location()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise CannotWrite(file=file, reason=problem.strerror or str(problem)) from None
    text = json.dumps(msgspec.to_builtins(logins), indent=2) + "\n"
    write_file(file, text.encode(), mode=0o600)


def with_login(logins: SavedLogins, url: str, login: SavedLogin) -> SavedLogins:
    """The logins with another one, which is the latest."""
    return SavedLogins({**logins.logins, url: login}, url)


def without_login(logins: SavedLogins, url: str) -> SavedLogins:
    """The logins without one."""
    others = {it: login for it, login in logins.logins.items() if it != url}
    return SavedLogins(others, "" if logins.latest == url else logins.latest)
