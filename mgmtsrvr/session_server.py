"""One session server, as a management server knows it."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from mgmtsrvr import health
from mgmtsrvr.deployment_steps import Origin
from mgmtsrvr.health import Health
from verdigris.config.installation import AdminState, SessionServer
from verdigris.link import Link
from verdigris.wire import Kind, Offer, SessionSecurity, Status


@dataclass(eq=False, slots=True)
class Server:
    """One session server, as this management server knows it.

    Attributes:
        name: its name.
        health: its liveness.
        link: the connection it registered with; None without one.
        address: the address it gave for clients.
        offers: its models and pools; None before it first registered.
        status: what it last reported.
        configured: its entry in the installation; None if it registered without one.
        asks_for_rows: whether it asks this management server for rows, not another one.
        can_check_users: whether it knows session server security.
        security: what it was told of session server security.
        follows: whether its models may follow the installation; those of earlier versions cannot.
        behind: models of which it has another package than the installation names, and so does not serve.
        next_check: the time of the next active check, by the registry's clock; 0 is not planned.
    """

    name: str
    health: Health = health.UNKNOWN
    link: Link | None = None
    address: str = ""
    offers: tuple[Offer, ...] | None = None
    status: Status | None = None
    configured: SessionServer | None = None
    asks_for_rows: bool = True
    can_check_users: bool = False
    security: SessionSecurity | None = None
    follows: bool = False
    behind: frozenset[str] = frozenset()
    next_check: float = 0.0
    _started: frozenset[tuple[Kind, str]] = field(default=frozenset(), repr=False)

    @property
    def admin_state(self) -> AdminState:
        """Its administrative state in the installation."""
        return self.configured.state if self.configured else "up"

    def set_offers(self, offers: tuple[Offer, ...]) -> None:
        """Replace the list of its models and pools."""
        self.offers = offers
        self._note_started()

    def set_behind(self, behind: frozenset[str]) -> None:
        """Set the models that it does not serve because their packages are not those of the installation."""
        self.behind = behind
        self._note_started()

    def told(self) -> tuple[Offer, ...]:
        """Its offers as clients are told them: without packages, and what it does not serve as not started."""
        return tuple(
            replace(
                offer,
                started=offer.started and offer.model not in self.behind,
                package="",
                follows=False,
            )
            for offer in self.offers or ()
        )

    def packages(self) -> dict[str, Origin]:
        """The package of each of its models."""
        offers = self.offers or ()
        return {it.model: Origin(it.package, it.follows) for it in offers if it.kind == "model"}

    def _note_started(self) -> None:
        self._started = frozenset(
            (offer.kind, offer.name)
            for offer in self.offers or ()
            if offer.started and offer.model not in self.behind
        )

    def why_not(self, kind: Kind, name: str) -> str:
        """Why it does not offer a model or pool."""
        for offer in self.offers or ():
            if (offer.kind, offer.name) == (kind, name) and offer.model in self.behind:
                return f"has another package of model {offer.model} than the installation names"
        return f"has no started {kind} {name}"

    def has(self, kind: Kind, name: str) -> bool | None:
        """Whether it has this model or this started pool; None if its list is unknown."""
        return None if self.offers is None else (kind, name) in self._started

    def model_of(self, kind: Kind, name: str) -> str:
        """The model of one of its models or pools; "" if it is not known to have it."""
        return next(
            (it.model for it in self.offers or () if (it.kind, it.name) == (kind, name)), ""
        )

    def __repr__(self) -> str:
        return f"<Server {self.name} {self.health!r}>"
