"""What Active Directory does that OpenLDAP does not: its matching rules, understood by a small server.

Written from MS-ADTS 3.1.1.3.4.4 and RFC 4511 (4.5.1.7): filters are decoded here, by nothing that the
product uses.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.hostile_ldap import BIND, SEARCH, bind_of, bound, done, entry


BIT_AND = "1.2.840.113556.1.4.803"
IN_CHAIN = "1.2.840.113556.1.4.1941"

AND, OR, NOT, EQUAL, PRESENT, EXTENSIBLE = 0xA0, 0xA1, 0xA2, 0xA3, 0x87, 0xA9
SUCCESS, INVALID_CREDENTIALS, INSUFFICIENT = 0, 49, 50

Attributes = Mapping[str, Sequence[str]]


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and contents of BER elements, one after the other."""
    while data:
        tag, size, start = data[0], data[1], 2
        if size & 0x80:
            start = 2 + (size & 0x7F)
            size = int.from_bytes(data[2:start], "big")
        yield tag, data[start : start + size]
        data = data[start + size :]


@dataclass
class ActiveDirectory:
    """A directory.

    Attributes:
        entries: attributes by DN.
        passwords: of those who may bind.
        rules: the matching rules that filters named, in order.
        searches: the bases that were searched.
    """

    entries: Mapping[str, Attributes]
    passwords: Mapping[str, str]
    rules: list[str] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)

    def __call__(self, number: int, tag: int, content: bytes) -> Iterable[bytes]:
        """The answer to a request."""
        if tag == BIND:
            dn, password = bind_of(content)
            good = self.passwords.get(dn.lower()) == password
            yield bound(number, SUCCESS if good else INVALID_CREDENTIALS)
        elif tag == SEARCH:
            parts = [*elements(content)]
            base, (kind, condition) = parts[0][1].decode(), parts[6]
            wanted = [name.decode() for _, name in elements(parts[7][1])]
            self.searches.append(base)
            for dn, attributes in self.entries.items():
                if dn.lower().endswith("," + base.lower()) and self._holds(kind, condition, dn):
                    (name,) = wanted
                    yield entry(number, dn, **{name: attributes[name][0]})
            yield done(number)

    def _holds(self, kind: int, condition: bytes, dn: str) -> bool:
        """Whether a filter holds for an entry."""
        parts = [*elements(condition)] if kind != PRESENT else []
        if kind == AND:
            return all(self._holds(*it, dn) for it in parts)
        if kind == OR:
            return any(self._holds(*it, dn) for it in parts)
        if kind == NOT:
            return not self._holds(*parts[0], dn)
        if kind == EQUAL:
            name, value = (it.decode() for _, it in parts)
            return value.lower() in self._values(dn, name)
        if kind == EXTENSIBLE:
            named = {tag: value.decode("utf-8", "replace") for tag, value in parts}
            return self._matches(named[0x81], named[0x82], named[0x83], dn)
        raise AssertionError(f"filter {kind:#x} was not expected")

    def _matches(self, rule: str, name: str, value: str, dn: str) -> bool:
        """Whether a matching rule holds."""
        self.rules.append(rule)
        rules: dict[str, Callable[[], bool]] = {
            BIT_AND: lambda: any(
                int(it) & int(value) == int(value) for it in self._values(dn, name)
            ),
            IN_CHAIN: lambda: value.lower() in self._chain(dn, name, set()),
        }
        return rules[rule]()

    def _chain(self, dn: str, name: str, seen: set[str]) -> set[str]:
        """Everything that an attribute names, and what that of those names, and so on."""
        for one in self._values(dn, name) - seen:
            seen.add(one)
            self._chain(one, name, seen)
        return seen

    def _values(self, dn: str, name: str) -> set[str]:
        known = {it.lower(): attributes for it, attributes in self.entries.items()}
        found = {it.lower(): values for it, values in known.get(dn.lower(), {}).items()}
        return {it.lower() for it in found.get(name.lower(), ())}
