"""Edits of the installation file for parts that join and leave; comments, order and everything else stay.

Law (tests/verdigris/config/test_installation_edit.py): what an edit returns can be used if the
document before it could, and an address that is given is one that no other part has; a part that is
removed is nowhere named afterwards but as revoked.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree

from verdigris.config import xmlfile
from verdigris.config.installation import NAMESPACE, write
from verdigris.errors import UnknownDomain, UnknownPart


LISTS = {
    "management-server": "management-servers",
    "session-server": "session-servers",
    "gateway": "gateways",
}
"""The list in which parts of each role stand; its elements are called as the role."""

Target = tuple[str, str]
"""Where a package belongs: "domain" or "server", and its name."""


class InstallationDocument:
    """An installation file that is being edited.

    Args:
        data: the file, which has been checked.

    Raises:
        ConfigurationError: it is not well-formed.
    """

    def __init__(self, data: bytes) -> None:
        self._root = xmlfile.parse(data, "installation.xml", keep_comments=True)

    def __repr__(self) -> str:
        return f"<InstallationDocument {self._root.get('id')}>"

    @property
    def data(self) -> bytes:
        """The file as it is now."""
        return write(self._root)

    def has(self, role: str, name: str) -> bool:
        """Whether a part is listed."""
        return self._part(role, name) is not None

    def add(self, role: str, name: str, address: str = "") -> None:
        """List a part, or give the one that is listed its address."""
        element = self._part(role, name)
        if element is None:
            element = self._append(self._list(LISTS[role]), role, name=name)
        if address:
            element.set("address", address)

    def add_domain(self, name: str) -> None:
        """Add a domain without members."""
        self._append(self._list("domains"), "domain", name=name)

    def add_to_domain(self, domain: str, server: str, weight: int) -> None:
        """Make a session server a member of a domain, unless it is one.

        Raises:
            UnknownDomain: there is none of this name.
        """
        found = next((it for it in self._all("domain") if it.get("name") == domain), None)
        if found is None:
            raise UnknownDomain(domain=domain)
        if all(member.get("server") != server for member in found.iterchildren(_tag("member"))):
            self._append(found, "member", server=server, weight=str(weight))

    def remove(self, role: str, name: str) -> None:
        """Take a part out of the lists and domains.

        Raises:
            UnknownPart: it is in none.
        """
        element = self._part(role, name)
        if element is None:
            raise UnknownPart(role=role, name=name)
        _drop(element)
        if role == "session-server":
            for member in [it for it in self._all("member") if it.get("server") == name]:
                _drop(member)
            for target in [it for it in self._all("to") if it.get("server") == name]:
                self._drop_target(target)

    def revoke(self, role: str, name: str, at: str) -> None:
        """Refuse the certificates of a part that were issued up to a time; replaces an earlier one."""
        security = self._list("security")
        for old in [it for it in self._all("revoked") if _named(it) == (role, name)]:
            _drop(old)
        self._append(security, "revoked", role=role, name=name, at=at)

    def has_used(self, token: str) -> bool:
        """Whether a join token was used."""
        return any(it.get("id") == token for it in self._all("used-token"))

    def use_token(self, token: str, until: str, now: dt.datetime) -> None:
        """Note that a join token was used; forget those that have expired."""
        for old in [it for it in self._all("used-token") if _is_over(it, now)]:
            _drop(old)
        self._append(self._list("security"), "used-token", "revoked", id=token, until=until)

    def set_authorities(self, signer: str, trusted: Iterable[str]) -> None:
        """Set which authority signs, and which are trusted besides; certificates in PEM form."""
        for old in [*self._all("authority")]:
            _drop(old)
        security = self._list("security")
        for use, text in reversed([("sign", signer), *(("trust", one) for one in trusted)]):
            made = etree.Element(_tag("authority"), {"use": use})
            made.text, made.tail = f"\n{text.strip()}\n    ", "\n    "
            if not len(security):
                made.tail = "\n  "
            security.insert(0, made)
            security.text = "\n    "

    # ---- models and pools --------------------------------------------------------------------

    def deploy(
        self,
        model: str,
        package: str,
        targets: Iterable[Target],
        *,
        at_a_time: int = 1,
        stop_on_error: bool = True,
    ) -> None:
        """Name the package of a model for domains and servers, and begin to roll it out there.

        Nothing is changed if it is there already. Deployments of the model that are named no longer end. The package to which one may go back is
        that of the first deployment that named one of the targets.
        """
        wanted = [*dict.fromkeys(targets)]
        attributes = {"model": model, "package": package}
        if at_a_time != 1:
            attributes["at-a-time"] = str(at_a_time)
        if not stop_on_error:
            attributes["stop-on-error"] = "false"
        taken = [it for it in self._targets(model) if _target(it) in wanted]
        if self._is_deployed(taken, wanted, attributes):
            return
        before = next((it.getparent() for it in taken), None)
        was = (
            ("", "") if before is None else (before.get("package", ""), before.get("previous", ""))
        )
        for target in taken:
            self._drop_target(target)
        if previous := was[0] if was[0] != package else was[1]:
            attributes["previous"] = previous
        made = self._append(self._list("deployments"), "deployment", **attributes, rollout="going")
        for kind, name in wanted:
            self._append(made, "to", **{kind: name})

    def _is_deployed(
        self, taken: list[etree._Element], wanted: list[Target], attributes: Mapping[str, str]
    ) -> bool:
        """Whether one deployment, whose rollout is over, says just this."""
        found = {it.getparent() for it in taken}
        if len(found) != 1 or len(taken) != len(wanted):
            return False
        (one,) = found
        if one is None or len(one.findall(_tag("to"))) != len(wanted):
            return False
        return {k: v for k, v in one.attrib.items() if k != "previous"} == attributes

    def undeploy(self, model: str, targets: Iterable[Target] | None = None) -> int:
        """Name a model for domains and servers no longer, or for none of them; how many there were."""
        wanted = None if targets is None else {*targets}
        found = [it for it in self._targets(model) if wanted is None or _target(it) in wanted]
        for target in found:
            self._drop_target(target)
        return len(found)

    def set_rollout(self, model: str, package: str, rollout: str, problem: str = "") -> bool:
        """Set how far the rollout of a package is; whether there is such a deployment."""
        found = [
            it
            for it in self._all("deployment")
            if (it.get("model"), it.get("package")) == (model, package)
        ]
        for element in found:
            for name, value in (("rollout", rollout), ("problem", problem)):
                if value:
                    element.set(name, value)
                elif name in element.attrib:
                    del element.attrib[name]
        return bool(found)

    def override_pool(self, name: str, values: Mapping[str, int | None]) -> None:
        """Set values of a pool in place of its package's; None is the package's again."""
        element = next((it for it in self._all("pool") if it.get("name") == name), None)
        if element is None:
            element = self._append(self._list("pools"), "pool", name=name)
        for attribute, value in values.items():
            if value is not None:
                element.set(attribute, str(value))
            elif attribute in element.attrib:
                del element.attrib[attribute]
        if set(element.attrib) == {"name"}:
            _drop(element)

    def _targets(self, model: str) -> list[etree._Element]:
        return [
            target
            for deployment in self._all("deployment")
            if deployment.get("model") == model
            for target in deployment.iterchildren(_tag("to"))
        ]

    def _drop_target(self, target: etree._Element) -> None:
        """Remove a target, and its deployment with the last."""
        deployment = target.getparent()
        _drop(target)
        if deployment is not None and deployment.find(_tag("to")) is None:
            _drop(deployment)

    # ---- inside ------------------------------------------------------------------------------

    def _all(self, name: str) -> Iterator[etree._Element]:
        return self._root.iter(_tag(name))

    def _part(self, role: str, name: str) -> etree._Element | None:
        group = self._root.find(_tag(LISTS[role]))
        listed = () if group is None else group.iterchildren(_tag(role))
        return next((it for it in listed if it.get("name") == name), None)

    def _list(self, name: str) -> etree._Element:
        found = self._root.find(_tag(name))
        return self._append(self._root, name) if found is None else found

    def _append(
        self, parent: etree._Element, tag: str, before: str = "", /, **attributes: str
    ) -> etree._Element:
        """A new child on a line of its own: the last one, or before the first of another name."""
        depth = len([*parent.iterancestors()]) + 1
        first = parent.find(_tag(before)) if before else None
        if first is None and len(parent):
            parent[-1].tail = "\n" + "  " * depth
        elif not len(parent):
            parent.text = "\n" + "  " * depth
        made = etree.SubElement(parent, _tag(tag), attributes)
        made.tail = "\n" + "  " * (depth - 1)
        if first is not None:
            first.addprevious(made)
            made.tail = "\n" + "  " * depth
        return made


def _target(element: etree._Element) -> Target:
    return next(((str(kind), str(name)) for kind, name in element.attrib.items()), ("", ""))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _named(element: etree._Element) -> tuple[str, str]:
    return element.get("role", ""), element.get("name", "")


def _is_over(token: etree._Element, now: dt.datetime) -> bool:
    try:
        return dt.datetime.fromisoformat(token.get("until", "")) < now
    except (ValueError, TypeError):
        return True


def _drop(element: etree._Element) -> None:
    """Remove an element, and the white space behind it."""
    parent = element.getparent()
    if parent is not None:
        before = element.getprevious()
        if before is not None and element.getnext() is None:
            before.tail = element.tail
        parent.remove(element)
