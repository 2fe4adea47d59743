"""Whether the pools of a package can be put in force on this server, and what is worth a warning. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sesssrvr.deployment.deployed_model import DeployedModel
from sesssrvr.deployment.deployed_pool import DeployedPool
from sesssrvr.pool import Limits, PoolKey, PoolSettings
from verdigris.errors import UnknownVariable
from verdigris.values import is_name


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the pools of a package are judged by.

    Attributes:
        deployed: the pools of this server,
        models: its models,
        limits: and its limits.
    """

    deployed: Mapping[PoolKey, DeployedPool]
    models: Mapping[str, DeployedModel]
    limits: Limits

    def problems(self, model: str, pools: list[tuple[PoolSettings, DeployedPool]]) -> Iterator[str]:
        """Why the pools cannot be put in force."""
        for settings, deployed in pools:
            kind, name = settings.key
            owner = self.deployed.get(settings.key)
            if owner is not None and owner.program.name != model:
                yield f"session pool {name} already belongs to model {owner.program.name}"
            if not is_name(name):
                yield f"{name!r} is not a name for a session pool"
            try:
                deployed.program.resolve({}, deployed.variables(0 if settings.rows else -1))
            except UnknownVariable as problem:
                yield f"{kind} {name}: {problem}"

    def warnings(self, settings: PoolSettings) -> Iterator[str]:
        """What is allowed, and will cause refusals one day."""
        limit = self.limits.maximum
        name = settings.key.name
        if settings.key.kind == "model":
            return
        if settings.maximum > limit:
            yield f"warning: session pool {name}: {settings.maximum} sessions are more than the server's limit of {limit}"
        if settings.rows is not None and settings.rows < settings.maximum:
            yield _FEW_ROWS.format(pool=name, list=settings.row_list, rows=settings.rows, maximum=settings.maximum)  # fmt: skip
        yield from self._users_of_other_models(settings)

    def _users_of_other_models(self, settings: PoolSettings) -> Iterator[str]:
        """Rows that a model of the same host has as well: rows are shared out for each model alone."""
        mine = {key.casefold() for key in settings.row_keys if key and settings.row_group}
        for model in self.models.values():
            theirs = [other for other, _ in model.pools if other.host == settings.host]
            keys = {key.casefold(): key for other in theirs for key in other.row_keys if key}
            both = sorted(keys[key] for key in mine & keys.keys())
            if both and model.name != settings.model:
                more = f" and {len(both) - 1} more" if len(both) > 1 else ""
                yield _SHARED_USERS.format(
                    pool=settings.key.name,
                    list=settings.row_list,
                    users=both[0] + more,
                    model=model.name,
                    host=settings.host,
                )


_SHARED_USERS: Final = (
    "warning: session pool {pool}: variable list {list} has accounts that a list of model {model} has too, at the "
    "same host {host} ({users}): sessions of both models sign on as the same user"
)
_FEW_ROWS: Final = "warning: session pool {pool}: variable list {list} has {rows} rows for up to {maximum} sessions"
