"""`verdigris check` judges sesssrvr.xml with the folders and files it names."""

import os

import pytest

from sesssrvr.cli.settings_check import load
from verdigris.errors import ConfigurationError


def text(inside):
    return f'<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="vs1">{inside}</sesssrvr>'.encode()


@pytest.fixture
def said(tmp_path):
    """What is said of a file, as one text: errors and warnings."""
    (tmp_path / "file").write_text("x")

    def look(inside):
        try:
            found = load(text(inside), str(tmp_path / "sesssrvr.xml")).warnings
        except ConfigurationError as wrong:
            found = wrong.problems
        return "\n".join(map(str, found))

    return look


def test_folders_that_will_be_made_and_files_that_are_there_are_good(said):
    host = (
        '<hosts><host model="M" address="h:23" authorities="file" ssh-known-hosts="file"/></hosts>'
    )
    assert said(f'<data directory="a/b"/><deploy directory="drop"/>{host}') == ""


@pytest.mark.parametrize(
    ("inside", "wrong"),
    [
        ('<data directory="file/data"/>', "warning: packages cannot be kept in the data folder"),
        ('<deploy directory="file"/>', "error: the deploy folder"),
        (
            '<hosts><host model="M" address="h:23" certificate="none.pem"/></hosts>',
            "error: tls-certificate of the host of M: there is no file",
        ),
        (
            '<hosts><host model="M" address="h:22" protocol="ssh" ssh-key="none"/></hosts>',
            "error: ssh-key of the host of M: there is no file",
        ),
    ],
)
def test_what_will_not_work_is_told(said, inside, wrong):
    assert wrong in said(inside)


def test_what_another_user_may_read_is_a_warning(said, monkeypatch, tmp_path):
    (tmp_path / "drop").mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = said(
        '<deploy directory="drop"/><hosts><host model="M" address="h:23" key="file"/></hosts>'
    )
    assert found.count("warning: ") == found.count("\n") + 1 == 3
    assert "the deploy folder" in found
    assert "tls-key of the host of M" in found
