"""The meaning of compound procedures (product facts 6.2).

The first subprocedure is a SELECT; then SELECT, UPDATE or DELETE, never INSERT; at most one UPDATE
or DELETE, and it is the last; the procedure's kind is that of the last.
"""

from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import same
from sesssrvr.model.table import PassedValue, Procedure, SubProcedure
from verdigris.errors import UnknownProcedure


def check_compound(model: Model, procedure: Procedure, found: Findings, where: str) -> None:
    """All problems of one compound procedure."""
    subs: list[Procedure] = []
    outputs: set[str] = set()
    used: set[tuple[str, str]] = set()
    for step in procedure.steps:
        sub = _sub(model, step, found, where)
        if sub is None:
            return
        for problem in _passes(procedure, sub, step, outputs, used):
            found.error(step.origin, problem, where)
        outputs |= {name.casefold() for name in sub.outputs}
        subs.append(sub)
    for problem in (
        *_kinds(procedure, subs),
        *_used(procedure, used),
        *_outputs(procedure, outputs),
    ):
        found.error(procedure.origin, problem, where)


def _sub(model: Model, step: SubProcedure, found: Findings, where: str) -> Procedure | None:
    try:
        _, sub = model.find(step.procedure, step.table)
    except UnknownProcedure:
        there = f" in table {step.table}" if step.table else ""
        found.error(step.origin, f"there is no procedure {step.procedure}{there}", where)
        return None
    if sub.compound:
        found.error(step.origin, f"{sub.name} is compound itself", where)
        return None
    return sub


def _kinds(procedure: Procedure, subs: list[Procedure]) -> list[str]:
    kinds = [sub.kind for sub in subs]
    problems = []
    if kinds[0] != "select":
        problems.append("the first subprocedure has to be a SELECT")
    if "insert" in kinds:
        problems.append("an INSERT cannot be a subprocedure")
    if any(kind != "select" for kind in kinds[:-1]):
        problems.append("only the last subprocedure can be an UPDATE or DELETE")
    if procedure.kind != kinds[-1]:
        problems.append(f"its type has to be that of its last subprocedure: {kinds[-1].upper()}")
    return problems


def _passes(
    procedure: Procedure,
    sub: Procedure,
    step: SubProcedure,
    outputs: set[str],
    used: set[tuple[str, str]],
) -> list[str]:
    problems = []
    for one in step.passes:
        taken = sub.filters if one.role == "filter" else sub.data
        if not any(same(parameter.column, one.column) for parameter in taken):
            problems.append(f"{sub.name} has no {one.role} {one.column}")
        if one.source != "text" and one.name.casefold() not in _sources(procedure, one, outputs):
            problems.append(f"there is no {one.source} {one.name} to pass on to {sub.name}")
        used.add((one.source, one.name.casefold()))
    for role, parameters in (("filter", sub.filters), ("data", sub.data)):
        for parameter in parameters:
            passed = any(
                one.role == role and same(one.column, parameter.column) for one in step.passes
            )
            if parameter.required and not passed:
                problems.append(f"{sub.name} needs {role} {parameter.column}: pass it on")
    return problems


def _sources(procedure: Procedure, one: PassedValue, outputs: set[str]) -> set[str]:
    if one.source == "output":
        return outputs
    parameters = procedure.filters if one.source == "filter" else procedure.data
    return {parameter.column.casefold() for parameter in parameters}


def _used(procedure: Procedure, used: set[tuple[str, str]]) -> list[str]:
    return [
        f"{role} {one.column} is not passed to any subprocedure"
        for role, parameters in (("filter", procedure.filters), ("data", procedure.data))
        for one in parameters
        if not (one.rows or one.variable or (role, one.column.casefold()) in used)
    ]


def _outputs(procedure: Procedure, outputs: set[str]) -> list[str]:
    known = outputs | {one.column.casefold() for one in procedure.filters}
    return [
        f"output {name} is not an output of any subprocedure"
        for name in procedure.outputs
        if name.casefold() not in known
    ]
