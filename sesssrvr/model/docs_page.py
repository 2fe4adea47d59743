"""docs/reference/models.md, made from the schemas that read the files.

    python -m sesssrvr.model.docs_page examples/BankDemo > docs/reference/models.md

Whatever an editor completes stands here in the same words; a test holds the page equal.
"""

import sys
from collections.abc import Iterator
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Final, get_args

from lxml import etree

from sesssrvr.model.recordset import Scroll
from sesssrvr.model.schema_tree import Child, places
from sesssrvr.terminal.key_names import listed
from sesssrvr.terminal.tn3270 import keys as keys_3270
from sesssrvr.terminal.tn5250 import keys as keys_5250
from sesssrvr.terminal.vt import keys as keys_vt
from verdigris.config.xmlfile import parser


XS: Final = "{http://www.w3.org/2001/XMLSchema}"

TREE: Final = """\
`?` at most once, `*` any number of times, `+` at least once, unmarked exactly once. The order of the table is that of the schema.

"""

HEAD: Final = """\
# Models and packages

A model describes one terminal application: entities (screens), operations (the ways between them), and tables with
procedures (what clients call). `verdigris check FOLDER` lists every problem of a model with file and line;
`verdigris package` builds the .zip that `verdigris deploy` takes. This page is made from the schemas by
`python -m sesssrvr.model.docs_page`.

| in a model's folder | what it is |
| --- | --- |
| `model/model.xml` | name, home entity, host, variables |
| `model/entities/*.xml` | one entity each |
| `model/tables/*.xml` | one table each |
| `model/screens/<entity>.txt`, `<entity>.2.txt` ... | captured screens of the entity: recognition is tested on them whenever the model is checked; `verdigris look FOLDER` shows the host and saves them |
| `deploy/deploy_desc.xml` | how the model is deployed: host, namespace, session pools |
| `deploy/mvl_desc.xml` | variable lists: one row of values for each session |

Schemas for editors: `sesssrvr/model/model.xsd` (namespace `urn:verdigris:model:1`) and `sesssrvr/model/deploy.xsd`
(namespace `http://www.wrq.com/vhi`).

## How a model runs

- An **entity** is recognised when all patterns of its signature match. `check` refuses a captured screen that is
  recognised as two entities, or not as its own.
- An **operation** does its commands and then waits for its destination or an alternate. The keyboard has to be unlocked
  since the key was pressed; screens that flash by are passed; an intermediate destination does its action and the wait
  goes on. An error pattern or an error entity becomes error 9404 with the host's own words; anything else that stays is
  9402; nothing in time is 9401, which names the nearest entity and what differs.
- Between entities that are not adjacent the shortest chain of **default** operations is taken.
- A **procedure** starts from its home entity, does its path, and navigates back. What was read or done is returned even
  if the way back fails: the session's release then goes on from where it is.
- A **variable** holds the client's value, else the pool's or its list's row, else the model's.
- Where a host sends characters instead of screens (VT) there are no fields, no keyboard lock and no end of a screen: what holds there,
  and a first model step by step, is in [vt-hosts.md](../vt-hosts.md).
- Every wait is bounded in seconds, every loop in rounds. Secret values are masked wherever screens or values are shown.
- A session that has no value for a variable an operation on its way `needs` (a sign-on without a user) waits where it
  is; a procedure that brings the value goes on from there.

## A captured screen

Sizes and cursor (and the kind of terminal unless it is a 3270), one line a field (row, column, length, attributes) or, of a VT, a run of
characters that look alike (`run 4 1 80 bold reverse`), one line a row between bars. Hidden text is refused.
Blank rows are left out of the one shown here.

"""


def page(example: Path) -> str:
    """The whole page.

    Args:
        example: a model's folder to show an entity of.

    Raises:
        OSError: the example cannot be read.
    """
    entity = (example / "model" / "entities" / "SignOn.xml").read_text(encoding="utf-8")
    screen = (example / "model" / "screens" / "SignOn.txt").read_text(encoding="utf-8")
    shown = "\n".join(line for line in screen.splitlines() if line.strip("| "))
    return "".join(
        [
            HEAD,
            f"```text\n{shown}\n```\n\n## An entity\n\n```xml\n{entity}```\n",
            *_tree("model.xsd", "## What goes inside what: a model\n"),
            *_schema("model.xsd", "## The elements of a model\n"),
            *_keys(),
            *_tree("deploy.xsd", "## What goes inside what: the descriptors\n"),
            *_schema("deploy.xsd", "## The elements of the descriptors\n"),
        ]
    )


def _read(name: str) -> etree._Element:
    return etree.fromstring(files("sesssrvr.model").joinpath(name).read_bytes(), parser())


def _tree(name: str, title: str) -> Iterator[str]:
    root = _read(name)
    yield f"\n{title}\n{TREE}"
    yield "| element | inside | contains |\n| --- | --- | --- |\n"
    found = places(root)
    for one in found:
        above = ", ".join(f"`<{parent}>`" for parent in one.parents) or "a file's root"
        yield f"| `<{one.name}>` | {_folded(above)} | {_held(one.children)} |\n".replace(
            "|  |", "| |"
        )
    groups = {child.group: child.group for one in found for child in one.children if child.group}
    for group in groups:
        members = next(
            [child for child in one.children if child.group == group]
            for one in found
            if any(child.group == group for child in one.children)
        )
        yield f"\n**any {group.lower()}**: {', '.join(f'`<{one.name}>`' for one in members)}\n"


def _held(children: tuple[Child, ...]) -> str:
    said: list[str] = []
    for group, members in groupby(children, lambda one: one.group):
        said += [f"any {group.lower()}*"] if group else [str(one) for one in members]
    return " ".join(said)


def _folded(above: str) -> str:
    scrolls = ", ".join(f"`<{one}>`" for one in get_args(Scroll))
    return above.replace(scrolls, "`<Scroll...>`")


def _keys() -> Iterator[str]:
    yield "\n## The keys of TransmitTerminalKey\n\nIn any case. A VT's are in [vt-hosts.md](../vt-hosts.md), too.\n\n"
    yield f"- **3270**: {listed(keys_3270.KEYS)}\n"
    aliases = ", ".join(f"{name} is {keys_5250.ALIASES[name]}" for name in ("RollDown", "RollUp"))
    yield f"- **5250**: {listed(keys_5250.KEYS)} (PF1 is F1 and so on; {aliases})\n"
    yield f"- **VT**: {listed(keys_vt.KEYS)}\n"


def _schema(name: str, title: str) -> Iterator[str]:
    yield f"\n{title}"
    for element in _read(name).iter(f"{XS}element", f"{XS}complexType"):
        called = element.get("name")
        if called and _described(element):
            yield from _entry(element, called)


def _described(element: etree._Element) -> bool:
    """Named types, and elements that are described by more than their type."""
    typed = element.get("type", "")
    return element.tag == f"{XS}complexType" or bool(_said(element)) or not typed or ":" in typed


def _entry(element: etree._Element, name: str) -> Iterator[str]:
    kind = element.get("type", "")
    title = f"`<{name}>`" if element.tag == f"{XS}element" else name
    of = f" (as {kind})" if kind and ":" not in kind else ""
    said = f" {_said(element)}" if _said(element) else ""
    yield f"\n**{title}**{of}{said}\n"
    rows = [_row(attribute) for attribute in _attributes(element)]
    if rows:
        yield "\n| attribute | | |\n| --- | --- | --- |\n" + "".join(rows)


def _attributes(element: etree._Element) -> Iterator[etree._Element]:
    """Its attributes, not those of elements inside."""
    for child in element:
        if child.tag == f"{XS}attribute":
            yield child
        elif child.tag == f"{XS}attributeGroup":
            shared = element.getroottree().find(f"{XS}attributeGroup[@name='{child.get('ref')}']")
            yield from () if shared is None else _attributes(shared)
        elif child.tag not in (f"{XS}element", f"{XS}choice", f"{XS}sequence", f"{XS}all"):
            yield from _attributes(child)


def _row(attribute: etree._Element) -> str:
    if attribute.get("use") == "required":
        need = "required"
    else:
        need = f"`{attribute.get('default')}`" if attribute.get("default") else ""
    values = " ".join(f"`{one.get('value')}`" for one in attribute.iter(f"{XS}enumeration"))
    said = " ".join(part for part in (_said(attribute), values) if part)
    return f"| `{attribute.get('name')}` | {need} | {said} |\n".replace("|  |", "| |")


def _said(element: etree._Element) -> str:
    found = element.findtext(f"{XS}annotation/{XS}documentation") or ""
    return " ".join(found.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page(Path(sys.argv[1])))
