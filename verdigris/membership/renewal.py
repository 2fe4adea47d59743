"""A part's certificate and trust kept up to date while it runs.

Law (tests/verdigris/membership/test_renewal.py): a certificate is renewed when two thirds of its time
are over, or another authority signs; while no management server answers the part goes on with what
it has, and asks again. Connections that are open are not touched.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cryptography import x509
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from verdigris.config import ports
from verdigris.config.watch import Elsewhere
from verdigris.errors import NoManagementServer, VerdigrisError
from verdigris.identity import Security, material
from verdigris.identity.certificates import fingerprint, issued, request
from verdigris.identity.material import Material
from verdigris.identity.revocation import revocations_of
from verdigris.link import Dialer
from verdigris.link.periodic import steadily
from verdigris.membership.newcomer import ANSWER, CONNECT, hello_of, require_management_server
from verdigris.values import Endpoint
from verdigris.wire import Renew, Renewed


log = Logger()

OFTEN: Final = 1.0
"""Seconds between looks at the clock."""

ASK: Final = 60.0
"""Seconds between questions whom to trust: a handshake each, 17 a second of 1,000 parts."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Renewal:
    """Keeps the identity of a part up to date.

    Args:
        security: of the part.
        addresses: of the management servers.
        reactor: for connections and time.
        elsewhere: writes the files.
        now: the date.
        keep: takes the files that a management server gets from another one.
        meet: takes the addresses of all management servers, when they are others than before.
        renews: False only asks; another process of the same part renews the certificate.
    """

    def __init__(
        self,
        security: Security,
        addresses: Callable[[], Sequence[Endpoint]],
        reactor: IReactorTime,
        elsewhere: Elsewhere,
        *,
        now: Callable[[], dt.datetime] = _now,
        keep: Callable[[Mapping[str, bytes]], None] = lambda _: None,
        meet: Callable[[tuple[Endpoint, ...]], None] = lambda _: None,
        renews: bool = True,
    ) -> None:
        self._meet = meet
        self._renews = renews
        self._met: tuple[str, ...] = ()
        self._keep = keep
        self._security = security
        self._addresses = addresses
        self._clock = reactor
        self._elsewhere = elsewhere
        self._now = now
        self._signer = ""
        self._next = 0.0
        self._asking: Deferred[None] | None = None
        self._loop = steadily(self._look, "the renewal of the certificate", reactor)

    def __repr__(self) -> str:
        return f"<Renewal of {self._security.part}>"

    def start(self) -> None:
        """Begin to look at the dates."""
        self._loop.start(OFTEN, now=False)

    def stop(self) -> None:
        """Look no longer."""
        if self._loop.running:
            self._loop.stop()
        if self._asking is not None:
            self._asking.cancel()

    def _look(self) -> None:
        mine = self._security.material
        due = material.due(mine, self._signer or fingerprint(mine.chain[-1]), self._now())
        waits = self._asking is not None or self._clock.seconds() < self._next
        if waits or not self._addresses():
            return
        self._next = self._clock.seconds() + min(ASK, _life(mine) / 10)
        asking = Deferred.fromCoroutine(self._ask(renew=due and self._renews))
        asking.addErrback(_unrenewed)
        self._asking = None if asking.called else asking
        asking.addBoth(self._asked)

    def _asked(self, _: object) -> None:
        self._asking = None

    async def _ask(self, *, renew: bool) -> None:
        mine = self._security.material
        answer = await self._answer(Renew(request(mine.key, mine.hosts) if renew else b""))
        self._security.revoke(revocations_of(answer.revoked))
        if answer.signer not in ("", self._signer):  # another one signs: to be renewed now
            self._signer, self._next = answer.signer, 0.0
        if answer.management_servers not in ((), self._met):
            self._met = answer.management_servers
            port = ports.MANAGEMENT_SERVER
            self._meet(tuple(Endpoint.parse(one, port) for one in answer.management_servers))
        if answer.files:
            await self._elsewhere(lambda: self._keep(answer.files))
        trusted = tuple(x509.load_pem_x509_certificates(answer.authorities))
        renew = renew and bool(answer.certificate)  # it may lack the authority's key
        chain = tuple(x509.load_pem_x509_certificates(answer.certificate)) if renew else mine.chain
        found = replace(mine, authorities=trusted, chain=chain)
        if (set(trusted) == set(mine.authorities) and not renew) or not self._renews:
            return
        for problem in material.unfit(found):
            log.warn(
                "what a management server gave as identity is not used: {problem}", problem=problem
            )
            return
        folder = mine.folder
        if folder is not None:
            await self._elsewhere(lambda: material.write(folder, found))
        self._security.replace(found)

    async def _answer(self, question: Renew) -> Renewed:
        addresses = tuple(self._addresses())
        problem: VerdigrisError = NoManagementServer(
            addresses=", ".join(map(str, addresses)) or "none configured", seconds=f"{CONNECT:g}"
        )
        dialer = Dialer(self._clock, hello_of(self._security.part), security=self._security)
        try:
            for address in addresses:
                try:
                    link = await dialer.to(address, seconds=CONNECT)
                    require_management_server(link)
                    answer = await link.call(question, request_id="renew", seconds=ANSWER)
                except VerdigrisError as error:
                    problem = error
                    continue
                if isinstance(answer, Renewed):
                    return answer
            raise problem
        finally:
            dialer.close()


def _life(mine: Material) -> float:
    certificate = mine.chain[0]
    return (certificate.not_valid_after_utc - issued(certificate)).total_seconds()


def _unrenewed(why: Failure) -> None:
    if why.check(CancelledError) is None:
        log.warn("the identity cannot be renewed now: {problem}", problem=why.getErrorMessage())
