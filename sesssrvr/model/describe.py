"""From a model to what clients see of it.

The digest depends on everything clients can see and on nothing else: deploying the same model
again gives the same digest.
"""

from hashlib import sha256
from typing import Protocol

import msgspec

from sesssrvr.model.host import HostSettings
from sesssrvr.model.table import Procedure, ProcedureParameter, Table
from sesssrvr.model.variables import Variable
from verdigris import metadata


class Described(Protocol):
    """What clients see of a `Model`; the model itself stands above this module."""

    @property
    def name(self) -> str:
        """Of the model."""

    @property
    def description(self) -> str:
        """The modeller's words."""

    @property
    def home(self) -> str:
        """The home entity."""

    @property
    def host(self) -> HostSettings:
        """Its type is the type of the sessions."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """What clients call."""

    @property
    def variables(self) -> tuple[Variable, ...]:
        """What clients may set and read."""


def describe(model: Described, version: str, namespace: str) -> metadata.Model:
    """The metadata of a model."""
    shown = metadata.Model(
        name=model.name,
        description=model.description,
        session_type=model.host.type,
        home_entity=model.home,
        namespace=namespace,
        tables=tuple(_table(table) for table in model.tables),
        variables=tuple(_variable(one) for one in model.variables if not one.hidden),
    )
    digest = sha256(msgspec.json.encode(shown)).hexdigest()
    return msgspec.structs.replace(shown, version=version, digest=digest)


def _table(table: Table) -> metadata.Table:
    return metadata.Table(
        name=table.name,
        columns=table.columns,
        procedures=tuple(_procedure(one) for one in table.procedures),
        description=table.description,
    )


def _procedure(procedure: Procedure) -> metadata.Procedure:
    return metadata.Procedure(
        name=procedure.name,
        kind=procedure.kind,
        filters=tuple(_parameter(one) for one in procedure.filters),
        data=tuple(_parameter(one) for one in procedure.data),
        outputs=procedure.outputs,
        compound=procedure.compound,
        read_only=procedure.read_only,
        hidden=procedure.hidden,
        sql=procedure.sql,
        description=procedure.description,
    )


def _parameter(one: ProcedureParameter) -> metadata.Parameter:
    return metadata.Parameter(column=one.column, required=one.required)


def _variable(one: Variable) -> metadata.Variable:
    return metadata.Variable(
        name=one.name,
        default="" if one.secret else one.value,
        description=one.description,
        readable=one.read and not one.secret,
        writable=one.write,
        secret=one.secret,
    )
