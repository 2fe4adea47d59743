"""A connection that speaks the wire protocol over Twisted: calls, answers, cancels, pings."""

from verdigris.link.accepting import take_few
from verdigris.link.dialer import Connect, Dialer, Silent, was_refused
from verdigris.link.listener import listen
from verdigris.link.peer_calls import MAX_CALLS
from verdigris.link.transport import Handler, Incoming, Link
from verdigris.link.waiting_peers import WaitingPeers


__all__ = [
    "MAX_CALLS",
    "Connect",
    "Dialer",
    "Handler",
    "Incoming",
    "Link",
    "Silent",
    "WaitingPeers",
    "listen",
    "take_few",
    "was_refused",
]
