"""A model on a session server of its own, for tests: `pytest_plugins = ["sesssrvr.pytest_plugin"]`.

    pytest_plugins = ["hostemul.pytest_plugin", "sesssrvr.pytest_plugin"]

    def test_orders(order_host, model_at):
        orders = model_at("models/OrderEntry", order_host(), userID="CLERK07", password="ORDER07")
        rows = orders.call("Orders", "listOrders", {"Customer": "1014"})

Everything lies in the test's folder and ends with the test; pools are left out, so that the host
sees what the test does and nothing else.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from sesssrvr.cli.model_files import files_of
from sesssrvr.model.package import build_package, read_package
from verdigris.child_process import Process
from verdigris.connector import Target
from verdigris.connector.blocking import Connector, Session
from verdigris.errors import NotOffered
from verdigris.metadata import Value


SERVED_WITHIN = 30.0
"""Seconds until a session server has the model."""
LOOK = 0.05
SETTINGS = """<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="test">
  <listen address="127.0.0.1:0"/>
  <data directory="data"/>
  <deploy directory="deploy" every="0.1"/>
  <hosts><host model="{model}" address="{host}:{port}"/></hosts>
</sesssrvr>
"""


class ModelUnderTest:
    """A model, deployed alone.

    Args:
        model: folder of the model.
        host: where its host is: address and port.
        folder: for settings, data and the server's log.
        variables: model variables of every call, such as user and password.

    Raises:
        FileNotFoundError: there is no model in the folder.
        BadPackage: the model is not valid; with every problem found.
        NotStarted: the session server does not start.
    """

    def __init__(
        self, model: Path, host: tuple[str, int], folder: Path, variables: dict[str, Any]
    ) -> None:
        files = {name: data for name, data in files_of(model).items() if name.startswith("model/")}
        if not files:
            raise FileNotFoundError(
                f"{model.resolve()} is not a model folder: it has no model/model.xml"
            )
        package = build_package(files)
        self.name = read_package(package, model.name).model.name
        (folder / "deploy").mkdir(parents=True)
        (folder / "deploy" / f"{self.name}.zip").write_bytes(package)
        settings = folder / "sesssrvr.xml"
        settings.write_text(SETTINGS.format(model=self.name, host=host[0], port=host[1]))
        self.folder, self.variables = folder, variables
        self._process = Process("sesssrvr", ["sesssrvr", "--config", str(settings)], folder)
        self._process.start()
        self._connector = Connector()
        self._target = Target.model(self.name, server=f"127.0.0.1:{self._process.port()}")
        self._wait()

    def _wait(self) -> None:
        """Until the model is served."""
        end = time.monotonic() + SERVED_WITHIN
        while True:
            try:
                self._connector.describe("model", self.name, server=self._target.server)
            except NotOffered:
                if time.monotonic() > end:
                    raise
                time.sleep(LOOK)
            else:
                return

    def __repr__(self) -> str:
        return f"<ModelUnderTest {self.name}>"

    def call(
        self,
        table: str,
        procedure: str,
        filters: dict[str, Value] | None = None,
        data: dict[str, Value] | None = None,
        *,
        seconds: float = 30.0,
    ) -> list[dict[str, Any]]:
        """Perform a table procedure in a new host session; its rows.

        Raises:
            VerdigrisError: as in production.
        """
        found = self._connector.call(
            self._target,
            table,
            procedure,
            filters or {},
            data or {},
            model_variables=self.variables,
            method_timeout=seconds,
        )
        return [dict(row) for row in found]

    def session(self) -> Session:
        """A host session of its own, for session calls; a context manager.

        Raises:
            VerdigrisError: as in production.
        """
        server = str(self._target.server)
        return self._connector.connect_to_model(server, self.name, model_variables=self.variables)

    @property
    def log(self) -> str:
        """The session server's log so far."""
        return self._process.log.read_text(errors="replace")

    def kill(self) -> None:
        """End the session server at once, as a power failure does."""
        self._process.kill()

    def traces(self) -> list[Path]:
        """The traces of errors so far, the earliest first: each can be played by `host_replay`."""
        return sorted((self.folder / "data" / "traces").glob("*.trc"))

    def stop(self) -> None:
        """End the session server."""
        self._connector.close()
        self._process.stop(5.0)


class ModelAt(Protocol):
    """Deploys a model against a host; keywords are model variables."""

    def __call__(
        self, model: str | Path, host: tuple[str, int], **variables: Any
    ) -> ModelUnderTest:
        """The model, ready to be called."""


@pytest.fixture
def model_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelAt]:
    """Deploy a model against a host: `model_at("models/OrderEntry", order_host(), userID="...")`."""
    running: list[ModelUnderTest] = []

    def start(model: str | Path, host: tuple[str, int], **variables: Any) -> ModelUnderTest:
        folder = tmp_path_factory.mktemp("model")
        running.append(ModelUnderTest(Path(model), host, folder, variables))
        return running[-1]

    yield start
    for one in running:
        one.stop()
