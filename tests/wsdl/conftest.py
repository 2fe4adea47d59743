"""Fixtures of models and their contracts."""

import os
from collections.abc import Callable

import pytest

from tests.support.contracts import (
    EVERYTHING,
    ROOT,
    contract_of_example,
)
from verdigris.metadata import Model
from wsdl import Contract


@pytest.fixture
def everything() -> Model:
    return EVERYTHING


@pytest.fixture(scope="session")
def example() -> Callable[[str], Contract]:
    """`example(name)`: the contract of an example, as its deployed package gives it."""
    return contract_of_example


@pytest.fixture(scope="session")
def golden() -> Callable[[str, bytes], None]:
    """Compare with a reviewed file; VERDIGRIS_GOLDEN=write takes the new bytes for review."""

    def compare(name: str, data: bytes) -> None:
        file = ROOT / "tests" / "wsdl" / "golden" / name
        if os.environ.get("VERDIGRIS_GOLDEN") == "write":
            file.write_bytes(data)
        assert file.read_bytes() == data

    return compare
