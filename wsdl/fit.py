"""Whether a value fits its column: the schema's judgement, for values that came without XML.

Law: a value fits exactly when the contract's XML Schema takes its lexical form (a test compares the
two on generated columns and values). Pure; no error says the value.
"""

from decimal import Decimal

from verdigris.metadata import Column, Value


def fits(column: Column, value: Value) -> bool:
    """Whether a value of the column's type keeps within its facets.

    Args:
        column: of the contract, so its bounds are sound.
        value: what `wsdl.value_of` gives; None is never judged here.
    """
    if column.type == "text":
        length = len(str(value))
        return column.min_length <= length and not 0 < column.max_length < length
    if column.type in {"integer", "decimal"}:
        return _within(column, Decimal(str(value))) and _precise(column, str(value))
    if column.type == "date":
        text = str(value)
        return (not column.minimum or column.minimum.strip()[:10] <= text) and (
            not column.maximum or text <= column.maximum.strip()[:10]
        )
    return True


def _within(column: Column, number: Decimal) -> bool:
    low, high = column.minimum.strip(), column.maximum.strip()
    return (not low or Decimal(low) <= number) and (not high or number <= Decimal(high))


def _precise(column: Column, text: str) -> bool:
    """Zeros at the end are no digits of the value (XML Schema part 2, 4.3.12)."""
    if column.type != "decimal" or column.fraction_digits < 0:
        return True
    return len(text.partition(".")[2].rstrip("0")) <= column.fraction_digits
