"""Session servers of a `Net` that take packages, as a management server sees them."""

from hashlib import sha256

from twisted.internet.defer import Deferred

from tests.support.management import Net, Peer
from verdigris.errors import BadPackage, NotOffered, Problem, VerdigrisError
from verdigris.link import Link
from verdigris.wire import (
    Deploy,
    Deployed,
    Done,
    Heartbeat,
    Offer,
    Register,
    SetPools,
    Status,
    Undeploy,
)


MODEL = "Bank"


def digest(package: bytes) -> str:
    """What names a package."""
    return sha256(package).hexdigest()


class FollowingServer:
    """A session server that says which packages it has; `says` is how it takes the next.

    says: "yes", "bad" (the package cannot be used), or "later" (nothing until `answer`).
    """

    def __init__(self, net: Net, name: str, **models: tuple[bytes, bool]) -> None:
        self.net, self.name, self.says = net, name, "yes"
        self.models = {model: (digest(data), follows) for model, (data, follows) in models.items()}
        self.got: list[tuple[str, bytes]] = []
        self.checked: list[bytes] = []
        self.pools: object = None
        self.waiting: list[tuple[Deploy, Deferred]] = []
        self.boots = 0
        self.link: Link
        self.register()

    def register(self, *, follows: bool = True) -> None:
        """Connect and register, as a process that has just started."""
        self.boots += 1
        answers = {Deploy: self.deploy, Undeploy: self.undeploy, SetPools: self.set_pools}
        self.link = self.net.connect(
            "session server", self.name, Peer(answers), installation="test"
        )
        status = Status(f"{self.name}-{self.boots}", maximum=5)
        body = Register(
            self.name,
            "test",
            f"10.0.0.1:{ord(self.name[0])}",
            self.offers(),
            status,
            follows=follows,
        )
        (said,) = self.net.call(self.link, body)
        self.pools = said.pools

    def leave(self) -> None:
        """The connection ends."""
        self.net.cut(self.link)

    def offers(self) -> tuple[Offer, ...]:
        return tuple(
            Offer("model", model, model, "d", package=package, follows=follows)
            for model, (package, follows) in self.models.items()
        )

    def deploy(self, body: Deploy):
        if body.check:
            self.checked.append(body.package)
        if self.says == "bad":
            raise BadPackage.of("package", [Problem("model.xml", 3, "rubbish")])
        if self.says == "later" and not body.check:
            self.waiting.append((body, Deferred()))
            return self.waiting[-1][1]
        return self.take(body)

    def take(self, body: Deploy) -> Deployed:
        if not body.check:
            self.got.append((body.model, body.package))
            self.models[body.model] = digest(body.package), bool(body.digest)
            self.link.tell(Heartbeat(None, self.offers()))
        return Deployed(body.model, "now")

    def answer(self, problem: VerdigrisError | None = None) -> None:
        """Answer what waits."""
        body, outcome = self.waiting.pop(0)
        if problem is None:
            outcome.callback(self.take(body))
        else:
            outcome.errback(problem)
        self.net.pump()

    def undeploy(self, body: Undeploy) -> Done:
        if self.models.pop(body.model, None) is None:
            raise NotOffered(kind="model", name=body.model, where=self.name)
        self.link.tell(Heartbeat(None, self.offers()))
        return Done()

    def set_pools(self, body: SetPools) -> Done:
        self.pools = body.pools
        return Done()

    def has(self, package: bytes) -> bool:
        return self.models.get(MODEL) == (digest(package), True)
