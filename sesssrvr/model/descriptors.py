"""Reading deploy_desc.xml and mvl_desc.xml, and what is wrong with them for a model.

All problems at once, each with its line; no problem names a value of a variable.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from sesssrvr.model.deployment_descriptor import (
    DEFAULT_MAX_CONCURRENT,
    DeploymentDescriptor,
    PoolConfiguration,
    VariableList,
)
from sesssrvr.model.findings import Findings
from sesssrvr.model.lint.pools import lint_pools
from sesssrvr.model.loader.xml_reader import Node
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin, find, meant, same
from sesssrvr.model.row_identity import equal_rows
from verdigris.config.xmlfile import parse, problems, schema
from verdigris.errors import ConfigurationError


MAX_PENDING: Final = 5
"""Host connects at once of a pool that says nothing: a host survives five sign-ons together."""


def read_deployment(data: bytes, file: str, found: Findings) -> DeploymentDescriptor | None:
    """The deployment descriptor, or None when it cannot be read at all."""
    root = _root(data, file, "model-configuration-descriptor", found)
    if root is None:
        return None
    model = root.text("model-name")
    targets, configured = root.child("deployment-targets"), root.child("model-configuration")
    base = _Values(configured)
    return DeploymentDescriptor(
        model=model,
        host=base.text("host-name"),
        port=base.whole("host-port"),
        namespace=base.text("namespace"),
        connect_timeout=base.seconds("connect-timeout"),
        recording_mode=base.text("recording-mode") or "nothing",
        variables=base.variables(),
        origin=(configured or root).origin,
        targets=tuple((one.name(), one.text("server")) for one in targets.children("target"))
        if targets
        else (),
        pools=tuple(_pool(one, model) for one in root.children("pool-configuration")),
    )


def read_lists(data: bytes, file: str, found: Findings) -> tuple[str, tuple[VariableList, ...]]:
    """The name of the model the lists are for, and the lists."""
    root = _root(data, file, "model-variable-lists", found)
    if root is None:
        return "", ()
    lists = tuple(_list(one, found) for one in root.children("model-variable-list"))
    return root.text("model-name"), lists


def _root(data: bytes, file: str, tag: str, found: Findings) -> Node | None:
    try:
        element = parse(data, file)
    except ConfigurationError as error:
        found.problems += error.problems
        return None
    found.problems += problems(element, schema("sesssrvr.model", "deploy.xsd"), file)
    if etree.QName(element).localname != tag:
        found.error(Origin(file, element.sourceline or 0), f"the root element is not {tag}")
        return None
    return Node(element, file)


class _Values:
    """The child elements of a configuration."""

    def __init__(self, node: Node | None) -> None:
        self._node = node

    def text(self, tag: str) -> str:
        child = self._node.child(tag) if self._node else None
        return child.body.strip() if child else ""

    def whole(self, tag: str, default: int = 0) -> int:
        text = self.text(tag)
        return int(text) if text.isdecimal() and len(text) < 10 else default  # noqa: PLR2004 - the schema allows 6

    def seconds(self, tag: str) -> float:
        try:
            return float(self.text(tag) or 0)
        except ValueError:
            return 0.0

    def flag(self, tag: str, *, default: bool) -> bool:
        text = self.text(tag)
        return text in ("true", "1") if text else default

    def variables(self) -> Mapping[str, str]:
        child = self._node.child("model-variables") if self._node else None
        given = child.children("model-variable") if child else ()
        return {one.name(): one.text("value") for one in given}

    def lists(self) -> tuple[str, ...]:
        child = self._node.child("model-variable-lists") if self._node else None
        return tuple(one.name() for one in child.children("model-variable-list")) if child else ()


def _pool(node: Node, model: str) -> PoolConfiguration:
    values = _Values(node)
    most = values.whole("max-concurrent-sessions", DEFAULT_MAX_CONCURRENT)
    return PoolConfiguration(
        name=node.name(),
        model=model,
        start=values.flag("start-pool", default=True),
        initial_idle=values.whole("initial-idle-sessions"),
        min_idle=values.whole("min-idle-sessions"),
        max_idle=values.whole("max-idle-sessions", most),
        max_concurrent=most,
        max_pending=values.whole("max-pending-sessions", MAX_PENDING),
        startup_entity=values.text("startup-entity"),
        host=values.text("host-name"),
        port=values.whole("host-port"),
        connect_timeout=values.seconds("connect-timeout"),
        namespace=values.text("namespace"),
        recording_mode=values.text("recording-mode") or "nothing",
        variables=values.variables(),
        variable_lists=values.lists(),
        origin=node.origin,
    )


def _list(node: Node, found: Findings) -> VariableList:
    names = tuple(node.text("variables").split())
    rows = []
    for number, row in enumerate(node.children("row"), 1):
        given = row.names()
        missing = [name for name in names if name not in given]
        for name in (*missing, *(one for one in given if one not in names)):
            what = "has no" if name in missing else "has an unknown variable"
            found.error(row.origin, f"row {number} {what} {name}", f"list {node.name()}")
        rows.append(tuple(row.text(name) for name in names))
    shared = node.text("shared") or "installation"
    return VariableList(node.name(), names, tuple(rows), shared, origin=node.origin)


# ---- what it means for a model ---------------------------------------------------------------


def check_deployment(
    model: Model | None,
    deployment: DeploymentDescriptor,
    lists: tuple[VariableList, ...],
    found: Findings,
) -> None:
    """What is wrong with pools and lists, and with them for this model if it can be used at all."""
    found.once("pool", ((one, one.origin) for one in deployment.pools))
    found.once("variable list", ((one, one.origin) for one in lists))
    for pool in deployment.pools:
        for problem in (*_pool_problems(pool), *_list_problems(pool, lists)):
            found.error(pool.origin, problem, f"pool {pool.name}")
    _shared(deployment, lists, found)
    if model is not None:
        _fits(model, deployment, lists, found)


def _fits(
    model: Model, deployment: DeploymentDescriptor, lists: tuple[VariableList, ...], found: Findings
) -> None:
    named = [(one.origin, f"list {one.name}", one.variables) for one in lists]
    named += [(one.origin, f"pool {one.name}", tuple(one.variables)) for one in deployment.pools]
    named += [(deployment.origin, "model-configuration", tuple(deployment.variables))]
    for origin, where, names in named:
        for name in names:
            if find(model.variables, name) is None:
                found.error(origin, f"the model has no variable {name}", where)
    for pool in deployment.pools:
        where = f"pool {pool.name}"
        if pool.startup_entity and find(model.entities, pool.startup_entity) is None:
            words = f"the model has no entity {pool.startup_entity}"
            found.error(pool.origin, words + meant(model.entities, pool.startup_entity), where)
        if not (pool.host or deployment.host or model.host.host):
            found.warn(pool.origin, "neither pool nor model names a host", where)
    lint_pools(model, deployment, lists, found)


def _pool_problems(pool: PoolConfiguration) -> Iterator[str]:
    if pool.min_idle > pool.max_idle:
        yield f"the minimum of idle sessions ({pool.min_idle}) is above the maximum ({pool.max_idle})"
    for what, count in (("initial", pool.initial_idle), ("minimum", pool.min_idle)):
        if count > pool.max_concurrent:
            yield f"{what} idle sessions: {count}, but only {pool.max_concurrent} concurrent ones"


def _list_problems(pool: PoolConfiguration, lists: tuple[VariableList, ...]) -> Iterator[str]:
    owners: dict[str, str] = {name.casefold(): "its variables" for name in pool.variables}
    for name in pool.variable_lists:
        found = find(lists, name)
        if found is None:
            yield f"there is no variable list {name}"
            continue
        if len(found) < pool.max_concurrent:
            yield (
                f"variable list {name} has {len(found)} rows for {pool.max_concurrent} "
                "concurrent sessions: each session needs a row of its own"
            )
        for variable in found.variables:
            other = owners.setdefault(variable.casefold(), f"list {name}")
            if other != f"list {name}":
                yield f"variable {variable} is in list {name} and in {other}"


def _shared(
    deployment: DeploymentDescriptor, lists: tuple[VariableList, ...], found: Findings
) -> None:
    """Rows that pools share are used twice: hosts that allow one sign-on per user notice."""
    wanted: Counter[str] = Counter()
    for pool in deployment.pools:
        for name in pool.variable_lists:
            wanted[name.casefold()] += pool.max_concurrent
    for one in lists:
        users = [p for p in deployment.pools if any(same(one.name, n) for n in p.variable_lists)]
        if len(users) > 1 and wanted[one.name.casefold()] > len(one):
            found.warn(
                one.origin,
                f"variable list {one.name} has {len(one)} rows for "
                f"{wanted[one.name.casefold()]} sessions of {len(users)} pools",
                f"list {one.name}",
            )
        if equal := equal_rows(one):
            found.warn(one.origin, equal, f"list {one.name}")
