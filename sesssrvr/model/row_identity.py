"""What a row of a variable list is known by: the account that a host lets sign on once.

The user, if the list has one, else the values that are no secrets, else the row's number: nothing
secret is in an identity, because identities travel to management servers and are shown to operators.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sesssrvr.model.deployment_descriptor import PoolConfiguration, VariableList
from sesssrvr.model.names import same
from sesssrvr.model.variables import USER_ID, Variable


SHOWN: Final = 3
"""Equal rows that a warning names."""


def identities(one: VariableList, variables: Iterable[Variable]) -> tuple[str, ...]:
    """The identity of each row; "" for one that has only secrets or nothing."""
    known = {variable.name.casefold(): variable for variable in variables}
    shown = [
        (place, known[name.casefold()])
        for place, name in enumerate(one.variables)
        if name.casefold() in known and not _is_secret(known[name.casefold()])
    ]
    users = [place for place, it in shown if it.setting == "host-user" or same(it.name, USER_ID)]
    found = []
    for row in one.rows:
        user = next((row[place] for place in users if row[place]), "")
        found.append(user or " ".join(row[place] for place, _ in shown if row[place]))
    return tuple(found)


def _is_secret(variable: Variable) -> bool:
    return variable.secret or variable.hidden


def equal_rows(one: VariableList) -> str:
    """The warning about rows that are one account, or that are equal; "" if there are none."""
    same_rows: dict[str, list[int]] = {}
    for index, row in enumerate(one.rows):
        known = one.identities[index].casefold() if one.identities else ""
        same_rows.setdefault(known or repr(row), []).append(index)
    equal = [rows for rows in same_rows.values() if len(rows) > 1]
    if not equal:
        return ""
    named = [" and ".join(str(n + 1) for n in rows) + _who(one, rows) for rows in equal]
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    effect = (
        "an account is used by one session at a time, so only the first row of each is used"
        if one.shared == "installation"
        else "an account is used by as many sessions as it has rows"
    )
    said = ", ".join(named[:SHOWN])
    return f"variable list {one.name} has equal rows: {said}{more}; {effect}"


def _who(one: VariableList, rows: Sequence[int]) -> str:
    known = one.identities[rows[0]] if one.identities else ""
    return f" ({known})" if known else ""


@dataclass(frozen=True, slots=True)
class SharedRows:
    """How the rows of a pool are known.

    Attributes:
        group: names the rows that pools and servers share; "" for rows of one pool of one server.
        keys: of each row; "" for one that is not used because an equal one is.
    """

    group: str = ""
    keys: tuple[str, ...] = ()


def shared_rows(
    model: str, pools: Sequence[PoolConfiguration], lists: Mapping[str, VariableList]
) -> dict[str, SharedRows]:
    """How the rows of each pool are known, by the pool's name.

    Lists that a pool uses together belong together: a session takes the same row of each, so that
    their rows are shared out by their number.

    Args:
        model: its name.
        pools: the pools of the model.
        lists: variable lists by name, case-folded.
    """
    found = {}
    for pool in pools:
        mine = [name.casefold() for name in pool.variable_lists]
        group = _together(mine, pools)
        members = [lists[name] for name in sorted(group) if name in lists]
        if members:
            rows = min(len(lists[name]) for name in mine)
            found[pool.name] = _known(model, members, rows)
    return found


def _together(names: Iterable[str], pools: Sequence[PoolConfiguration]) -> set[str]:
    """The lists that belong with these, directly or through other pools."""
    group: set[str] = set(names)
    grown = True
    while grown:
        size = len(group)
        for pool in pools:
            theirs = {name.casefold() for name in pool.variable_lists}
            if theirs & group:
                group |= theirs
        grown = len(group) > size
    return group


def _known(model: str, lists: Sequence[VariableList], rows: int) -> SharedRows:
    parts = [[one.identity(i) for one in lists if i < len(one)] for i in range(rows)]
    names = [" / ".join(dict.fromkeys(part)) for part in parts]
    if all(one.shared == "server" for one in lists):
        times: Counter[str] = Counter()
        keys = []
        for name in names:  # equal rows are as many accounts as the list says
            times[name] += 1
            keys.append(name if times[name] == 1 else f"{name} ({times[name]})")
        return SharedRows("", tuple(keys))
    seen: set[str] = set()
    unique = []
    for name, part in zip(names, parts, strict=True):
        accounts = {f"{place} {one.casefold()}" for place, one in enumerate(part)}
        unique.append("" if accounts & seen else name)
        seen |= accounts
    return SharedRows(f"{model}/{'+'.join(one.name for one in lists)}", tuple(unique))
