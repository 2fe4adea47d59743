"""Quality of a correct model: unique signatures, ways between entities, captured screens.

`sesssrvr.model.check` comes first and says whether the model can be used at all. An error here is
a model that would fail on its own captured screens; a warning is worth a look.
"""

from sesssrvr.model.findings import Findings
from sesssrvr.model.lint.screens import lint_screens
from sesssrvr.model.lint.texts import lint_readings
from sesssrvr.model.lint.ways import lint_ways
from sesssrvr.model.model import Model


__all__ = ["lint"]


def lint(model: Model) -> Findings:
    """All findings on a model that `sesssrvr.model.check` has accepted."""
    found = Findings()
    lint_screens(model, found)
    lint_readings(model, found)
    lint_ways(model, found)
    return found
