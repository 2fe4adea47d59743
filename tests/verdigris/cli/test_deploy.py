"""Packages from folder to server. The model engine is stood in for: its own tests judge models."""

from types import SimpleNamespace

import pytest

from sesssrvr.cli.deploy import _warn
from sesssrvr.model.deployment_descriptor import DeploymentDescriptor
from verdigris.errors import BadPackage, Problem
from verdigris.link import Silent, listen
from verdigris.wire import Deploy, Deployed, Done, Hello, Undeploy


pytestmark = pytest.mark.sockets


@pytest.fixture
def folder(tmp_path):
    for name in ("model/model.xml", "model/entities/Menu.xml", "deploy/deploy_desc.xml", ".git/x"):
        path = tmp_path / "BankDemo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<{path.stem}/>")
    (tmp_path / "BankDemo" / "model" / ".swp").write_text("x")
    (tmp_path / "BankDemo" / "notes.txt").write_text("x")
    return tmp_path / "BankDemo"


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    """`build_package` and `read_package` that need no real model."""
    made = SimpleNamespace(problems=[], warnings=(), files=None)
    deployment = DeploymentDescriptor("BankDemo", targets=(("production", "vs1"),))

    def build(files):
        made.files = files
        if made.problems:
            raise BadPackage.of("package", made.problems)
        return b"PK" + b"".join(files.values())

    def read(data, file="package"):
        if made.problems:
            raise BadPackage.of(file, made.problems)
        return SimpleNamespace(
            name="BankDemo", digest="d" * 64, warnings=made.warnings, deployment=deployment
        )

    for module in ("model_files", "deploy"):
        monkeypatch.setattr(f"sesssrvr.cli.{module}.read_package", read)
    monkeypatch.setattr("sesssrvr.cli.model_files.build_package", build)
    return made


class TestPackage:
    def test_it_holds_model_and_deploy_and_nothing_hidden(self, run, folder, tmp_path, engine):
        result = run("package", str(folder), "-o", str(tmp_path / "X.zip"))
        assert result.exit_code == 0, result.output
        assert sorted(engine.files) == [
            "deploy/deploy_desc.xml",
            "model/entities/Menu.xml",
            "model/model.xml",
        ]
        assert (tmp_path / "X.zip").read_bytes().startswith(b"PK")
        assert "model BankDemo" in result.stdout

    def test_named_after_the_model_by_default(self, run, folder, tmp_path, monkeypatch, loads):
        monkeypatch.chdir(tmp_path)
        result = run("package", str(folder), "--json")
        assert loads(result)["file"] == "BankDemo.zip"
        assert (tmp_path / "BankDemo.zip").exists()

    def test_every_problem_is_told_and_nothing_is_written(self, run, folder, tmp_path, engine):
        engine.problems = [Problem("model/model.xml", 3, "no home entity")]
        result = run("package", str(folder), "-o", str(tmp_path / "X.zip"))
        assert result.exit_code == 4
        assert "line 3: no home entity" in result.stderr
        assert not (tmp_path / "X.zip").exists()

    def test_a_folder_that_is_none(self, run, tmp_path):
        result = run("package", str(tmp_path))
        assert result.exit_code == 2
        assert "no model/model.xml" in result.stderr

    def test_a_place_that_cannot_be_written_keeps_what_was_there(self, run, folder, tmp_path):
        result = run("package", str(folder), "-o", str(tmp_path / "no" / "X.zip"))
        assert result.exit_code == 1
        assert "Error 9503" in result.stderr


class TestDeploy:
    @pytest.fixture
    def package(self, tmp_path):
        path = tmp_path / "B.zip"
        path.write_bytes(b"PKzip")
        return str(path)

    def test_through_the_management_server(self, run, api, package):
        result = run("deploy", package, "--server", "vs1", api=api)
        assert result.exit_code == 0, result.output
        assert result.stdout == "vs1: BankDemo v7\n"
        assert "warning: list too short" in result.stderr
        assert api.asked[-1][3] == b"PKzip"

    def test_on_every_server_that_is_online(self, run, api, package, loads):
        result = run("deploy", package, "--all", "--json", api=api)
        assert [it["server"] for it in loads(result)] == ["vs1"]

    def test_a_folder_is_built_first(self, run, api, folder):
        assert run("deploy", str(folder), "--server", "vs1", api=api).exit_code == 0
        assert api.asked[-1][3].startswith(b"PK")

    def test_a_target_of_the_descriptor(self, run, api, package):
        assert run("deploy", package, "--target", "production", api=api).exit_code == 0
        result = run("deploy", package, "--target", "test", api=api)
        assert result.exit_code == 2
        assert "no target test: production." in result.stderr

    def test_where_has_to_be_said(self, run, api, package):
        assert run("deploy", package, api=api).exit_code == 2

    def test_without_a_management_server(self, run, package, on_reactor, request):
        reactor = request.getfixturevalue("_reactor_thread")
        from twisted.internet.endpoints import serverFromString  # noqa: PLC0415 - only here

        got = []

        class Server(Silent):
            async def handle(self, call):
                got.append(call.body)
                if isinstance(call.body, Deploy):
                    return Deployed("BankDemo", "v9", ("careful",))
                return Done()

        endpoint = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
        hello = Hello("session server", "vs1")
        port = on_reactor(listen, endpoint, hello, Server(), reactor)
        where = f"127.0.0.1:{port.getHost().port}"
        try:
            result = run("deploy", package, "--server", where)
            assert result.stdout == f"{where}: BankDemo v9\n"
            assert run("undeploy", "BankDemo", "--server", where).exit_code == 0
            assert got == [Deploy(b"PKzip"), Undeploy("BankDemo")]
        finally:
            on_reactor(port.stopListening)
        assert run("deploy", package, "--server", where).exit_code == 3


def test_a_warning_that_names_its_file_is_not_called_one_twice(capsys):
    _warn(["deploy/mvl_desc.xml:4: warning: variable list Users has equal rows", "list too short"])
    assert capsys.readouterr().err.splitlines() == [
        "deploy/mvl_desc.xml:4: warning: variable list Users has equal rows",
        "warning: list too short",
    ]
