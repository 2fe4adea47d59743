"""Samples: each is a file that the program it is for accepts."""

import pytest

from verdigris_command.package_data import examples


FILES = ("plugin-cfg.xml", "installation.xml", "mgmtsrvr.xml", "sesssrvr.xml")


@pytest.mark.parametrize("name", FILES)
def test_a_configuration_file_is_printed_that_check_accepts(run, tmp_path, name):
    printed = run("sample", name)
    assert printed.exit_code == 0
    (tmp_path / name).write_text(printed.stdout)
    assert run("check", str(tmp_path / name)).exit_code == 0


@pytest.mark.parametrize("name", ["model", *examples()])
def test_a_model_is_written_that_check_accepts(run, tmp_path, name):
    folder = tmp_path / "MyModel"
    assert run("sample", name, str(folder)).exit_code == 0
    checked = run("check", str(folder))
    assert checked.exit_code == 0, checked.stdout
    again = run("sample", name, str(folder))
    assert "already exists; nothing has been written" in again.stderr


def test_without_a_name_everything_is_listed(run):
    listed = run("sample").stdout.splitlines()
    assert {*FILES, "model FOLDER", "BankDemo FOLDER"} <= set(listed)
    assert [one for one in listed if one.endswith(".service")]


def test_a_misspelled_name_is_told_with_the_right_one(run):
    assert "did you mean plugin-cfg.xml?" in run("sample", "plugin.xml").stderr
    assert "all are listed" in run("sample", "zzzz").stderr


def test_a_model_needs_a_folder_whose_name_a_model_can_have(run, tmp_path):
    assert "FOLDER" in run("sample", "model").stderr
    assert "becomes the model's" in run("sample", "model", str(tmp_path / "my model")).stderr
