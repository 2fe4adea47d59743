"""How a model reaches its host."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self

from sesssrvr.model.names import NOWHERE, Origin


Kind = Literal["3270", "5250", "VT"]
DEFAULT_MODELS: Final[Mapping[Kind, str]] = {
    "3270": "IBM-3278-2-E",
    "5250": "IBM-3179-2",
    "VT": "VT420",
}
"""The terminal of a model that names none."""
MAX_LU: Final = 32
"""Characters of a device or LU name (product facts 4.5)."""


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The host of a model, before a pool or a deployment overrides parts of it.

    Attributes:
        type: of terminal.
        model: of terminal, such as "IBM-3278-2-E" (size and whether it has extended attributes).
        codepage: EBCDIC code page, such as "037" or "1047".
        host, port: where the host listens; without a port a model gets that of telnet, or of SSH.
        lu: device or LU names asked for in turn; "" takes what the host gives.
        user, password: for automatic sign-on (5250, SSH), from variables mapped to these settings.
        private_key, public_key, passphrase: for SSH, from variables too.
        tls: TLS to the host.
        tn3270e: offer TN3270E (RFC 2355); off is plain TN3270.
        connect_timeout: seconds from the connection to the first screen that is an entity.
        options: further settings by name, for terminal kinds that have them.
        origin: of the `<host>` element.
    """

    type: Kind = "3270"
    model: str = "IBM-3278-2-E"
    codepage: str = "037"
    host: str = ""
    port: int = 23
    lu: str = ""
    tls: bool = False
    tn3270e: bool = True
    connect_timeout: float = 30.0
    options: tuple[tuple[str, str], ...] = ()
    user: str = ""
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    public_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    origin: Origin = field(default=NOWHERE, repr=False, compare=False)

    @property
    def lu_names(self) -> tuple[str, ...]:
        """The names in `lu`, in turn."""
        return tuple(self.lu.replace(",", " ").split())

    def option(self, name: str) -> str:
        """A further setting; "" if it is not given."""
        return next((value for one, value in self.options if one.casefold() == name.casefold()), "")

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the option environment, such as "USER=TELLER IBMAPPLID=TSO" (RFC 1572)."""
        pairs = (word.partition("=") for word in self.option("environment").split())
        return {name: value for name, equals, value in pairs if equals}

    def override(self, *, host: str = "", port: int = 0, lu: str = "") -> Self:
        """These settings with another address or device name; "" and 0 keep what is."""
        return replace(self, host=host or self.host, port=port or self.port, lu=lu or self.lu)
