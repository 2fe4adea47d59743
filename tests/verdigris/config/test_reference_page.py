"""The configuration page is what the code says."""

from pathlib import Path

from verdigris.config.reference_page import page


def test_the_configuration_page_is_made_from_the_code():
    found = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"
    assert found.read_text(encoding="utf-8") == page()
