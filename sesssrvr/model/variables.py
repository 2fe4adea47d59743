"""Model variables and their precedence (product facts 4.4).

Client's value at connect > pool's list or fixed value > value in the model. A client can set
only variables the model lets it write, and what a variable holds is never in a repr.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Final, Literal

from sesssrvr.model.names import NOWHERE, Origin
from verdigris.errors import UnknownVariable


CURSOR_POSITION: Final = "cursorPosition"
USER_ID: Final = "userID"
PASSWORD: Final = "password"  # noqa: S105 - the variable's name

Setting = Literal[
    "",
    "host-user",
    "host-password",
    "terminal-id",
    "device-name",
    "ssh-private-key",
    "ssh-public-key",
    "ssh-passphrase",
]
"""Host settings a variable can stand for ("Map to setting")."""
SECRET_SETTINGS: Final = frozenset(("host-password", "ssh-private-key", "ssh-passphrase"))
"""Settings whose variables are secret unless a model says otherwise."""


@dataclass(frozen=True, slots=True, repr=False)
class Variable:
    """A model variable.

    Attributes:
        value: in the model; what holds when neither pool nor client gives one.
        read, write: what clients may do.
        hidden: invisible to clients altogether.
        secret: "Encrypt value": never shown anywhere but on the host.
        initialize: "Initialize variable at host connect".
        setting: the host setting it stands for.
    """

    name: str
    value: str = ""
    description: str = ""
    read: bool = True
    write: bool = True
    hidden: bool = False
    secret: bool = False
    initialize: bool = False
    setting: Setting = ""
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)

    def __repr__(self) -> str:
        return f"<Variable {self.name}{' secret' if self.secret else ''}>"


PREDEFINED: Final = (
    Variable(CURSOR_POSITION, description="Row and column of the cursor.", write=False),
    Variable(USER_ID, description="User name at the host.", initialize=True),
    Variable(
        PASSWORD, description="Password at the host.", read=False, secret=True, initialize=True
    ),
)
"""On every model (product facts 4.4); a model may declare them again with other properties."""


class Variables(MutableMapping[str, str]):
    """The values of one session's variables, by name in any case.

    The interpreter writes into it (`ReadVarFromAttr`, read variables, `cursorPosition`).
    """

    __slots__ = ("_names", "_values")

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self.update(values or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name.casefold()]

    def __setitem__(self, name: str, value: str) -> None:
        key = name.casefold()
        self._names.setdefault(key, name)
        self._values[key] = value

    def __delitem__(self, name: str) -> None:
        del self._values[name.casefold()], self._names[name.casefold()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._values)

    def copy(self) -> "Variables":
        """The same values, to be changed apart."""
        other = Variables.__new__(Variables)
        other._names, other._values = self._names.copy(), self._values.copy()  # noqa: SLF001 - its own class
        return other

    def __repr__(self) -> str:
        return f"<Variables {', '.join(self._names.values())}>"


def resolve_variables(
    variables: Iterable[Variable],
    *,
    client: Mapping[str, str] | None = None,
    pool: Mapping[str, str] | None = None,
    model: str = "",
) -> Variables:
    """The values a session starts with.

    Args:
        variables: the model's.
        client: what the client gave at connect.
        pool: the pool's fixed values and its rows of variable lists.
        model: its name, for errors.

    Raises:
        UnknownVariable: the model lacks one, or clients may not set it.
    """
    return Starting(variables).resolve(client or {}, pool or {}, model)


class Starting:
    """The values sessions of a model start with.

    Args:
        variables: the model's.
    """

    __slots__ = ("_known", "_values")

    def __init__(self, variables: Iterable[Variable]) -> None:
        self._known = {variable.name.casefold(): variable for variable in variables}
        self._values = Variables({one.name: one.value for one in self._known.values()})

    def __repr__(self) -> str:
        return f"<Starting {self._values!r}>"

    def resolve(self, client: Mapping[str, str], pool: Mapping[str, str], model: str) -> Variables:
        """See `resolve_variables`."""
        for name in pool:
            if name.casefold() not in self._known:
                raise UnknownVariable(model=model, variable=name, action="set")
        for name in client:
            settable(self._known.get(name.casefold()), model, name)
        values = self._values.copy()
        for given in (pool, client):
            for name, value in given.items():
                values[name] = value
        return values


def settable(variable: Variable | None, model: str, name: str) -> Variable:
    """The variable, if a client may set it.

    Raises:
        UnknownVariable: there is none, it is hidden, or clients may not write it.
    """
    if variable is None or variable.hidden or not variable.write:
        raise UnknownVariable(model=model, variable=name, action="set")
    return variable


def readable(variables: Iterable[Variable], values: Mapping[str, str]) -> dict[str, str]:
    """What a client may see of a session's variables: never hidden, secret or unreadable ones."""
    return {
        variable.name: values.get(variable.name, "")
        for variable in variables
        if variable.read and not variable.hidden and not variable.secret
    }


def secret_values(variables: Iterable[Variable], values: Mapping[str, str]) -> set[str]:
    """The values of the secret variables that have one."""
    found = {values.get(one.name, "") for one in variables if one.secret}
    return found - {""}
