"""The page about models is made from the schemas."""

from pathlib import Path

from sesssrvr.model.docs_page import page


ROOT = Path(__file__).parents[3]


def test_the_page_about_models_is_made_from_the_schemas():
    made = page(ROOT / "examples" / "BankDemo")
    assert made == (ROOT / "docs" / "reference" / "models.md").read_text(encoding="utf-8"), (
        "python -m sesssrvr.model.docs_page examples/BankDemo > docs/reference/models.md"
    )
