"""Filter expressions and conditions of clients: comparisons joined by `and`, `or`, `not` (product facts 9.3).

Pure. A value is a text in double quotes (a quotation mark inside is doubled), a number, or a name: a
field, an attribute, or `variables.Name`. Operators are = (equal), =* (equal in any case), <>, <, >, <= and
>=. Numbers compare as numbers; a text in quotes is equal only to the same text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple, TypeAlias

from sesssrvr.model.pictures import Picture, picture
from verdigris.errors import BadExpression


MAX_LENGTH: Final = 4096
"""Characters of an expression."""
MAX_DEPTH: Final = 50
"""Parentheses and `not` inside each other."""

_TOKEN: Final = re.compile(
    r'\s*(?:(?P<text>"(?:[^"]|"")*")|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])'
    r"|(?P<name>[^\W\d][\w-]*(?:\.[^\W\d][\w-]*)?)|(?P<sign>=\*|<>|<=|>=|[=<>()]))"
)

Operator: TypeAlias = Literal["=", "=*", "<>", "<", ">", "<=", ">="]


class Shown(NamedTuple):
    """What a name stands for: its text, and how numbers look there."""

    text: str
    format: str = ""


Lookup: TypeAlias = Callable[["Name"], Shown]
"""What a name stands for now; raises `UnknownName`."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written: `Balance`, `Accounts.Balance`, `variables.Least`."""

    owner: str
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class Literally:
    """A text in quotes, or a number."""

    text: str
    number: bool = False


Operand: TypeAlias = Name | Literally


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values compared."""

    left: Operand
    operator: Operator
    right: Operand

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is true."""
        left, right = _shown(self.left, lookup), _shown(self.right, lookup)
        exact = self.operator in ("=", "<>") and any(
            isinstance(one, Literally) and not one.number for one in (self.left, self.right)
        )
        numbers = None if exact or self.operator == "=*" else _numbers(left, right)
        if numbers is not None:
            return _compare(self.operator, *numbers)
        if any(isinstance(one, Literally) and one.number for one in (self.left, self.right)):
            return self.operator == "<>"  # what is no number is neither less nor greater than one
        return _compare(self.operator, left.text, right.text)

    def names(self) -> Iterator[Name]:
        """The names in it."""
        yield from (one for one in (self.left, self.right) if isinstance(one, Name))


@dataclass(frozen=True, slots=True)
class Negation:
    """An expression denied."""

    inner: "Expression"

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is true."""
        return not self.inner.holds(lookup)

    def names(self) -> Iterator[Name]:
        """The names in it."""
        yield from self.inner.names()


@dataclass(frozen=True, slots=True)
class Junction:
    """Expressions of which all, or any, are true."""

    word: Literal["and", "or"]
    parts: tuple["Expression", ...]

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is true."""
        told = (one.holds(lookup) for one in self.parts)
        return all(told) if self.word == "and" else any(told)

    def names(self) -> Iterator[Name]:
        """The names in it."""
        for one in self.parts:
            yield from one.names()


Expression: TypeAlias = Comparison | Negation | Junction


def read_expression(text: str) -> Expression:
    """The expression of a text.

    Raises:
        BadExpression: it is none; says at which character, and never what stands there.
    """
    if len(text) > MAX_LENGTH:
        raise BadExpression(place=MAX_LENGTH, problem=f"it is longer than {MAX_LENGTH} characters")
    reader = _Reader(text)
    found = reader.either(0)
    if reader.kind != "end":
        raise reader.wrong("the expression should end here")
    return found


class _Reader:
    """Reads tokens of a text one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = self.at = 0
        self.kind = self.value = ""
        self.next()

    def __repr__(self) -> str:
        return f"<_Reader at character {self.at + 1}>"

    def next(self) -> None:
        self.at = self._end
        found = _TOKEN.match(self._text, self._end)
        if found is None:
            rest = self._text[self._end :]
            self.at = len(self._text) - len(rest.lstrip())
            if rest.strip():
                raise self.wrong("this is not a value, name or operator")
            self.kind, self.value = "end", ""
            return
        self.kind, self.value = str(found.lastgroup), found[str(found.lastgroup)]
        self.at, self._end = found.start(self.kind), found.end()

    def wrong(self, problem: str) -> BadExpression:
        return BadExpression(place=self.at + 1, problem=problem)

    def word(self, word: str) -> bool:
        """Take a word if it is the next token."""
        if self.kind != "name" or self.value.lower() != word:
            return False
        self.next()
        return True

    def either(self, depth: int) -> Expression:
        parts = [self.both(depth)]
        while self.word("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Junction("or", tuple(parts))

    def both(self, depth: int) -> Expression:
        parts = [self.one(depth)]
        while self.word("and"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else Junction("and", tuple(parts))

    def one(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise self.wrong(f"more than {MAX_DEPTH} levels of parentheses")
        if self.word("not"):
            return Negation(self.one(depth + 1))
        if self.value != "(" or self.kind != "sign":
            return self.comparison()
        self.next()
        found = self.either(depth + 1)
        if self.value != ")" or self.kind != "sign":
            raise self.wrong("a closing parenthesis is missing")
        self.next()
        return found

    def comparison(self) -> Comparison:
        left = self.operand()
        operator = self.value
        if self.kind != "sign" or operator in "()":
            raise self.wrong("an operator is missing: one of = =* <> < > <= >=")
        self.next()
        return Comparison(left, operator, self.operand())  # type: ignore[arg-type]  # the pattern has no other

    def operand(self) -> Operand:
        kind, value = self.kind, self.value
        if kind not in ("text", "number", "name"):
            raise self.wrong("a value is missing: a text in quotes, a number or a name")
        self.next()
        if kind == "text":
            return Literally(value[1:-1].replace('""', '"'))
        if kind == "number":
            return Literally(value, number=True)
        owner, _, name = value.rpartition(".")
        return Name(owner, name)


def _shown(one: Operand, lookup: Lookup) -> Shown:
    return Shown(one.text) if isinstance(one, Literally) else lookup(one)


def _numbers(left: Shown, right: Shown) -> tuple[Decimal, Decimal] | None:
    one, other = _number(left), _number(right)
    return None if one is None or other is None else (one, other)


def _number(shown: Shown) -> Decimal | None:
    how = picture(shown.format) if shown.format else None
    exact = (how or Picture()).read(shown.text)
    return None if exact is None else Decimal(exact)


def _compare(operator: Operator, left: "Decimal | str", right: "Decimal | str") -> bool:
    if operator == "=*":
        return str(left).casefold() == str(right).casefold()
    if operator in ("=", "<>"):
        return (left == right) is (operator == "=")
    less, equal = left < right, left == right  # type: ignore[operator]  # both are of one type
    return {"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[operator]
