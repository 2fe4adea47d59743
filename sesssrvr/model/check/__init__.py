"""Correctness of a model: every name exists, every type fits, every parameter is used.

`check` runs whenever a model is loaded, on the server too: a model with an error here is refused,
and one without can be interpreted without a `KeyError`. What is correct and still doubtful is
found by `sesssrvr.model.lint`, which needs a correct model to look at: its ways and captured
screens. `verdigris check` runs both.
"""

from sesssrvr.model.check.entities import check_entities
from sesssrvr.model.check.kinds import check_kind
from sesssrvr.model.check.tables import check_tables
from sesssrvr.model.check.terminal_kind import check_terminal
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin, find, meant


__all__ = ["check"]


def check(model: Model, origin: Origin) -> Findings:
    """All errors that make the model unusable."""
    found = Findings()
    found.once("variable", ((one, one.origin) for one in model.variables if one.origin.line))
    found.once("entity", ((one, one.origin) for one in model.entities))
    found.once("table", ((one, one.origin) for one in model.tables))
    if model.home and find(model.entities, model.home) is None:
        guess = meant(model.entities, model.home)
        found.error(origin, f"the home entity {model.home} does not exist{guess}")
    check_terminal(model, origin, found)
    check_kind(model, found)
    check_entities(model, found)
    check_tables(model, found)
    return found
