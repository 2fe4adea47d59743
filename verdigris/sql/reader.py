"""Text -> `Statement`. The grammar is sqlglot's; what of it is taken is decided here.

Law: everything of the subset is taken, everything else is refused by its name. No error repeats a
value of the statement: it may be secret.
"""

import logging
import re
from decimal import Decimal
from typing import Any, Final, NoReturn

from verdigris.errors import BadStatement, UnsupportedStatement
from verdigris.sql.statement import Both, Compare, Condition, Constant, Either, Not, Statement


MAX_LENGTH: Final = 20_000
"""Characters of a statement: sqlglot needs 0.2 ms for 200, and time grows with them."""

MAX_COMPARES: Final = 500
"""Conditions of one statement: each is tried on each row."""

MAX_NAME: Final = 128
"""Characters of an identifier (product facts 6.3)."""

_NAME: Final = re.compile(r"[^\W\d_]\w*\Z")
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")

_IN_COLLATED: Final = re.compile(
    rf"(?P<quoted>{_LITERAL.pattern})"
    rf"|(?P<list>\bIN\s*\((?:[^()'\"]|{_LITERAL.pattern})*)\)\s*(?P<collate>COLLATE\s+\w+)",
    re.IGNORECASE,
)
"""A literal, or a list of values that COLLATE follows: the grammar expects it after a value."""

_CLAUSES: Final = {
    "joins": "JOIN", "order": "ORDER BY", "group": "GROUP BY", "having": "HAVING", "limit": "LIMIT",
    "offset": "OFFSET", "distinct": "DISTINCT", "with_": "WITH", "with": "WITH", "laterals": "LATERAL",
    "sort": "SORT BY", "windows": "WINDOW", "qualify": "QUALIFY", "into": "INTO", "hint": "a hint",
    "locks": "FOR UPDATE", "returning": "RETURNING", "using": "USING", "alias": "a table alias",
    "db": "a qualified table name", "catalog": "a qualified table name", "sample": "TABLESAMPLE",
}  # fmt: skip

_OPERATORS: Final = {
    "EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "Like": "like",
}  # fmt: skip

_MIRRORED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def read(text: str) -> Statement:
    """Read one statement.

    Raises:
        BadStatement: it is no SQL.
        UnsupportedStatement: it is SQL that no procedure can serve.
    """
    if len(text) > MAX_LENGTH:
        raise BadStatement(problem=f"it is longer than {MAX_LENGTH} characters")
    if "?" in _LITERAL.sub("", text):
        _unsupported("A parameter (?)")
    tree = _parsed(text)
    kind = type(tree).__name__
    if kind not in _READERS:
        _unsupported(f"A {_words(kind)} statement")
    statement: Statement = _READERS[kind](tree)
    return statement


def _parsed(text: str) -> Any:
    import sqlglot  # noqa: PLC0415 - 16 MB and 90 ms that only gateways with SQL clients need

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL + 1)  # it logs whole statements
    try:
        found = [tree for tree in sqlglot.parse(_collate_inside(text)) if tree is not None]
    except sqlglot.errors.ParseError as problem:
        places = [(one.get("line"), one.get("col")) for one in problem.errors[:1]]
        where = "".join(f" near line {line}, column {column}" for line, column in places if line)
        raise BadStatement(problem=f"invalid SQL{where}") from None
    except sqlglot.errors.SqlglotError:
        raise BadStatement(problem="a quotation mark or a comment is not closed") from None
    except RecursionError:
        raise BadStatement(problem="its parentheses are nested too deeply") from None
    if len(found) != 1:
        raise BadStatement(problem=f"exactly one statement is expected, not {len(found)}")
    return found[0]


def _collate_inside(text: str) -> str:
    """The text with COLLATE moved from behind a list of values to its last value."""
    return _IN_COLLATED.sub(
        lambda found: found["quoted"] or f"{found['list']} {found['collate']})", text
    )


# ---- statements ------------------------------------------------------------------------------


def _select(tree: Any) -> Statement:
    _only(tree, "expressions", "from_", "where", "kind", "operation_modifiers")
    source = tree.args.get("from_")
    if source is None:
        raise BadStatement(problem="FROM is missing")
    if not tree.expressions:
        raise BadStatement(problem="SELECT does not name a column")
    columns: list[str] = []
    for item in tree.expressions:
        if type(item).__name__ == "Star":
            _only(item)
            return Statement("select", _table(source.this), (), (), _where(tree))
        columns.append(_column(item, "A computed or renamed column"))
    return Statement("select", _table(source.this), tuple(columns), (), _where(tree))


def _insert(tree: Any) -> Statement:
    _only(tree, "this", "expression")
    schema, rows = tree.this, tree.expression
    if type(schema).__name__ != "Schema":
        _unsupported("INSERT without a list of columns")
    if type(rows).__name__ != "Values" or len(rows.expressions) != 1:
        _unsupported("INSERT of anything but one row of VALUES")
    names = [_named(item) for item in schema.expressions]
    row = rows.expressions[0]
    values = [_constant(item) for item in getattr(row, "expressions", None) or [row]]
    if len(names) != len(values):
        raise BadStatement(problem=f"{len(names)} columns but {len(values)} values")
    return Statement("insert", _table(schema.this), (), _unique(names, values), None)


def _update(tree: Any) -> Statement:
    _only(tree, "this", "expressions", "where")
    names, values = [], []
    for item in tree.expressions:
        if type(item).__name__ != "EQ":
            raise BadStatement(problem="SET expects column = value")
        names.append(_column(item.this, "A computed column"))
        values.append(_constant(item.expression))
    return Statement("update", _table(tree.this), (), _unique(names, values), _where(tree))


def _delete(tree: Any) -> Statement:
    _only(tree, "this", "where")
    return Statement("delete", _table(tree.this), (), (), _where(tree))


_READERS: Final = {"Select": _select, "Insert": _insert, "Update": _update, "Delete": _delete}


def _unique(names: list[str], values: list[Constant]) -> tuple[tuple[str, Constant], ...]:
    if len({name.casefold() for name in names}) != len(names):
        raise BadStatement(problem="a column is given twice")
    return tuple(zip(names, values, strict=True))


def _table(tree: Any) -> str:
    if type(tree).__name__ != "Table":
        _unsupported("A table expression other than a table of the model (a subquery or function)")
    _only(tree, "this")
    return _named(tree.this)


# ---- conditions ------------------------------------------------------------------------------


def _where(tree: Any) -> Condition | None:
    where = tree.args.get("where")
    if where is None:
        return None
    count = sum(1 for node in where.walk() if type(node).__name__ == "Column")
    if count > MAX_COMPARES:
        raise BadStatement(problem=f"it has more than {MAX_COMPARES} conditions")
    try:
        return _condition(where.this)
    except RecursionError:
        raise BadStatement(problem="its parentheses are nested too deeply") from None


def _condition(tree: Any) -> Condition:
    kind = type(tree).__name__
    if kind == "Paren":
        return _condition(tree.this)
    if kind == "Not":
        return Not(_condition(tree.this))
    if kind in ("And", "Or"):
        parts = tuple(_condition(part) for part in tree.flatten())
        return Both(parts) if kind == "And" else Either(parts)
    if kind == "Collate":
        return _collated(tree)
    if kind == "In":
        return _in(tree)
    if kind == "Between":
        return _between(tree)
    if kind == "Is":
        return _is(tree)
    if kind in _OPERATORS:
        return _compare(_OPERATORS[kind], tree.this, tree.expression)
    return _unsupported(f"A condition with {_words(kind)}")


def _compare(operator: str, left: Any, right: Any) -> Compare:
    left, first = _nocase(left)
    right, second = _nocase(right)
    nocase = first or second
    if type(left).__name__ == "Column":
        return Compare(_column(left, ""), operator, _constant(right), nocase)
    if type(right).__name__ != "Column" or operator == "like":
        _unsupported("A condition that does not compare a column with a value")
    return Compare(_column(right, ""), _MIRRORED[operator], _constant(left), nocase)


def _in(tree: Any) -> Condition:
    _only(tree, "this", "expressions")
    if not tree.expressions:
        _unsupported("IN with a subquery")
    column, nocase = _nocase(tree.this)
    items = [_nocase(item) for item in tree.expressions]
    nocase = nocase or any(found for _, found in items)
    name = _column(column, "IN without a column")
    return Either(tuple(Compare(name, "=", _constant(item), nocase) for item, _ in items))


def _between(tree: Any) -> Condition:
    column, first = _nocase(tree.this)
    low, second = _nocase(tree.args["low"])
    high, third = _nocase(tree.args["high"])
    name, nocase = _column(column, "BETWEEN without a column"), first or second or third
    return Both(
        (
            Compare(name, ">=", _constant(low), nocase),
            Compare(name, "<=", _constant(high), nocase),
        )
    )


def _is(tree: Any) -> Condition:
    name = _column(tree.this, "IS without a column")
    if type(tree.expression).__name__ == "Null":
        return Compare(name, "is null", None)
    return Compare(name, "=", _constant(tree.expression))


def _collated(tree: Any) -> Condition:
    """COLLATE behind a whole comparison in parentheses."""
    inner, nocase = _nocase(tree)
    found = _condition(inner)
    if isinstance(found, Compare):
        return Compare(found.column, found.operator, found.value, nocase=nocase)
    return _unsupported("COLLATE after anything but a comparison")


def _nocase(tree: Any) -> tuple[Any, bool]:
    """What stands before COLLATE CASE_INSENSITIVE, and whether that was there."""
    if type(tree).__name__ != "Collate":
        return tree, False
    if str(tree.expression.name).upper() != "CASE_INSENSITIVE":
        _unsupported("A collation other than CASE_INSENSITIVE")
    return tree.this, True


# ---- names and literals ----------------------------------------------------------------------


def _column(tree: Any, what: str) -> str:
    if type(tree).__name__ != "Column":
        _unsupported(what)
    if tree.args.get("table") is not None:
        _unsupported("A column with the name of a table before it")
    return _named(tree.this)


def _named(tree: Any) -> str:
    name = str(tree.name)
    quoted = bool(tree.args.get("quoted"))
    if not name or len(name) > MAX_NAME or not (quoted or _NAME.match(name)):
        raise BadStatement(
            problem=f"a name begins with a letter, has at most {MAX_NAME} letters, digits and _, or "
            "is in double quotes"
        )
    return name


def _constant(tree: Any) -> Constant:
    kind = type(tree).__name__
    if kind == "Literal":
        return str(tree.this) if tree.is_string else Decimal(str(tree.this))
    if kind == "Neg" and type(tree.this).__name__ == "Literal" and not tree.this.is_string:
        return -Decimal(str(tree.this.this))
    if kind == "Null":
        return None
    if kind == "Boolean":
        return bool(tree.this)
    if kind == "Paren":
        return _constant(tree.this)
    if kind == "Cast" and str(tree.to.this).upper().endswith("DATE") and tree.this.is_string:
        return str(tree.this.this)
    return _unsupported("A value that is not a literal")


def _only(tree: Any, *allowed: str) -> None:
    """Refuse whatever else a node has."""
    for name, value in tree.args.items():
        if value and name not in allowed:
            _unsupported(_CLAUSES.get(name, _words(name)))


def _words(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).replace("_", " ").strip().upper()


def _unsupported(what: str) -> NoReturn:
    raise UnsupportedStatement(what=what)
