"""Leases in etcd, with fencing numbers.

Law (tests/mgmtsrvr/store/test_etcd.py): a lease counts as held only while its last confirmed
renewal is younger than its time, counted from before the renewal was sent: never longer than etcd
itself keeps it. The number is the revision at which its key was created, so it grows from holder to
holder. Measured: etcd removes the key 2.0 to 2.5 s after the last renewal for a time of 2 s, and a
change of its leader starts the time of all leases anew; good for jobs, too slow for liveness.
"""

import math
from typing import Final

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from mgmtsrvr.store.etcd.client import EtcdClient, mod_is, put
from verdigris.errors import StoreUnavailable, VerdigrisError


log = Logger()

RENEWALS: Final = 3
"""Renewals within the time of a lease: two may be lost."""


class EtcdLease:
    """A lease that is renewed until it is given up or lost.

    Args:
        client: of the cluster.
        id: etcd's number of the lease.
        number: see `mgmtsrvr.store.base.Lease`.
        ttl: seconds.
        since: when it was asked for.
    """

    def __init__(self, client: EtcdClient, id: str, number: int, ttl: float, since: float) -> None:  # noqa: A002 - etcd's word
        self.number = number
        self._client = client
        self._id = id
        self._ttl = ttl
        self._confirmed = since
        self._over = False
        self._renewing = LoopingCall(self._renew)
        self._renewing.clock = client.clock
        self._renewing.start(ttl / RENEWALS, now=False)

    def __repr__(self) -> str:
        return f"<EtcdLease {self.number} {'held' if self.held else 'lost'}>"

    @property
    def held(self) -> bool:
        """See `mgmtsrvr.store.base.Lease`."""
        return not self._over and self._client.clock.seconds() < self._confirmed + self._ttl

    async def release(self) -> None:
        """See `mgmtsrvr.store.base.Lease`; without the store it ends with its time."""
        self._end()
        try:
            await self._client.ask("/v3/lease/revoke", {"ID": self._id})
        except StoreUnavailable as problem:
            log.debug("a lease ends by its time: {problem}", problem=str(problem))

    async def _renew(self) -> None:
        sent = self._client.clock.seconds()
        try:
            said = await self._client.ask(
                "/v3/lease/keepalive", {"ID": self._id}, self._ttl / RENEWALS
            )
        except VerdigrisError:
            if not self.held:
                self._end()
            return
        if int(said.get("result", {}).get("TTL", 0)) <= 0:  # it has ended at etcd
            self._end()
        else:
            self._confirmed = sent

    def _end(self) -> None:
        self._over = True
        if self._renewing.running:
            self._renewing.stop()


async def take_lease(client: EtcdClient, key: str, ttl: float) -> EtcdLease | None:
    """The lease of a key; None while another holds it.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    since = client.clock.seconds()
    granted = await client.ask("/v3/lease/grant", {"TTL": str(math.ceil(ttl))})
    id = str(granted["ID"])  # noqa: A001 - etcd's word
    answer = await client.txn([mod_is(key, 0)], [put(key, b"", id)], [])
    if not answer.get("succeeded"):
        await client.ask("/v3/lease/revoke", {"ID": id})
        return None
    return EtcdLease(client, id, int(answer["header"]["revision"]), float(math.ceil(ttl)), since)
