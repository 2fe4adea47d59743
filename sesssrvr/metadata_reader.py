"""Metadata for those who may read it: lists of models and pools, and their descriptions."""

from hashlib import sha256

import msgspec
from msgspec.structs import replace

from sesssrvr.admission.authenticator import Authenticator
from sesssrvr.caller import Caller, work_seconds
from sesssrvr.deployment.deployer import Deployer
from sesssrvr.deployment.offers import Offering
from sesssrvr.pool import PoolKey
from sesssrvr.sessions.client_sessions import ClientSessions
from verdigris.errors import NotPermitted
from verdigris.wire import Describe, Described, Offer, Offers, WatchOffers


class MetadataReader:
    """What this session server says of its models and pools.

    Args:
        offering: what is offered.
        deployments: describes it.
        clients: the sessions of clients.
        authenticator: decides who may read.
    """

    def __init__(
        self,
        offering: Offering,
        deployments: Deployer,
        clients: ClientSessions,
        authenticator: Authenticator,
    ) -> None:
        self._offering = offering
        self._deployments = deployments
        self._clients = clients
        self._authenticator = authenticator

    def __repr__(self) -> str:
        return f"<MetadataReader of {self._offering!r}>"

    async def watch(self, body: WatchOffers, caller: Caller, seconds: float) -> Offers:
        """What the caller may know of, as soon as it is not what the caller knows.

        Raises:
            VerdigrisError: the caller cannot be told anything.
        """
        known, _, mark = body.known.partition("-")
        shown = await self._shown(await self._offering.watch("", 0), body, caller)
        if mark and shown.revision != body.known:  # another revision, or other rights
            return shown
        return await self._shown(
            await self._offering.watch(known, work_seconds(seconds)), body, caller
        )

    async def _shown(self, offers: Offers, body: WatchOffers, caller: Caller) -> Offers:
        """The offers that the caller may know of; all have one revision, with a mark where some are left out."""
        kept = tuple([one for one in offers.offers if await self._may_know(one[0], body, caller)])
        if len(kept) == len(offers.offers):
            return offers
        mark = sha256(msgspec.msgpack.encode(kept)).hexdigest()[:16]
        return replace(offers, offers=kept, revision=f"{offers.revision}-{mark}")

    async def _may_know(self, offer: Offer, body: WatchOffers, caller: Caller) -> bool:
        pool = PoolKey(offer.kind, offer.name)
        try:
            await self._authenticator.read(body.login, pool, offer.model, caller)
        except NotPermitted:
            return False
        return True

    async def describe(self, body: Describe, caller: Caller) -> Described:
        """The description of a model or pool, or of what a session of the caller runs.

        Raises:
            VerdigrisError: there is none, or the caller may not read it.
        """
        key = PoolKey(body.kind, body.name)
        if body.session:
            key = self._clients.find(body.session, caller).pool.key
        model = self._deployments.model_of(key)
        await self._authenticator.read(body.login, key, model, caller)
        return Described(self._deployments.describe(key.kind, key.name))
