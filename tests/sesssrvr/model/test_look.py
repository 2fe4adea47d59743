"""`verdigris look` in memory: what is typed, pressed, saved and shown at a demo bank."""

import io

import pytest

from sesssrvr.cli.look import Viewer
from tests.support.model_runs import Desk


@pytest.fixture
def looked(bank, tmp_path):
    """Obeys lines at a new demo bank; returns what was written."""
    at, out = Desk(), io.StringIO()
    viewer = Viewer(tmp_path, bank, out)
    (tmp_path / "model").mkdir()

    def obey(*lines):
        for line in lines:
            at.drive(viewer.obey(line)(at.screen))
        return out.getvalue()

    obey.folder = tmp_path / "model" / "screens"
    obey.desk = at
    return obey


@pytest.mark.parametrize(
    ("line", "typed"), [("==3.4", "=3.4"), ("::q", ":q"), ("??", "?"), ("?x", "?x")]
)
def test_a_doubled_first_character_is_typed_once(looked, line, typed):
    looked(line)
    assert f" : {typed}" in str(looked.desk.screen)


def test_a_screen_is_shown_with_a_ruler_and_what_the_model_reads_from_it(looked):
    said = looked("TELLER001", "")
    assert "   +----+----1----+----2" in said
    assert 'UserId (12,37 length 10): "TELLER001"' in said


@pytest.mark.parametrize("name", ["Bad Name", "a/b", "3.4", "", "SignOn.", "=X"])
def test_only_names_of_entities_are_saved(looked, name):
    said = looked(f"={name}")
    assert not looked.folder.exists()
    assert name.startswith("=") or "is not the name of an entity" in said


def test_further_screens_of_an_entity_have_a_suffix(looked):
    looked("=SignOn.2")
    assert (looked.folder / "SignOn.2.txt").is_file()


def test_each_screen_the_host_sends_between_keys_is_shown(looked):
    said = looked("TELLER001", ":Tab", "BANK001", ":Enter PF1")
    assert "entity MainMenu" in said or "entity MessageOfTheDay" in said


def test_the_keys_are_listed(looked):
    assert "PF1 to PF24" in looked(":?")


def test_the_old_screen_is_not_saved_while_the_host_has_not_answered(looked, monkeypatch):
    monkeypatch.setattr(looked.desk, "pump", lambda: None)  # the host is slow
    looked(":Enter")
    assert "not saved: the keyboard is locked" in looked("=MainMenu")
    assert not looked.folder.exists()
