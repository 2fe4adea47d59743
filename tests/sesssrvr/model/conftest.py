"""Fixtures of models run at the demo bank in memory."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sesssrvr.model import (
    Model,
    Package,
    ProcedureCall,
    ProcedureResult,
    build_package,
    load_model,
    read_folder,
    read_package,
    run_procedure,
    start,
)
from tests.support.model_runs import (
    FOLDER,
    Desk,
    Script,
    sign,
)


@pytest.fixture(scope="session")
def bank_files() -> dict[str, bytes]:
    return read_folder(FOLDER)


@pytest.fixture(scope="session")
def bank_package(bank_files: dict[str, bytes]) -> Package:
    return read_package(build_package(bank_files))


@pytest.fixture(scope="session")
def bank(bank_package: Package) -> Model:
    return bank_package.model


@pytest.fixture
def desk() -> Callable[..., Desk]:
    """Makes a terminal at a new demo bank."""
    return Desk


@pytest.fixture
def teller(bank: Model) -> Iterator[Callable[..., ProcedureResult]]:
    """Calls procedures of BankDemo on one signed-on session of one bank."""
    at = Desk()
    variables = bank.resolve({"userID": "TELLER001", "password": "BANK001"})
    at.drive(start(bank, at.screen, variables))

    def call(procedure: str, filters: Any = None, data: Any = None, **more: Any) -> ProcedureResult:
        order = ProcedureCall("", procedure, filters or {}, data or {}, **more)
        result: ProcedureResult = at.drive(run_procedure(bank, at.screen, order, variables))
        return result

    call.desk = at  # type: ignore[attr-defined]  # for tests that look at the screen
    call.variables = variables  # type: ignore[attr-defined]
    return call


@pytest.fixture
def script() -> type[Script]:
    return Script


@pytest.fixture
def tiny() -> Callable[..., Model]:
    """Makes a model from a few elements; a name alone is an entity whose screen begins with it."""

    def make(*parts: str, home: str = "A", variables: str = "") -> Model:
        space = 'xmlns="urn:verdigris:model:1"'
        files = {}
        for n, part in enumerate(parts):
            whole = part if part.startswith("<") else f'<entity name="{part}">{sign(part)}</entity>'
            tag = "entity" if whole.startswith("<entity") else "table"
            folder = "entities" if tag == "entity" else "tables"
            files[f"{folder}/{n:02}.xml"] = whole.replace(
                f"<{tag} ", f"<{tag} {space} ", 1
            ).encode()
        text = (
            f'<model {space} name="Tiny" home="{home}"><variables>{variables}</variables></model>'
        )
        return load_model({"model.xml": text.encode(), **files}).model

    return make
