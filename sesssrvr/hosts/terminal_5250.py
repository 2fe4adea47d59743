"""5250 terminals made from a model's host settings."""

from collections.abc import Callable
from secrets import token_bytes
from typing import cast

from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.model import HostSettings
from sesssrvr.terminal.codepage import codepage
from sesssrvr.terminal.tn5250 import MODELS, SignOn, Terminal5250
from sesssrvr.terminal.tn5250.environment import Coding, check
from sesssrvr.terminal.tn5250.substitute import SEED
from verdigris.errors import HostUnreachable


def make_5250(host: HostSettings) -> TerminalFactory:
    """A factory of 5250 terminals.

    They sign on automatically if the option `sign-on` says how and the variables hold a user.

    Raises:
        HostUnreachable: there is no such model, or the sign-on cannot be coded as the option wants.
        UnknownCodePage: no such code page.
    """
    codepage(host.codepage)  # an unknown one is refused here, not inside a connection
    sign_on = _sign_on(host)
    try:
        check(sign_on)
    except ValueError as problem:
        raise _unreachable(host, f"automatic sign-on: {problem}") from None
    if host.model not in MODELS:
        raise _unreachable(host, f"this version has no terminal of type 5250 model {host.model}")

    def make(write: Callable[[bytes], None]) -> Terminal5250:
        return Terminal5250(
            write,
            model=host.model,
            codepage=host.codepage,
            device_names=host.lu_names,
            sign_on=sign_on,
            variables=host.environment,
            strict=host.option("field-exit") == "strict",
        )

    return TerminalFactory(make)


def _sign_on(host: HostSettings) -> SignOn:
    coding = host.option("sign-on")
    if coding not in ("des", "sha1", "pbkdf2", "clear") or not host.user:
        return SignOn()
    return SignOn(
        host.user,
        host.password,
        cast("Coding", coding),
        token_bytes(SEED),
        host.option("program"),
        host.option("menu"),
        host.option("library"),
    )


def _unreachable(host: HostSettings, reason: str) -> HostUnreachable:
    return HostUnreachable(host=f"{host.host}:{host.port}", reason=reason)
