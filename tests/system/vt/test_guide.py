"""The first model of docs/vt-hosts.md is a model, and works as the page says."""

import re
from pathlib import Path

import pytest

from sesssrvr.cli.look import settings
from sesssrvr.model import load_model
from verdigris.errors import ConfigurationError


PAGE = Path(__file__).parents[3] / "docs" / "vt-hosts.md"


@pytest.fixture(scope="module")
def diary(tmp_path_factory):
    """Its folder, as it stands on the page."""
    folder = tmp_path_factory.mktemp("diary")
    for text in re.findall(r"```xml\n(.*?)```", PAGE.read_text(), re.DOTALL):
        named = re.search(r"<!-- (model/\S+) -->", text)
        if named:
            path = folder / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder


def test_the_page_has_a_whole_model(diary):
    files = {
        str(path.relative_to(diary / "model")): path.read_bytes() for path in diary.rglob("*.xml")
    }
    assert set(files) == {
        "model.xml", "entities/Month.xml", "entities/GoToDay.xml", "tables/Appointments.xml",
    }  # fmt: skip
    warnings = load_model(files).warnings
    assert {one.message for one in warnings} == {
        f"entity {name} has no captured screen" for name in ("Month", "GoToDay")
    }


def test_its_host_is_known_before_it_is_a_model(diary, capsys):
    host, model = settings(diary)
    assert (host.type, host.option("rows"), model.name) == ("VT", "43", "Diary")
    for path in (diary / "model" / "entities").iterdir():
        path.rename(path.with_suffix(".off"))
    try:
        host, model = settings(diary)
    finally:
        for path in (diary / "model" / "entities").iterdir():
            path.rename(path.with_suffix(".xml"))
    assert (host.port, model) == (2323, None)
    assert "the home entity Month does not exist" in capsys.readouterr().err
    with pytest.raises(ConfigurationError):
        settings(diary / "model" / "tables")


@pytest.mark.processes
def test_its_procedure_lists_a_day(diary, telnet_host, desk):
    with telnet_host("calendar", "calcurse") as port:
        made = desk(str(diary), port)
        try:
            rows = made.call("ListDay", {"Day": "2026-11-23"})
            assert [row["Subject"] for row in rows] == ["Board meeting", "Interview"]
            assert made.call("ListDay", {"Day": "2026-11-25"}) == []
        finally:
            made.close()
