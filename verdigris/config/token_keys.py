"""The document of public keys: which keys verify tokens. Management servers write it; nobody edits it.

Format: token-keys.xsd. Its private halves are on the disks of their management servers alone.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from verdigris.config import xmlfile
from verdigris.config.installation import write
from verdigris.errors import Problem
from verdigris.tokens import PublicKey


NAMESPACE: Final = "urn:verdigris:token-keys:1"

EMPTY: Final = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<token-keys xmlns="{NAMESPACE}"/>\n'.encode()
)
"""The document of an installation whose management servers have not signed anything."""


def parse(data: bytes, file: str = "token-keys.xml") -> dict[str, PublicKey]:
    """The keys of a document, by their ids.

    Raises:
        ConfigurationError: with every problem found and its line.
    """
    root = xmlfile.load(data, file, xmlfile.schema("verdigris.config", "token-keys.xsd"))
    found: dict[str, PublicKey] = {}
    wrong: list[Problem] = []
    for element in root:
        key = PublicKey(
            element.get("server", ""),
            bytes.fromhex(element.get("public", "")),
            _seconds(element.get("since", "")),
            _seconds(element.get("until", "")),
        )
        if key.id in found:
            wrong.append(Problem(file, xmlfile.line(element), f"key {key.id} is listed twice"))
        found[key.id] = key
    xmlfile.refuse(file, wrong)
    return found


def document(keys: Iterable[PublicKey]) -> bytes:
    """The document of these keys."""
    root = etree.Element(f"{{{NAMESPACE}}}token-keys", nsmap={None: NAMESPACE})
    for key in sorted(keys, key=lambda it: (it.server, it.since, it.id)):
        root.text = "\n  "
        made = etree.SubElement(
            root, f"{{{NAMESPACE}}}key", server=key.server, public=key.raw.hex(),
            since=_time(key.since), until=_time(key.until),
        )  # fmt: skip
        made.tail = "\n  "
    if len(root):
        root[-1].tail = "\n"
    return write(root)


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text.strip()).timestamp())


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
