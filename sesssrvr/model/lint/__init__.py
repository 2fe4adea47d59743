"""What experience says about a model that means something: signatures, ways, captured screens.

Law: pure. An error here is a model that would fail for its users; a warning is worth a look.
"""

from sesssrvr.model.findings import Findings
from sesssrvr.model.lint.screens import lint_screens
from sesssrvr.model.lint.ways import lint_ways
from sesssrvr.model.model import Model


__all__ = ["lint"]


def lint(model: Model) -> Findings:
    """All findings. The model has no errors of meaning (`sesssrvr.model.check`)."""
    found = Findings()
    lint_screens(model, found)
    lint_ways(model, found)
    return found
