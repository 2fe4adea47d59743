"""What a model means: every name leads somewhere, every type fits, every parameter is used.

Law: pure; a model without an error here can be interpreted without a `KeyError`.
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
    """All problems of meaning."""
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
