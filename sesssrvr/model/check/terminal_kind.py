"""The meaning of the host's settings, and keys the model's terminal does not have."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sesssrvr.model import operation_commands as c
from sesssrvr.model.entity import Entity
from sesssrvr.model.findings import Findings
from sesssrvr.model.host import Kind
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin
from sesssrvr.terminal.codepage import canonical
from sesssrvr.terminal.codepage import names as codepage_names
from sesssrvr.terminal.key_names import unknown_key
from sesssrvr.terminal.tn3270 import keys
from sesssrvr.terminal.tn3270.tn3270e import FUNCTIONS_BY_NAME
from sesssrvr.terminal.tn5250 import MODELS
from sesssrvr.terminal.tn5250 import keys as keys_5250
from sesssrvr.terminal.vt import CHARSETS, LEVELS, charset_name
from sesssrvr.terminal.vt import keys as keys_vt
from verdigris.errors import UnknownCodePage
from verdigris.suggestion import did_you_mean


WORDS: Final = re.compile(r"[\w-]+(\|[\w-]+)*")
NUMBER: Final = re.compile(r"(\[[0-9]-9\](\{[0-9,]+\})?)+")
TERMINAL_3270: Final = re.compile(r"IBM-327[89]-[2-5](-E)?")
OPTIONS_5250: Final[Mapping[str, str]] = {  # name -> pattern of its value
    "sign-on": "des|sha1|pbkdf2|clear",
    "program": ".{1,10}",
    "menu": ".{1,10}",
    "library": ".{1,10}",
    "field-exit": "strict",
    "environment": r"[!-<>-~]+=[!-~]*( [!-<>-~]+=[!-~]*)*",
}
OPTIONS_VT: Final[Mapping[str, str]] = {
    "charset": "|".join(CHARSETS),
    "rows": r"[1-9][0-9]{0,2}",
    "columns": r"[1-9][0-9]{0,2}",
    "terminal-type": r"[!-~]+( [!-~]+)*",
    "environment": r"[!-<>-~]+=[!-~]*( [!-<>-~]+=[!-~]*)*",
    "protocol": "telnet|ssh",
    "telnet-negotiation": "passive|active",
}
OPTIONS_SSH: Final[Mapping[str, str]] = {  # of VT; files are those of the session server
    "ssh-known-hosts": ".+",
    "ssh-host-key": "[!-~]+( +[!-~]+)*",
    "ssh-name": "[!-~]+",
    "ssh-verify": "true|false|1|0",
    "ssh-user": "[^ ].*",
    "ssh-key": ".+",
    "ssh-passphrase": ".+",
    "ssh-algorithms": "[!-~]+( [!-~]+)*",
    "ssh-command": ".+",
    "ssh-keepalive": "[0-9]{1,5}",
}
OPTIONS_TLS: Final[Mapping[str, str]] = {  # of every kind; files are those of the session server
    "tls-authorities": ".+",
    "tls-certificate": ".+",
    "tls-key": ".+",
    "tls-passphrase": ".+",
    "tls-name": ".+",
    "tls-verify": "true|false|1|0",
    "tls-minimum": "1[.]0|1[.]1|1[.]2|1[.]3",
    "tls-security-level": "0|1|2|3|4|5",
}
OPTIONS_LINE: Final[Mapping[str, str]] = {  # of every kind
    "keepalive": "[0-9]{1,5}",
    "keepalive-by": "tcp|nop|timing-mark",
}
OPTIONS_3270: Final[Mapping[str, str]] = {
    "start-tls": "accept|refuse|require",
    "environment": OPTIONS_VT["environment"],
    "rows": OPTIONS_VT["rows"],
    "columns": OPTIONS_VT["columns"],
    "numeric-lock": "true|false|1|0",
    "blank-fill": "true|false|1|0",
    **dict.fromkeys(FUNCTIONS_BY_NAME, "true|false|1|0"),
}
_OPTIONS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "3270": {**OPTIONS_3270, **OPTIONS_TLS, **OPTIONS_LINE},
    "5250": {**OPTIONS_5250, **OPTIONS_TLS, **OPTIONS_LINE},
    "VT": {**OPTIONS_VT, **OPTIONS_SSH, **OPTIONS_TLS, **OPTIONS_LINE},
}
_EBCDIC: Final = frozenset({"3270", "5250"})
"""Kinds of terminals whose hosts have an EBCDIC code page."""

_MODELS: Final[Mapping[Kind, Callable[[str], object]]] = {
    "3270": TERMINAL_3270.fullmatch,
    "5250": MODELS.__contains__,
    "VT": LEVELS.__contains__,
}
_KEYS: Final[Mapping[Kind, Callable[[str], str | None]]] = {
    "3270": keys.key_name,
    "5250": keys_5250.key_name,
    "VT": keys_vt.key_name,
}
_NAMES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "3270": keys.KEYS,
    "5250": keys_5250.KEYS,
    "VT": keys_vt.KEYS,
}


def check_terminal(model: Model, origin: Origin, found: Findings) -> None:
    """All problems of the host's settings and of keys."""
    host = model.host
    origin = host.origin if host.origin.line else origin
    fits = _MODELS.get(host.type)
    if fits is not None and not fits(host.model):
        found.error(origin, f"{host.model} is not a terminal of type {host.type}", "host")
    if host.type in _OPTIONS:
        for problem in _options(host.type, host.options):
            found.error(origin, problem, "host")
    if host.type in _EBCDIC:
        for problem in _codepage(host.codepage):
            found.error(origin, problem, "host")
    if host.tls and ("protocol", "ssh") in host.options:
        found.error(origin, "a host is reached by SSH or with TLS, not both", "host")
    known = _KEYS.get(host.type)
    if known is None:
        return
    for entity in model.entities:
        for key in _keys(entity):
            if known(key) is None:
                problem = f"on a terminal of type {host.type} {unknown_key(key, _NAMES[host.type])}"
                found.error(entity.origin, problem, f"entity {entity.name}")


def _codepage(name: str) -> Iterator[str]:
    """What is wrong with a code page's name: a pool with an unknown one could never connect."""
    try:
        canonical(name)
    except UnknownCodePage as problem:
        known = ", ".join(one.removeprefix("cp") for one in codepage_names())
        yield f"{str(problem).rstrip('.')}: it is one of {known}"


def _options(kind: Kind, options: tuple[tuple[str, str], ...]) -> Iterator[str]:
    known = _OPTIONS[kind]
    for name, value in options:
        pattern = known.get(name)
        if pattern is None:
            meant = did_you_mean(name, known) or f": there are {', '.join(known)}"
            yield f"a {kind} has no option {name}{meant}"
        elif re.fullmatch(pattern, charset_name(value) if name == "charset" else value) is None:
            yield f"option {name} cannot be {value!r}{_allowed(pattern)}"


def _allowed(pattern: str) -> str:
    """What an option of this pattern can be, to be appended to the message; "" if unknown."""
    if WORDS.fullmatch(pattern):
        return f": it is one of {pattern.replace('|', ', ')}"
    if NUMBER.fullmatch(pattern):
        return ": it is a number"
    return ": it is NAME=value words" if "=" in pattern else ""


def _keys(entity: Entity) -> Iterator[str]:
    """The keys of all its operations and scrolls, each once."""
    commands = [one.commands for one in entity.operations]
    commands += [scroll.commands for one in entity.recordsets for scroll in one.scrolls]
    seen = dict.fromkeys(
        command.key
        for several in commands
        for command in several
        if isinstance(command, c.TransmitTerminalKey)
    )
    yield from seen
