"""Models of terminal applications: what a screen is, what is on it, how to get from one to another."""

from sesssrvr.model.deployment import Deployment, PoolConfiguration, VariableList
from sesssrvr.model.host import HostSettings
from sesssrvr.model.interpreter.navigate import go_to, start
from sesssrvr.model.interpreter.procedure import ProcedureCall, ProcedureResult, run_procedure
from sesssrvr.model.model import Model
from sesssrvr.model.package import Package, build_package, read_package
from sesssrvr.model.variables import Variable, Variables, resolve_variables


__all__ = [
    "Deployment",
    "HostSettings",
    "Model",
    "Package",
    "PoolConfiguration",
    "ProcedureCall",
    "ProcedureResult",
    "Variable",
    "VariableList",
    "Variables",
    "build_package",
    "go_to",
    "read_package",
    "resolve_variables",
    "run_procedure",
    "start",
]
