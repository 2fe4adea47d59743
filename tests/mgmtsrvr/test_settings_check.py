"""`verdigris check` judges mgmtsrvr.xml with the installation file it names."""

import os

from mgmtsrvr.cli.settings_check import load


DATA = b'<mgmtsrvr xmlns="urn:verdigris:mgmtsrvr:1"/>'


def said(tmp_path):
    return [str(one) for one in load(DATA, str(tmp_path / "mgmtsrvr.xml")).warnings]


def test_an_installation_that_can_be_changed_is_good_and_one_that_is_missing_told(tmp_path):
    (missing,) = said(tmp_path)
    assert "warning: there is no installation file" in missing
    (tmp_path / "installation.xml").write_text("<installation/>")
    assert said(tmp_path) == []


def test_an_installation_that_cannot_be_changed_is_told(tmp_path, monkeypatch):
    (tmp_path / "installation.xml").write_text("<installation/>")
    monkeypatch.setattr(os, "access", lambda *_: False)
    (found,) = said(tmp_path)
    assert "could not be changed by the administration API: no permission to write" in found
