"""Models of terminal applications: what a screen is, what is on it, how to get from one to another."""

from sesssrvr.model.deployment_descriptor import (
    DeploymentDescriptor,
    PoolConfiguration,
    VariableList,
)
from sesssrvr.model.folder import read_folder
from sesssrvr.model.host import HostSettings
from sesssrvr.model.interaction import Interaction, may_write, run_call
from sesssrvr.model.interpreter.call import ProcedureCall, ProcedureResult
from sesssrvr.model.interpreter.navigate import go_to, start
from sesssrvr.model.interpreter.procedure import run_procedure
from sesssrvr.model.interpreter.sign_on import SignOnRefused
from sesssrvr.model.loader import Loaded, load_model
from sesssrvr.model.model import Model
from sesssrvr.model.package import Package, build_package, check_package, digest, read_package
from sesssrvr.model.variables import Variable, Variables, resolve_variables


__all__ = [
    "DeploymentDescriptor",
    "HostSettings",
    "Interaction",
    "Loaded",
    "Model",
    "Package",
    "PoolConfiguration",
    "ProcedureCall",
    "ProcedureResult",
    "SignOnRefused",
    "Variable",
    "VariableList",
    "Variables",
    "build_package",
    "check_package",
    "digest",
    "go_to",
    "load_model",
    "may_write",
    "read_folder",
    "read_package",
    "resolve_variables",
    "run_call",
    "run_procedure",
    "start",
]
