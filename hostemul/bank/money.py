"""Amounts as people type and read them; whole pence inside.

Law: inside the bank an amount is an integer number of pence; text becomes one only here. Shown
amounts have thousands commas, two decimals and a leading minus: `1,234.56`, `-12.50`.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final


TYPED: Final = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,2}))?")


def shown(pence: int) -> str:
    """The amount as screens show it: `-1,234.56`."""
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100:,}.{abs(pence) % 100:02}"


def typed(text: str) -> int | None:
    """Pence of what a user typed (`1,234.5`, `1234.50`, `7`); None when it is no amount."""
    match = TYPED.fullmatch(text.strip())
    if match is None:
        return None
    whole, part = match.groups()
    return int(whole.replace(",", "")) * 100 + int((part or "0").ljust(2, "0"))


def percent(text: str) -> Decimal | None:
    """A yearly rate in percent, 0 to 99.999; None when it is none."""
    if re.fullmatch(r"\d{1,2}(\.\d{1,3})?", text.strip()) is None:
        return None
    return Decimal(text.strip())


def monthly_payment(amount: int, rate: Decimal, months: int) -> int:
    """Pence to pay each month for a loan paid back in equal parts (annuity), rounded half up.

    Args:
        amount: pence borrowed.
        rate: percent per year; a month bears a twelfth of it.
        months: number of payments, 1 or more.
    """
    monthly = rate / 1200
    if not monthly:
        exact = Decimal(amount) / months
    else:
        exact = amount * monthly / (1 - (1 + monthly) ** -months)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
