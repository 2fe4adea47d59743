"""What Python took away since spyne 2.14.0 (February 2022, its last release), put back for it alone.

Import this before spyne. Two things are missing: from Python 3.12 on the vendored six registers an
importer by an interface that is gone, so `spyne.util.six.moves` cannot be found; from 3.13 on there
is no `cgi`, of which spyne's SOAP protocol uses one function. A name that is already in
`sys.modules` is never looked up, so both are put there. On 3.11 that importer works and makes every
later import in the process warn, so it is taken out again. No file of spyne is changed.

Written 2026-11; look again when spyne releases anything newer than 2.14.0.
"""

import collections.abc
import http.cookies
import importlib
import importlib.util
import logging
import sys
import types
import urllib.error
import urllib.parse
import urllib.request
import warnings
from email.message import Message
from typing import Final


MOVES: Final[dict[str, types.ModuleType]] = {
    "": sys,
    ".collections_abc": collections.abc,
    ".urllib.parse": urllib.parse,
    ".urllib.request": urllib.request,
    ".urllib.error": urllib.error,
    ".http_cookies": http.cookies,
}
"""The names below `spyne.util.six.moves` that spyne imports, and today's modules for them."""

LEAKY_LOGGERS: Final = (
    "spyne.protocol.soap.soap11.invalid",
    "spyne.protocol.soap.soap12.invalid",
    "spyne.protocol.xml.invalid",
    "spyne.protocol.xml",
    "spyne.protocol.soap.soap11",
    "spyne.application",
    "spyne.application.client",
    "spyne.application.server",
    "spyne.util.appreg",
)
"""They write whole malformed requests, or a traceback for each fault: passwords would reach logs."""


def parse_header(line: str) -> tuple[str, dict[str, str]]:
    """The one function of `cgi` that spyne uses: a header's value and its parameters."""
    message = Message()
    message["content-type"] = line
    found = message.get_params() or [("", "")]
    return found[0][0], dict(found[1:])


def install() -> None:
    """Import spyne and silence its loggers. Doing it again changes nothing."""
    for name, module in MOVES.items():
        sys.modules.setdefault("spyne.util.six.moves" + name, module)
    if "cgi" not in sys.modules and importlib.util.find_spec("cgi") is None:
        made = types.ModuleType("cgi", "Stands for the cgi module that Python 3.13 removed.")
        made.__dict__["parse_header"] = parse_header
        sys.modules["cgi"] = made
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("spyne.protocol.soap")
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if type(finder).__module__ != "spyne.util.six"
    ]
    for name in LEAKY_LOGGERS:
        silent = logging.getLogger(name)
        silent.setLevel(logging.CRITICAL + 1)
        silent.propagate = False


install()
