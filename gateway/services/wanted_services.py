"""The services that should exist, by what is reported as deployed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from verdigris.wire import Kind, Offer, Offers


Name: TypeAlias = tuple[Kind, str]
"""Of a service: a model or pool, and its name."""

_Deployments: TypeAlias = list[tuple[str, tuple[str, ...]]]
"""Versions of one offer, and the addresses of the session servers that have each."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service that should exist.

    Attributes:
        addresses: session servers that are online and have it.
        version: the latest of its deployments; "" if no session server tells.
    """

    offer: Offer
    addresses: tuple[str, ...]
    version: str


def wanted_services(seen: Mapping[str, Offers]) -> dict[Name, Wanted]:
    """One offer per service: during a rolling deployment the one that most servers have.

    Args:
        seen: what each source last said is deployed.
    """
    found: dict[Name, dict[Offer, _Deployments]] = {}
    for offers in seen.values():
        for offer, addresses in offers.offers:
            plain = Offer(offer.kind, offer.name, offer.model, offer.digest, offer.namespace)
            several = found.setdefault((offer.kind, offer.name), {})
            several.setdefault(plain, []).append((offer.version, addresses))
    return {name: _best(several) for name, several in sorted(found.items())}


def _best(several: dict[Offer, _Deployments]) -> Wanted:
    at = {
        offer: tuple(dict.fromkeys(it for _, addresses in deployments for it in addresses))
        for offer, deployments in several.items()
    }
    offer = max(several, key=lambda offer: (len(at[offer]), offer.digest))
    return Wanted(offer, at[offer], max(version for version, _ in several[offer]))
