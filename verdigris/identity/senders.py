"""Which part may send which message to which part, by the roles their certificates prove. Pure.

Law: what is not in the tables is refused. A link that has security asks here before a message
reaches a handler, so that no handler can forget to; plain text proves no role, and is not judged.
"""

from collections.abc import Mapping
from typing import Final

from verdigris import wire
from verdigris.errors import MessageRefused
from verdigris.identity.part import WITH_CERTIFICATES, Role


CLIENTS: Final = frozenset({Role.CONNECTOR, Role.TOOL, Role.GATEWAY})
MANAGEMENT: Final = frozenset({Role.MANAGEMENT_SERVER})
GATEWAYS: Final = frozenset({Role.GATEWAY})
SESSION_SERVERS: Final = frozenset({Role.SESSION_SERVER})
PARTS: Final = WITH_CERTIFICATES
EVERYBODY: Final = frozenset(Role)

Senders = Mapping[type, frozenset[Role]]

TO_MANAGEMENT_SERVERS: Final[Senders] = {
    wire.Allocate: CLIENTS,
    wire.Locate: CLIENTS,
    wire.LogIn: CLIENTS,
    wire.IdentifyCaller: GATEWAYS,
    wire.Authenticate: SESSION_SERVERS,
    wire.WatchOffers: CLIENTS,
    wire.Register: SESSION_SERVERS,
    wire.RenewRows: SESSION_SERVERS,
    wire.Heartbeat: SESSION_SERVERS,
    wire.SlotFreed: SESSION_SERVERS,
    wire.Join: CLIENTS,
    wire.Renew: PARTS,
    wire.Leave: PARTS,
    wire.AskPeer: MANAGEMENT,
    wire.WatchDocument: MANAGEMENT,
    wire.FetchPackage: MANAGEMENT,
    wire.KeepPackage: MANAGEMENT,
    wire.SetAuthorities: MANAGEMENT,
}

TO_SESSION_SERVERS: Final[Senders] = {
    wire.WatchOffers: EVERYBODY,
    wire.Describe: EVERYBODY,
    wire.Open: CLIENTS,
    wire.Claim: CLIENTS,
    wire.Resume: CLIENTS,
    wire.Perform: CLIENTS,
    wire.Run: CLIENTS,
    wire.GetVariables: CLIENTS,
    wire.SetVariables: CLIENTS,
    wire.CallSession: CLIENTS,
    wire.Suspend: CLIENTS,
    wire.Release: CLIENTS,
    # a client gives back its own grant, which the claim proves
    wire.CancelReservation: CLIENTS | MANAGEMENT,
    wire.Heartbeat: MANAGEMENT,
    wire.GetStatus: MANAGEMENT,
    # a gateway reserves while no management server answers; this server's own limits decide
    wire.Reserve: MANAGEMENT | {Role.GATEWAY},
    wire.RowsChanged: MANAGEMENT,
    wire.SetAdminState: MANAGEMENT,
    wire.ListSessions: MANAGEMENT,
    wire.Deploy: MANAGEMENT,
    wire.Undeploy: MANAGEMENT,
    wire.SetPool: MANAGEMENT,
    wire.SetPools: MANAGEMENT,
    wire.WakeUp: MANAGEMENT,
    wire.ListTraces: MANAGEMENT,
    wire.ReadTrace: MANAGEMENT,
    wire.Revoke: MANAGEMENT,
    wire.SetSecurity: MANAGEMENT,
}

TO_CLIENTS: Final[Senders] = {
    wire.SlotFreed: MANAGEMENT | SESSION_SERVERS,
}

_TABLES: Final[Mapping[Role, Senders]] = {
    Role.MANAGEMENT_SERVER: TO_MANAGEMENT_SERVERS,
    Role.SESSION_SERVER: TO_SESSION_SERVERS,
    Role.GATEWAY: TO_CLIENTS,
    Role.CONNECTOR: TO_CLIENTS,
    Role.TOOL: TO_CLIENTS,
}


def allowed(receiver: Role, sender: Role, message: type) -> bool:
    """Whether a part of one role may send this message to a part of another."""
    return sender in _TABLES.get(receiver, {}).get(message, frozenset())


def refuse_others(receiver: Role, sender: Role, message: type) -> None:
    """Refuse a message that is not allowed.

    Raises:
        MessageRefused: it is not.
    """
    if not allowed(receiver, sender, message):
        raise MessageRefused(sender=sender.words, message=message.__name__, receiver=receiver.words)
