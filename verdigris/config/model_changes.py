"""What a new version of the installation changes for models and pools. Pure; part of `comparison`."""

from collections.abc import Iterable, Iterator
from typing import Final

from verdigris.config.change import Change
from verdigris.config.deployment import SETTINGS, Deployment, OverriddenPool
from verdigris.config.installation import Installation


SHOWN: Final = 12
"""Characters of a package's SHA-256 in sentences."""
NAMED: Final = 10
"""Session servers named in one sentence."""

ROLLOUTS: Final = {"": "is over", "going": "goes on", "stopped": "has stopped"}


def compare_models(old: Installation, new: Installation) -> Iterator[Change]:
    """The differences in packages and pool overrides."""
    before, after = _packages(old), _packages(new)
    for model in sorted({*before, *after}):
        was, now = before.get(model, {}), after.get(model, {})
        yield from _servers(model, was, now)
        yield from _terms(model, _of(old, model), _of(new, model))
    yield from _pools({it.name: it for it in old.pools}, {it.name: it for it in new.pools})


def _packages(installation: Installation) -> dict[str, dict[str, str]]:
    """The package of each session server, by model; models that are deployed nowhere too."""
    found: dict[str, dict[str, str]] = {it.model: {} for it in installation.deployments}
    assigned = installation.assignments()
    for server in installation.servers:
        for model, deployment in assigned.get(server.name, {}).items():
            found[model][server.name] = deployment.package
    return found


def _servers(model: str, was: dict[str, str], now: dict[str, str]) -> Iterator[Change]:
    """What session servers get and lose, those of one change in one sentence."""
    groups: dict[tuple[str, str], list[str]] = {}
    for server in [*now, *(it for it in was if it not in now)]:
        pair = was.get(server, ""), now.get(server, "")
        if pair[0] != pair[1]:
            groups.setdefault(pair, []).append(server)
    for (before, after), servers in groups.items():
        verb = "gets" if len(servers) == 1 else "get"
        if not after:
            lose = "loses" if len(servers) == 1 else "lose"
            text = f"{_listed(servers)} {lose} model {model} and its pools; sessions in use finish."
            yield Change("model", model, "removed", text)
        elif before:
            text = f"{_listed(servers)} {verb} package {after[:SHOWN]} of model {model} instead of {before[:SHOWN]}."
            yield Change("model", model, "changed", text)
        else:
            text = f"{_listed(servers)} {verb} model {model}, package {after[:SHOWN]}."
            yield Change("model", model, "added", text)


def _listed(servers: list[str]) -> str:
    named = servers[:NAMED]
    if more := len(servers) - len(named):
        return f"{', '.join(named)} and {more} more"
    return ", ".join(named)


def _of(installation: Installation, model: str) -> list[Deployment]:
    return [it for it in installation.deployments if it.model == model]


def _terms(model: str, old: list[Deployment], new: list[Deployment]) -> Iterator[Change]:
    """Differences besides the packages of servers."""
    was, now = ({(it.domains, it.servers): it for it in found} for found in (old, new))
    if was.keys() != now.keys():
        where = "; ".join(it.targets for it in new)
        text = (
            f"Model {model} is deployed to {where}."
            if where
            else f"Model {model} is deployed nowhere."
        )
        yield Change("model", model, "changed", text)
    for targets, one in now.items():
        before = was.get(targets)
        if before is None:
            continue
        if before.rollout != one.rollout:
            text = f"The rollout of model {model} to {one.targets} {ROLLOUTS[one.rollout]}."
            yield Change("model", model, "changed", text)
        if (before.at_a_time, before.stop_on_error) != (one.at_a_time, one.stop_on_error):
            then = "stops" if one.stop_on_error else "goes on"
            text = f"Model {model} is rolled out to {one.targets} {one.at_a_time} at a time, and {then} after an error."
            yield Change("model", model, "changed", text)
        if before.previous != one.previous:
            text = f"Model {model}: `verdigris deploy --back` returns to package {one.previous[:SHOWN] or 'none'}."
            yield Change("model", model, "changed", text)


def _pools(old: dict[str, OverriddenPool], new: dict[str, OverriddenPool]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        was = old[name].values if name in old else {}
        now = new[name].values if name in new else {}
        if was != now:
            change = "added" if not was else "removed" if not now else "changed"
            yield Change("pool", name, change, f"Pool {name}: {'; '.join(_values(was, now))}.")


def _values(was: dict[str, int], now: dict[str, int]) -> Iterable[str]:
    for name, attribute in SETTINGS.items():
        before, after = was.get(name), now.get(name)
        if before != after:
            yield f"{attribute} {_said(after)}, not {_said(before)}"


def _said(value: int | None) -> str:
    return "that of the package" if value is None else str(value)
