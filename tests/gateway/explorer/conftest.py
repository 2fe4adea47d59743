"""Fixtures of the explorer in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import (
    CHROMIUM,
    Browser,
)
from verdigris.child_process import Process


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: the explorer is not tested in a browser")
    made = Browser(tmp_path_factory.mktemp("chromium"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a gateway with made-up answers listens."""
    served = Path(__file__).with_name("served.py")
    process = Process("served", [str(served)], tmp_path_factory.mktemp("served"))
    process.start(module=False)
    yield f"http://127.0.0.1:{process.port()}"
    process.stop()
