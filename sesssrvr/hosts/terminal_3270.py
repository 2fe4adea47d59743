"""3270 terminals made from a model's host settings."""

import re
from collections.abc import Callable
from typing import Final

from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.hosts.tls import WORDS, HostTls
from sesssrvr.model import HostSettings
from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.codepage import codepage
from sesssrvr.terminal.tn3270.display import MODELS, device_size
from sesssrvr.terminal.tn3270.tn3270e import FUNCTIONS_BY_NAME
from verdigris.errors import HostUnreachable


TERMINAL_MODEL: Final = re.compile(r"IBM-(?P<family>327[89])-(?P<size>[2-5])(?P<extended>-E)?\Z")
"""Terminal types of 3270 hosts (RFC 2355, section 7.1): the size by its number, -E for extended."""


def make_3270(host: HostSettings) -> TerminalFactory:
    """A factory of 3270 terminals.

    Raises:
        HostUnreachable: there is no such model, or the TLS settings cannot be used.
        UnknownCodePage: no such code page.
    """
    found = TERMINAL_MODEL.match(host.model)
    if found is None:
        reason = f"this version has no terminal of type {host.type} model {host.model}"
        raise _unreachable(host, reason)
    codepage(host.codepage)  # an unknown one is refused here, not inside a connection
    model, extended = int(found["size"]), found["extended"] is not None
    colour = found["family"] == "3279"
    without = [one for one in FUNCTIONS_BY_NAME if not WORDS.get(host.option(one), True)]
    tls = HostTls.of(host)
    oversize = _oversize(host, model)

    def make(write: Callable[[bytes], None]) -> Terminal3270:
        return Terminal3270(
            write,
            model=model,
            extended=extended,
            codepage=host.codepage,
            lu_names=host.lu_names,
            oversize=oversize,
            numeric_lock=WORDS.get(host.option("numeric-lock"), False),
            blank_fill=WORDS.get(host.option("blank-fill"), False),
            tn3270e=host.tn3270e,
            start_tls=tls.start,
            environment=host.environment,
            colour=colour,
            without=without,
        )

    return TerminalFactory(make, tls.creator)


def _oversize(host: HostSettings, model: int) -> tuple[int, int] | None:
    """Rows and columns of the options, where they are not the model's own."""
    rows, columns = MODELS[model]
    try:
        wanted = (int(host.option("rows") or rows), int(host.option("columns") or columns))
        oversize = None if wanted == (rows, columns) else wanted
        device_size(model, oversize)
    except ValueError as problem:
        raise _unreachable(host, str(problem)) from None
    return oversize


def _unreachable(host: HostSettings, reason: str) -> HostUnreachable:
    return HostUnreachable(host=f"{host.host}:{host.port}", reason=reason)
