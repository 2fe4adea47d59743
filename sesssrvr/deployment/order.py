"""What is wanted of a deployment, besides the package."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Order:
    """Whose order a deployment is, and of what.

    Attributes:
        model: whose package it has to be; "" is that of any.
        package: its SHA-256, for a model that follows the installation; "" deploys by hand.
        check: only read it; nothing is deployed.
    """

    model: str = ""
    package: str = ""
    check: bool = False


BY_HAND: Final = Order()
