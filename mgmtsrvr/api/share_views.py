"""The shares of a domain: drawn and expected, over all management servers."""

from typing import Final

import msgspec
from twisted.internet.interfaces import IReactorTime

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import View
from mgmtsrvr.api.unanswered import unanswered
from mgmtsrvr.peers import Peers
from mgmtsrvr.registry import Registry
from mgmtsrvr.shares import ShareBook, ShareSum, bound, summed


HOUR: Final = 3600


class DrawnShare(View, frozen=True, kw_only=True):
    """How often a server was drawn for a domain.

    Attributes:
        drawn: how often.
        given: how often it then gave a session.
        expected: how often the weights say, exactly for each draw.
        variance: of `drawn`.
        bound: the difference that chance alone does not exceed, however often one looks.
        as_expected: whether the difference is within it.
    """

    server: str
    drawn: int
    given: int
    expected: float
    variance: float
    bound: float
    as_expected: bool


class ShareViews:
    """The shares that were asked for.

    Args:
        book: of this management server.
        registry: the domains.
        peers: the other management servers.
        clock: seconds, as the book has them.
    """

    def __init__(
        self, book: ShareBook, registry: Registry, peers: Peers, clock: IReactorTime
    ) -> None:
        self._book = book
        self._registry = registry
        self._peers = peers
        self._clock = clock

    def __repr__(self) -> str:
        return f"<ShareViews of {self._book!r}>"

    async def shares(self, request: ApiRequest) -> ApiReply:
        """The shares of a domain since the last hour, or in the window that is wanted.

        Raises:
            UnknownDomain: there is none of this name.
        """
        domain = self._registry.domain(request.names["domain"]).name
        window = request.number("window", HOUR)
        own = self._book.of(domain, window, self._clock.seconds())
        heard = [] if request.own else await self._peers.ask(
            request.path, {"window": str(window)}, request.request_id
        )  # fmt: skip
        silent, sums = [], [own]
        for one in heard:
            try:
                views = msgspec.convert(one.json, list[DrawnShare])
            except msgspec.ValidationError:
                silent.append(one.name)
                continue
            sums.append({it.server: _sum(it) for it in views})
        found = summed(sums)
        views = [_view(name, it, len(found)) for name, it in sorted(found.items())]
        return ApiReply(views, headers=unanswered(silent))


def _sum(view: DrawnShare) -> ShareSum:
    return ShareSum(view.drawn, view.given, view.expected, view.variance)


def _view(server: str, one: ShareSum, servers: int) -> DrawnShare:
    allowed = bound(one.variance, servers)
    return DrawnShare(
        server=server,
        drawn=one.drawn,
        given=one.given,
        expected=round(one.expected, 6),
        variance=round(one.variance, 6),
        bound=round(allowed, 3),
        as_expected=abs(one.drawn - one.expected) <= allowed,
    )
