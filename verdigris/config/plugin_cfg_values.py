"""Readers of the values in plugin-cfg.xml: text -> value.

Each raises ValueError with the end of the sentence that begins with the key's name, such as
"is not a whole number from 1 to 300".
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from verdigris.config import ports
from verdigris.cross_site import ANY_HOST
from verdigris.values import Endpoint, is_name


def domain(text: str) -> str:
    """A load distribution domain, or "" for none."""
    if text and not is_name(text):
        raise ValueError("is not a domain name: use at most 63 letters, digits, _ . -")
    return text


def endpoint(default_port: int) -> Callable[[str], Endpoint]:
    """An address; its port may be left out."""

    def read(text: str) -> Endpoint:
        try:
            return Endpoint.parse(text, default_port)
        except ValueError:
            raise ValueError("is not an address: write host or host:port") from None

    return read


def endpoints(text: str) -> tuple[Endpoint, ...]:
    """Addresses of management servers, separated by commas or blanks."""
    return tuple(
        endpoint(ports.MANAGEMENT_SERVER)(part) for part in re.split(r"[,\s]+", text) if part
    )


def number(least: int, most: int) -> Callable[[str], int]:
    """A whole number within limits, both included."""

    def read(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,10}", text) is None or not least <= int(text) <= most:
            raise ValueError(f"is not a whole number from {least} to {most}")
        return int(text)

    return read


def choice(values: Mapping[str, object]) -> Callable[[str], object]:
    """What one of these words stands for."""

    def read(text: str) -> object:
        if text not in values:
            raise ValueError(f"is not one of {', '.join(values)}")
        return values[text]

    return read


def text(text: str) -> str:
    """Any text."""
    return text


def interface(text: str) -> str:
    """An IP address to listen on."""
    if re.fullmatch(r"[0-9.]{7,15}|[0-9A-Fa-f:.]+", text) is None:
        raise ValueError(
            "is not an IP address; 0.0.0.0 stands for every IPv4 address of this machine, :: for every address"
        )
    return text


def uri(text: str) -> str:
    """A namespace as XML takes it: a URI reference (RFC 3986), in ASCII."""
    if "{" in text or "}" in text:
        raise ValueError("is not a URI")
    try:
        etree.Element(f"{{{text}}}name")
    except ValueError:
        raise ValueError("is not a URI") from None
    return text


def url(text: str) -> str:
    """A base URL, without a path; may be empty."""
    if text and re.fullmatch(r"https?://[^\s/?#<>\"]+", text) is None:
        raise ValueError(
            "is not a base URL: write http://host:port or https://host, without a path"
        )
    return text


def hosts(text: str) -> tuple[str, ...]:
    """Host names, each with a port or without, or `*`."""
    found = tuple(part.lower() for part in re.split(r"[,\s]+", text) if part)
    for name in found:
        if name != ANY_HOST and re.fullmatch(r"[a-z0-9._-]+(:\d{1,5})?", name) is None:
            raise ValueError(f"contains {name!r}, which is not a host name")
    return found


def patterns(text: str) -> tuple[str, ...]:
    """Patterns of procedures, such as `model/NAME/OPERATION`."""
    found = tuple(part for part in re.split(r"[,\s]+", text) if part)
    for pattern in found:
        if re.fullmatch(r"(model|session|\*)/[^/]+/[^/]+", pattern) is None:
            raise ValueError(
                "contains a pattern that is neither model/NAME/OPERATION nor session/NAME/OPERATION"
            )
    return found


def same(*values: str) -> Mapping[str, object]:
    """Words that stand for themselves; see `choice`."""
    return {value: value for value in values}


YES: Final = {"true": True, "false": False}
"""What `choice` takes for a switch."""
