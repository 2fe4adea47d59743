"""docs/reference/models.md, made from the schemas that read the files.

    python -m sesssrvr.model.docs_page examples/BankDemo > docs/reference/models.md

Whatever an editor completes stands here in the same words; a test holds the page equal.
"""

import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from lxml import etree

from verdigris.config.xmlfile import parser


XS: Final = "{http://www.w3.org/2001/XMLSchema}"

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
            *_schema("model.xsd", "## The elements of a model\n"),
            *_schema("deploy.xsd", "## The elements of the descriptors\n"),
        ]
    )


def _schema(name: str, title: str) -> Iterator[str]:
    data = files("sesssrvr.model").joinpath(name).read_bytes()
    root = etree.fromstring(data, parser())
    yield f"\n{title}"
    for element in root.iter(f"{XS}element", f"{XS}complexType"):
        called = element.get("name")
        if called and _described(element):
            yield from _entry(element, called)


def _described(element: etree._Element) -> bool:
    """Named types, and elements that say something about themselves."""
    return element.tag == f"{XS}complexType" or bool(_said(element))


def _entry(element: etree._Element, name: str) -> Iterator[str]:
    kind = element.get("type", "")
    title = f"`<{name}>`" if element.tag == f"{XS}element" else name
    of = f" (as {kind})" if kind and ":" not in kind else ""
    yield f"\n**{title}**{of} {_said(element)}\n"
    rows = [_row(attribute) for attribute in _attributes(element)]
    if rows:
        yield "\n| attribute | | |\n| --- | --- | --- |\n" + "".join(rows)


def _attributes(element: etree._Element) -> Iterator[etree._Element]:
    """Its attributes, not those of elements inside."""
    for child in element:
        if child.tag == f"{XS}attribute":
            yield child
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
