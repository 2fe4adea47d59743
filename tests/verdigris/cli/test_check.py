"""Checking files: every file recognised, every problem with its place, the status for scripts."""

import json
import shutil
from pathlib import Path

import pytest

from verdigris.cli.check import Checker
from verdigris.config import installation, plugin_cfg_files
from verdigris.errors import BadPackage, Problem
from verdigris_command.main import CHECKS


EXAMPLE = Path(__file__).parents[3] / "examples" / "BankDemo"
PLUGIN = (
    '<properties><entry key="{key}">x</entry><entry key="methodTimeout">soon</entry></properties>'
)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "plugin-cfg.xml").write_text(plugin_cfg_files.sample())
    (tmp_path / "installation.xml").write_text(installation.sample())
    (tmp_path / "pom.xml").write_text("<project/>")
    (tmp_path / "notes.txt").write_text("x")
    return tmp_path


def test_good_files_are_told_and_strangers_in_a_folder_passed_over(run, place):
    result = run("check", str(place))
    assert result.exit_code == 0, result.output
    assert f"{place}/plugin-cfg.xml: gateway, good" in result.stdout
    assert "pom.xml" not in result.stdout
    assert result.stdout.splitlines()[-1] == "2 files, 0 errors, 0 warnings"


def test_every_problem_of_every_file(run, place):
    (place / "plugin-cfg.xml").write_text(PLUGIN.format(key="domianName"))
    (place / "installation.xml").write_text("<installation>")
    result = run("check", str(place))
    assert result.exit_code == 1
    assert "did you mean domainName" in result.stdout
    assert "methodTimeout" in result.stdout
    assert f"{place}/installation.xml:1: error:" in result.stdout


def test_json_for_programs(run, place):
    (place / "plugin-cfg.xml").write_text(PLUGIN.format(key="domianName"))
    found = json.loads(run("check", "--json", str(place)).stdout)
    plugin = next(it for it in found if it["what"] == "gateway")
    assert (plugin["errors"], len(plugin["problems"])) == (1, 2)
    assert plugin["problems"][0]["line"] == 1


def test_a_file_is_recognised_by_its_root_whatever_its_name(run, place):
    other = place / "night.xml"
    other.write_text(installation.sample())
    assert "installation, good" in run("check", str(other)).stdout


def test_a_file_without_a_readable_root_is_recognised_by_its_name(run, place):
    (place / "installation-test.xml").write_text("")
    result = run("check", str(place / "installation-test.xml"))
    assert result.exit_code == 1
    assert "installation-test.xml" in result.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pom.xml", "unknown kind of file"),
        ("nothing.xml", "no such file"),
        ("empty", "neither configuration files nor models"),
    ],
)
def test_what_cannot_be_checked_is_an_error(run, place, name, said):
    (place / "empty").mkdir()
    result = run("check", str(place / name))
    assert result.exit_code == 1
    assert said in result.stdout


def test_warnings_do_not_fail_unless_they_should(run, place):
    text = installation.sample().replace("<installation ", '<installation force="true" ', 1)
    (place / "installation.xml").write_text(text)
    result = run("check", str(place / "installation.xml"))
    assert ": warning: " in result.stdout, result.output
    assert result.exit_code == 0
    assert run("check", "--strict", str(place / "installation.xml")).exit_code == 1


def test_models_and_packages(run, tmp_path, monkeypatch):
    model = tmp_path / "deep" / "BankDemo" / "model"
    model.mkdir(parents=True)
    (model / "model.xml").write_text("<model/>")
    (tmp_path / "deep" / "Old.zip").write_bytes(b"no zip")

    def refuse(*given):
        file = given[1] if len(given) > 1 else "package"
        raise BadPackage.of(file, [Problem("model/model.xml", 4, "no home entity")])

    monkeypatch.setattr("sesssrvr.cli.model_files.build_package", refuse)
    monkeypatch.setattr("sesssrvr.cli.model_files.read_package", refuse)
    result = run("check", str(tmp_path))
    assert f"{model / 'model.xml'}:4: error: no home entity" in result.stdout
    assert result.stdout.splitlines()[-1] == "2 files, 2 errors, 0 warnings"
    assert [it.what for it in Checker(CHECKS).look(model / "model.xml")] == ["model"]


def test_accounts_that_two_models_have_at_one_host_are_told(run, tmp_path):
    for folder, name in (("A", "BankDemo"), ("B", "OtherBank")):
        shutil.copytree(EXAMPLE, tmp_path / folder)
        for path in (tmp_path / folder).rglob("*.xml"):
            path.write_text(path.read_text().replace('"BankDemo"', f'"{name}"'))
    said = "its variable lists have accounts of model BankDemo at the same host (TELLER001 and 199 more)"
    result = run("check", str(tmp_path))
    assert f"{tmp_path / 'B'}: warning: {said}" in result.stdout.replace("\n", " ")
    assert "BANK001" not in result.output
    alone = run("check", str(tmp_path / "A"), str(tmp_path / "A"))
    assert "0 warnings" in alone.stdout


@pytest.mark.parametrize("kind", CHECKS.documents, ids=lambda kind: kind.what)
def test_every_kind_has_its_loader(kind):
    assert callable(kind.load())


def test_what_a_model_reads_from_its_captured_screens_is_shown_on_request(run):
    result = run("check", "-v", "examples/BankDemo")
    assert result.exit_code == 0
    assert 'CustomerNumber (6,26 length 6): "100001"' in result.stdout
    assert 'Customers record 1 (row 7): Mark "", Number "101026", LastName "SMITH"' in result.stdout
    assert "Customers: 11 more on this page" in result.stdout
    assert "Customers" not in run("check", "examples/BankDemo").stdout
