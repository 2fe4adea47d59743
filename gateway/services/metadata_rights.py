"""Which services a client may be told of: those for which it has the permission `metadata` (decision 0262)."""

from collections.abc import Iterable

from gateway.call import Client
from gateway.services.service import Service
from verdigris.errors import NotPermitted
from verdigris.rights import ActTarget


def may_be_told(client: Client, service: Service) -> bool:
    """Whether a client may be told of a service."""
    if client.metadata is None:
        return True
    target = _target(service)
    return any(target.within(limits) for limits in client.metadata)


def told_of(client: Client, services: Iterable[Service]) -> list[Service]:
    """The services that a client may be told of."""
    return [service for service in services if may_be_told(client, service)]


def require(client: Client, service: Service) -> Service:
    """The service, if the client may be told of it.

    Raises:
        NotPermitted: it may not.
    """
    if not may_be_told(client, service):
        where = f" for {service.kind} {service.contract.name}"
        raise NotPermitted(user=client.user, permission="metadata", target=where)
    return service


def _target(service: Service) -> ActTarget:
    contract = service.contract
    return ActTarget(contract.model, contract.name if service.kind == "pool" else "")
