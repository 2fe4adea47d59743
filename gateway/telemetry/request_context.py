"""What a request says about how to follow it: its trace, and whether to show the screens it passes.

Law: it is set while the request is taken in and inherited by everything that begins there; it
decides nothing about what is carried out.
"""

import base64
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import msgspec

from gateway.http import Request
from gateway.http.access import may_see
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.wire import Passed


CARRIER: Final[ContextVar[dict[str, str] | None]] = ContextVar("traceparent", default=None)
"""The trace the request belongs to: its W3C Trace Context headers."""

SHOW: Final[ContextVar[Callable[[tuple[Passed, ...]], None] | None]] = ContextVar(
    "screens", default=None
)
"""Shows the screens passed to whoever sent the request; None if that was not asked or allowed."""

ASK: Final = "x-verdigris-screens"
"""Header of a request that wants them (`1`), and of the reply that has them."""

LONGEST: Final = 32 * 1024
"""Characters of that reply header: browsers take 256 KiB of headers, and a screen needs some 400."""

LONGEST_TRACE: Final = 1_000
"""Characters of a trace header that are passed on: twice what the standard asks us to carry."""


def says_how(request: Request) -> bool:
    """Whether the request says anything of how to follow it; most do not."""
    headers = request.headers
    return "traceparent" in headers or "tracestate" in headers or ASK in headers


@contextmanager
def followed(request: Request, config: PluginConfig) -> Iterator[None]:
    """What begins inside belongs to this request."""
    trace = {
        name: value
        for name in ("traceparent", "tracestate")
        if (value := request.getHeader(name)) and len(value) <= LONGEST_TRACE
    }
    wanted = request.getHeader(ASK) == "1" and may_see(config.explorer, request)
    tokens = CARRIER.set(trace or None), SHOW.set(_shower(request) if wanted else None)
    try:
        yield
    finally:
        CARRIER.reset(tokens[0])
        SHOW.reset(tokens[1])


def _shower(request: Request) -> Callable[[tuple[Passed, ...]], None]:
    def show(screens: tuple[Passed, ...]) -> None:
        request.setHeader(ASK.encode(), packed(screens))

    return show


def packed(screens: tuple[Passed, ...]) -> bytes:
    """The screens as a header: JSON, deflated, base64. As many of the last ones as fit."""
    while True:
        told = [
            {"entity": it.entity, "milliseconds": it.milliseconds, "screen": it.screen}
            for it in screens
        ]
        made = base64.b64encode(zlib.compress(msgspec.json.encode(told)))
        if len(made) <= LONGEST:
            return made
        screens = screens[1 + len(screens) // 10 :]
