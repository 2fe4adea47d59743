"""Readiness of the gateway: whether new requests may be sent to it, and why not. Pure.

Law: the gateway is ready only if the first list of services is complete and some session server
could give a session, as far as is known (tests/gateway/test_readiness.py). Until then a balancer
that sends requests here would have them refused.
"""

from collections.abc import Collection, Iterator, Mapping

from verdigris.wire import Offer, Offers


UNHEARD = "no server has reported yet what is deployed"
UNLISTED = "the services are not all made yet"


def why_unready(
    seen: Mapping[str, Offers], silent: Collection[str], needed: str, *, listed: bool
) -> str:
    """Why no requests should be sent to the gateway; "" if it is ready.

    Args:
        seen: what each source last said is deployed.
        silent: sources that do not answer now.
        needed: the source without which ordinary calls fail; "" if any will do.
        listed: the services of a first list are made.
    """
    if not seen:
        return UNHEARD
    answering = [offers for source, offers in seen.items() if source not in silent]
    if not answering:
        return f"no answer from the {' or the '.join(sorted(seen))}"
    if needed in silent:
        return f"no answer from the {needed}, which calls in the default domain need"
    offered = [pair for offers in answering for pair in offers.offers]
    if not offered:
        complete = all(offers.complete for offers in answering)
        return "no model is deployed" if complete else "no session server has reported yet"
    if not listed:
        return UNLISTED
    reasons = [_why_not(offer, addresses) for offer, addresses in offered]
    if not all(reasons):
        return ""
    return "no session server can give a session: " + "; ".join(_few(reasons))


def _why_not(offer: Offer, addresses: Collection[str]) -> str:
    if not addresses:
        return f"{offer.kind} {offer.name}: no session server is online"
    if not offer.started:
        return f"{offer.kind} {offer.name} is stopped"
    return f"{offer.kind} {offer.name}: {offer.problem}" if offer.problem else ""


def _few(reasons: list[str], limit: int = 5) -> Iterator[str]:
    """The first reasons, each once."""
    different = list(dict.fromkeys(reasons))
    yield from different[:limit]
    if len(different) > limit:
        yield f"and {len(different) - limit} more"
