"""Whether files can be kept in a folder is known before one has to be."""

import os
from pathlib import Path

import pytest

from verdigris.config.writable import why_denied, why_not_writable


def test_a_folder_is_made_and_left_empty(tmp_path):
    assert why_not_writable(tmp_path / "a" / "b") == ""
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_that_takes_no_file_is_told_with_the_reason(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert why_not_writable(tmp_path / "file" / "data") == "Not a directory"
    assert why_not_writable(tmp_path / "file") == "File exists"
    assert why_not_writable(Path("/proc")) != ""  # permissions say yes to root, the file system no


def test_asking_by_permissions_makes_nothing(tmp_path):
    assert why_denied(tmp_path / "a" / "b") == ""
    assert not (tmp_path / "a").exists()


def test_what_is_no_folder_is_denied(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert why_denied(tmp_path / "file" / "data") == f"{tmp_path / 'file'} is not a folder"


@pytest.mark.parametrize("missing", [os.R_OK, os.W_OK, os.X_OK])
def test_a_folder_that_a_file_cannot_be_made_in_is_denied(tmp_path, monkeypatch, missing):
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & missing)
    assert why_denied(tmp_path / "data") == f"no permission to write to {tmp_path}"
