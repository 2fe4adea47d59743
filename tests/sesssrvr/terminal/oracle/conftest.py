"""Fixtures of the comparison with s3270."""

from typing import Any

import pytest

from tests.support.random_3270 import (
    Maker,
)
from tests.support.s3270_oracle import (
    ACCEPTED,
    READS,
    difference,
    judged,
    spelled,
    unspelled,
)


@pytest.fixture(scope="session")
def oracle() -> Any:
    """The functions above, for test modules (which do not import each other)."""

    class Oracle:
        Maker = Maker
        accepted = ACCEPTED
        difference = staticmethod(difference)
        judged = staticmethod(judged)
        spelled = staticmethod(spelled)
        unspelled = staticmethod(unspelled)
        reads = tuple(READS.values())

    return Oracle
